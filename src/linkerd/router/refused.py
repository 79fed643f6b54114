"""A request that its server refuses before it is named.

In comes a request and the error that it gets; out goes that error, counted as any other. Made by
the dispatches that watch over a server's limits. What is not even a request is answered by the
server alone, and only the access log hears of it, by way of `RefusalLines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from linkerd.router.exchange import HttpExchange
from linkerd.server.errors import REFUSALS

if TYPE_CHECKING:
    from linkerd.errors import RequestError
    from linkerd.router.access_log import AccessLog
    from linkerd.router.junction import HttpJunction
    from linkerd.server.answering import Answering
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class RefusedExchange(HttpExchange):
    """A request and the error of ours that it gets. A body that still comes is not waited for."""

    __slots__ = ("error",)

    def __init__(
        self,
        router: HttpJunction,
        server: HttpServerConnection,
        head: RequestHead,
        streamed: bool,
        error: RequestError,
    ) -> None:
        super().__init__(router, server, head, b"", streamed)
        self.error = error

    def begin(self, now: float) -> None:
        self.began = now
        self.server.listener.stats.begin()
        self.fail(self.error)


class RefusalLines:
    """Lines of the access log for what a server of the router refuses by itself."""

    __slots__ = ("access_log", "router")

    def __init__(self, router: HttpJunction, access_log: AccessLog) -> None:
        self.router = router
        self.access_log = access_log

    def refused(self, connection: Answering, head: RequestHead, status: int, answer: bytes) -> None:
        """Keep what a line needs of a request that is not routed, nor counted as one."""
        if status == 505 or not head.method:
            # It has none that a line could show.
            head.version = 0
        now = self.router.clock()
        server = cast("HttpServerConnection", connection)
        exchange = HttpExchange(self.router, server, head, b"", False)
        exchange.began = now
        exchange.answered_status = status
        exchange.length = len(answer) - answer.index(b"\r\n\r\n") - 4
        code = REFUSALS.get(status, "L5D-3001")
        self.access_log.note_error(exchange, None, now, code)


__all__ = ["RefusalLines", "RefusedExchange"]
