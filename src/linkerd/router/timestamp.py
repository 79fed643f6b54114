"""Servers with `timestampHeader`: each request gets the time at which it came.

In comes a request, out goes the same with another line, milliseconds since 1970, to the next
`Dispatch`. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.exchange import Exchange
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class TimestampDispatch:
    """Adds the header; one that is there stays. `wall` gives seconds since 1970."""

    __slots__ = ("start", "then", "wall")

    def __init__(self, then: Dispatch, name: str, wall: Callable[[], float]) -> None:
        self.then = then
        self.start = name.encode() + b": "
        self.wall = wall

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request, which says when it came."""
        head.add_line(self.start + b"%d\r\n" % int(self.wall() * 1000.0))
        return self.then.exchange(connection, head, body, streamed)


__all__ = ["TimestampDispatch"]
