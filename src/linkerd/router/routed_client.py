"""A client as the router shares it out: with its requeue budget and its statistics per service.

See `linkerd.client.client` for what a client is. Owned by the router's client cache; `uses` counts
the routes that lead here, `rested` is when there were none any more, and `one_shot` means that the
cache is full of clients in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd._typing import override
from linkerd.client.client import Client
from linkerd.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from linkerd.accrual.base import AccrualConfig
    from linkerd.balancer.base import BalancerConfig
    from linkerd.client.connection import Connections
    from linkerd.errors import RequestError
    from linkerd.name.activity import Var
    from linkerd.name.addr import Addr, BoundName
    from linkerd.net.relay_stats import CloseCauses
    from linkerd.retry.budget import RetryBudget
    from linkerd.runtime import Runtime


class RoutedClient(Client):
    """A client of a router. `requeues` counts tries repeated because nothing had been sent.

    `attempt_timeout_s` is the time for each try; 0.0 is no limit. `refusal` is what requests get
    where the endpoints, whichever they are, must not be used. `close_causes`: why raw connections
    ended.
    """

    __slots__ = (
        "attempt_timeout_s",
        "budget",
        "budget_exhausted",
        "by_service",
        "cancelled",
        "cannot_retry",
        "close_causes",
        "not_open",
        "one_shot",
        "refusal",
        "request_limit",
        "requeues",
        "requeues_per_request",
        "rested",
    )

    def __init__(
        self,
        name: BoundName,
        runtime: Runtime,
        balancer: BalancerConfig,
        accrual: AccrualConfig,
        connections: Connections,
        budget: RetryBudget,
        pool: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(name, runtime, balancer, accrual, connections, pool)
        self.budget = budget
        self.attempt_timeout_s = 0.0
        self.one_shot = False
        self.refusal: RequestError | None = None
        self.rested = 0.0
        self.by_service: dict[str, RequestStats] = {}
        self.close_causes: CloseCauses | None = None
        retries = self.scope.scope("retries")
        self.requeues = retries.counter("requeues")
        self.budget_exhausted = retries.counter("budget_exhausted")
        self.request_limit = retries.counter("request_limit")
        self.cannot_retry = retries.counter("cannot_retry")
        self.cancelled = self.scope.counter("cancelled_connects")
        self.not_open = retries.counter("not_open")
        self.requeues_per_request = retries.stat("requeues_per_request")
        retries.gauge("budget", read=lambda: self.budget.balance(self.clock()))

    @override
    def follow(self, addr: Var[Addr]) -> None:
        if self.refusal is None:
            super().follow(addr)

    def stats_of(self, service: str) -> RequestStats:
        """The statistics of this client's requests for one service."""
        stats = self.by_service.get(service)
        if stats is None:
            scope = self.scope.scope("service", service.lstrip("/"))
            stats = self.by_service[service] = RequestStats(scope)
        return stats

    def forget(self, service: str) -> None:
        """A service is gone: its statistics leave the tree."""
        stats = self.by_service.pop(service, None)
        if stats is not None:
            stats.scope.prune()
