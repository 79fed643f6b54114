"""`maxConcurrentRequests`: what a server cannot take on at once is turned away, and may come again.

In come requests; those within the limit go on to the next `Dispatch`, the others get a nack, which
Finagle's clients and Linkerd's understand as "not processed, safe to retry". Nothing ever waits. A
request counts from its head to the end of its answer. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import TooManyRequests
from linkerd.router.refused import RefusedExchange
from linkerd.telemetry.request_stats import FAILURE

if TYPE_CHECKING:
    from linkerd.net.exchange import Exchange
    from linkerd.router.junction import HttpJunction
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.telemetry.metrics import Scope
    from linkerd.telemetry.request_stats import RequestStats
    from linkerd.wire.http1 import RequestHead

CAUSES = (FAILURE, "java.util.concurrent.RejectedExecutionException")
FLAGS = ("rejected", "restartable")
TEXT = "Request was not processed by the server due to an error and is safe to retry"


class ConcurrencyDispatch:
    """Lets requests pass while fewer than `most` are in flight, by the server's `stats`."""

    __slots__ = ("most", "nacks", "router", "stats", "then")

    def __init__(
        self, then: Dispatch, router: HttpJunction, most: int, stats: RequestStats, scope: Scope
    ) -> None:
        self.then = then
        self.router = router
        self.most = most
        self.stats = stats
        self.nacks = scope.counter("nacks")
        scope.gauge("request_concurrency", read=lambda: stats.pending)
        scope.gauge("request_queue_size", read=lambda: 0)

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request, or for its refusal."""
        if self.stats.pending < self.most:
            return self.then.exchange(connection, head, body, streamed)
        self.nacks.value += 1
        return NackExchange(self.router, connection, head, streamed, TooManyRequests(TEXT))


class NackExchange(RefusedExchange):
    """A request that is turned away; Finagle counts such ones as rejected and restartable."""

    __slots__ = ()

    def count_failure(
        self, causes: tuple[str, ...], now: float, flags: tuple[str, ...] = ()
    ) -> None:
        super().count_failure(CAUSES, now, FLAGS)


__all__ = ["ConcurrencyDispatch", "NackExchange"]
