"""Servers with `timeoutMs`: how long a request of one of their clients may take.

In comes a request, out goes its exchange, limited. Owned by the listener, in front of the router
itself: behind it every exchange is an attempt to send something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from linkerd.router.limit import SERVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.exchange import Exchange
    from linkerd.router.limited import LimitedExchange
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class TimedDispatch:
    """What takes the requests next, with a limit of `timeout_s` seconds for each."""

    __slots__ = ("clock", "then", "timeout_s")

    def __init__(self, then: Dispatch, timeout_s: float, clock: Callable[[], float]) -> None:
        self.then = then
        self.timeout_s = timeout_s
        self.clock = clock

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request, whose time begins now."""
        exchange = self.then.exchange(connection, head, body, streamed)
        cast("LimitedExchange", exchange).end_within(self.timeout_s, SERVER, self.clock())
        return exchange


__all__ = ["TimedDispatch"]
