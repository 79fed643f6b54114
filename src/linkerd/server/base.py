"""What a server is to the other stations: it hands requests on, and is patient within limits.

`Dispatch` and `RefusalLog` are the router's side of it. `Patience` is the one deadline of a
client's connection; the connection owns it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from linkerd.net.exchange import Exchange
    from linkerd.server.answering import Answering
    from linkerd.server.connection import ServerConnection
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead

LINGER_S = 2.0
GONE_S = 0.9
STALL_S = 30.0
AT_ONCE = 16
"""Requests that came together and are taken in one turn; after them others have theirs."""


class Dispatch(Protocol):
    """What a server hands its requests to: the router."""

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for this request; `begin` starts it. A streamed body follows in pieces."""


class RefusalLog(Protocol):
    """What hears of each request that a server refuses by itself."""

    def refused(self, connection: Answering, head: RequestHead, status: int, answer: bytes) -> None:
        """The answer is about to go out; `head` has what could be read."""


class Patience(Timed):
    """How long the connection may keep us waiting in its present state."""

    __slots__ = ("connection",)

    def __init__(self, connection: ServerConnection) -> None:
        super().__init__()
        self.connection: ServerConnection | None = connection

    def expired(self, now: float) -> None:
        if self.connection is not None:
            self.connection.too_slow(now)

    def end(self) -> None:
        """The connection is gone; the wheel may hold this for a while yet, but not that."""
        self.deadline = 0.0
        self.connection = None
