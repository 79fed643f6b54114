"""`timeoutMs` and `maxConcurrentRequests` of a server of Thrift.

In come calls; those within the limit go on to the router, with a limit to their time, the others
fail at once. Nothing ever waits. Owned by the listener, and only there if one of the two is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import TooManyRequests
from linkerd.router.limit import SERVER
from linkerd.router.thrift_exchange import ThriftExchange
from linkerd.telemetry.request_stats import FAILURE

if TYPE_CHECKING:
    from linkerd.router.thrift_junction import ThriftJunction
    from linkerd.server.thrift import ThriftServerConnection
    from linkerd.telemetry.request_stats import RequestStats
    from linkerd.wire.thrift_message import ThriftMessage
    from linkerd.wire.ttwitter import RequestHeader

CAUSES = (FAILURE, "java.util.concurrent.RejectedExecutionException")
FLAGS = ("rejected", "restartable")
TEXT = "Request was not processed by the server due to an error and is safe to retry"


class ThriftGate:
    """Lets calls pass while fewer than `most` are in flight, by the server's `stats`.

    `timeout_s`: how long each may take; 0.0 is no limit.
    """

    __slots__ = ("most", "nacks", "router", "stats", "timeout_s")

    def __init__(
        self, router: ThriftJunction, stats: RequestStats, timeout_s: float, most: int | None
    ) -> None:
        self.router = router
        self.stats = stats
        self.timeout_s = timeout_s
        self.most = most
        self.nacks = stats.scope.counter("nacks")
        stats.scope.gauge("request_concurrency", read=lambda: stats.pending)
        stats.scope.gauge("request_queue_size", read=lambda: 0)

    def exchange(
        self,
        connection: ThriftServerConnection,
        call: ThriftMessage,
        header: RequestHeader | None,
        streamed: bool,
    ) -> ThriftExchange:
        """An exchange for a call, or for its refusal."""
        router = self.router
        if self.most is not None and self.stats.pending >= self.most:
            self.nacks.value += 1
            return RefusedCall(router, connection, call, header, streamed)
        exchange = ThriftExchange(router, connection, call, header, streamed)
        if self.timeout_s > 0.0:
            exchange.end_within(self.timeout_s, SERVER, router.clock())
        return exchange


class RefusedCall(ThriftExchange):
    """A call that is turned away; Finagle counts such ones as rejected and restartable."""

    __slots__ = ()

    def begin(self, now: float) -> None:
        self.began = now
        self.server.listener.stats.begin()
        self.fail(TooManyRequests(TEXT))

    def count_failure(
        self, causes: tuple[str, ...], now: float, flags: tuple[str, ...] = ()
    ) -> None:
        super().count_failure(CAUSES, now, FLAGS)


__all__ = ["RefusedCall", "ThriftGate"]
