"""One client: everything about one bound name, shared by all services that lead to it.

In comes the name's changing set of addresses; out goes an endpoint for each request, by the
balancer. Owns the endpoints with their pools, the balancer, the requeue budget and the client's
metrics. Made by the router's client cache, closed when nothing uses it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import AccrualCounts
from linkerd.balancer.base import BUSY, CLOSED, OPEN
from linkerd.balancer.weighted import make_balancer, updated
from linkerd.client.endpoint import ClientEndpoint
from linkerd.client.stats import export_accrual, export_balancer
from linkerd.logger import make_logger
from linkerd.name.addr import Addr, AddrBound, Address, AddrFailed, AddrNeg
from linkerd.net.stats import TransportStats
from linkerd.telemetry.request_stats import RequestStats, StatusStats

if TYPE_CHECKING:
    from linkerd.accrual.base import AccrualConfig
    from linkerd.balancer.base import BalancerConfig, Endpoint
    from linkerd.name.addr import BoundName
    from linkerd.net.exchange import Exchange
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope
    from linkerd.wire.http1 import Limits

CONNECT_TIMEOUT_S = 1.0

log = make_logger()


class Client:
    """A bound name at work. `known` tells that its addresses have been learnt at least once."""

    __slots__ = (
        "accrual_counts",
        "accrual_maker",
        "acquired",
        "balancer",
        "balancer_config",
        "clock",
        "connect_timeout_s",
        "endpoints",
        "id",
        "known",
        "limits",
        "network",
        "not_acquired",
        "observation",
        "problem",
        "rng",
        "scope",
        "stats",
        "status_stats",
        "transport_stats",
        "uses",
        "waiting",
        "wheel",
    )

    def __init__(
        self,
        name: BoundName,
        runtime: Runtime,
        balancer: BalancerConfig,
        accrual: AccrualConfig,
        limits: Limits,
    ) -> None:
        self.id = name.id.show()
        self.clock = runtime.clock
        self.network = runtime.network
        self.wheel = runtime.network.wheel
        self.rng = runtime.rng
        self.limits = limits
        self.connect_timeout_s = CONNECT_TIMEOUT_S
        self.accrual_maker = accrual.mk(runtime.rng)
        self.accrual_counts = AccrualCounts()
        self.balancer_config = balancer
        self.balancer = make_balancer(balancer, runtime.rng, [])
        self.endpoints: dict[tuple[str, int], ClientEndpoint] = {}
        self.known = False
        self.problem = ""
        self.waiting: list[Exchange] = []
        self.uses = 0
        self.scope: Scope = runtime.metrics.scope("client", self.id.lstrip("/"))
        self.stats = RequestStats(self.scope)
        self.status_stats = StatusStats(self.scope)
        self.transport_stats = TransportStats(self.scope, runtime.clock)
        creation = self.scope.scope("service_creation")
        self.acquired = creation.stat("service_acquisition_latency_ms")
        self.not_acquired = creation.counter("failures")
        export_balancer(self.scope, self)
        export_accrual(self.scope, self)
        self.observation = name.addr.observe(self.changed)

    # -- addresses

    def changed(self, addr: Addr) -> None:
        """Discovery has something new; what it does not know any more, it knew before."""
        if isinstance(addr, AddrBound):
            self.take(addr.addresses)
        elif isinstance(addr, AddrNeg):
            self.take(frozenset())
        elif isinstance(addr, AddrFailed):
            self.problem = addr.why
            self.release_waiting()

    def take(self, addresses: frozenset[Address]) -> None:
        """Make the endpoints those of `addresses`; the ones that stay keep all their state."""
        self.known = True
        self.problem = ""
        before = self.endpoints
        after: dict[tuple[str, int], ClientEndpoint] = {}
        now = self.clock()
        for address in sorted(addresses, key=lambda each: (each.host, each.port)):
            key = (address.host, address.port)
            endpoint = before.get(key) or ClientEndpoint(self, address, now)
            endpoint.address = address
            after[key] = endpoint
        kept = self.on_probation(before, after)
        self.endpoints = after
        chosen: list[Endpoint] = [*after.values()]
        self.balancer = updated(self.balancer, self.balancer_config, self.rng, chosen)
        for key, endpoint in before.items():
            if key not in after and key not in kept:
                endpoint.close()
        self.release_waiting()

    def on_probation(
        self,
        before: dict[tuple[str, int], ClientEndpoint],
        after: dict[tuple[str, int], ClientEndpoint],
    ) -> set[tuple[str, int]]:
        """With `enableProbation` vanished endpoints stay while they are open."""
        kept: set[tuple[str, int]] = set()
        if self.balancer_config.enable_probation:
            for key, endpoint in before.items():
                if key not in after and endpoint.status == OPEN:
                    after[key] = endpoint
                    kept.add(key)
        return kept

    def release_waiting(self) -> None:
        """Let requests go on that waited for the first answer of discovery."""
        waiting = self.waiting
        self.waiting = []
        now = self.clock()
        for exchange in waiting:
            exchange.bound(now)

    # -- accrual and the end

    def marked_dead(self, endpoint: ClientEndpoint, seconds: float) -> None:
        """An endpoint has failed too often."""
        log.info(
            'FailureAccrual marking connection to "{client}" as dead for {seconds} s.'
            " Policy: {policy}. Remote Address: {address}",
            client=self.id,
            seconds=round(seconds, 3),
            policy=endpoint.accrual.policy.show(),
            address=endpoint.name(),
        )

    def counts(self) -> tuple[int, int, int]:
        """How many endpoints are open, busy and closed."""
        balancer = self.balancer
        return balancer.count(OPEN), balancer.count(BUSY), balancer.count(CLOSED)

    def addresses(self) -> str:
        """All addresses, as Linkerd's error text lists them."""
        return ", ".join(endpoint.name() for endpoint in self.endpoints.values())

    def close(self) -> None:
        """Stop watching and let all connections go; the metrics leave the tree."""
        self.observation.close()
        for endpoint in self.endpoints.values():
            endpoint.close()
        self.scope.prune()
