"""One client: everything about one bound name, shared by all services that lead to it.

In comes the name's changing set of addresses; out goes an endpoint for each request, by the
balancer. Owns the endpoints with their pools, the balancer, the requeue budget and the client's
metrics. Made by the router's client cache, closed when nothing uses it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import AccrualCounts, FailureAccrual
from linkerd.balancer.aperture import Aperture
from linkerd.balancer.base import BUSY, CLOSED, OPEN
from linkerd.client.change import Change, close_some
from linkerd.client.endpoint import ClientEndpoint
from linkerd.client.expiry import Expiry
from linkerd.client.fail_fast import FailFastCounts
from linkerd.client.pool import Pool, PooledEndpoint
from linkerd.client.session import Session
from linkerd.client.stats import export_accrual, export_balancer, export_fail_fast
from linkerd.logger import make_logger
from linkerd.name.addr import Addr, AddrBound, Address, AddrFailed, AddrNeg
from linkerd.name.wording import first
from linkerd.namer.builtin import STATUS_META
from linkerd.net.liveness import liveness_of
from linkerd.net.socket_options import DEFAULT_OPTIONS
from linkerd.net.stats import TransportStats
from linkerd.telemetry.request_stats import RequestStats
from linkerd.wire.fields import HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate
    from twisted.internet.interfaces import IDelayedCall

    from linkerd.accrual.base import AccrualConfig
    from linkerd.balancer.base import BalancerConfig
    from linkerd.client.connection import Connections
    from linkerd.client.session import SessionTimes
    from linkerd.name.activity import Var
    from linkerd.name.addr import BoundName
    from linkerd.net.exchange import Exchange
    from linkerd.net.liveness import Liveness
    from linkerd.net.security import Security
    from linkerd.net.socket_options import SocketOptions
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope

AUTHORITY_META = "authority"
CONNECT_TIMEOUT_S = 1.0
MAX_SHOWN = 100
"""Addresses that are listed in a text; Linkerd lists all."""

log = make_logger()


class Client:
    """A bound name at work. `known` tells that its addresses have been learnt at least once.

    `pool` bounds the connections and the waiting requests of each endpoint, if it is given.
    `fixed_status` is the status that every request gets where the name is no more than that, or 0.
    `authority` is the Host that the endpoints want, b"" if any will do. `rewrites`: heads of
    requests change on their way to this client (`linkerd.router.rewriting`).
    """

    __slots__ = (
        "accrual_counts",
        "accrual_maker",
        "acquired",
        "addr",
        "authority",
        "balancer",
        "balancer_config",
        "change",
        "clock",
        "closing",
        "connect_timeout_s",
        "connections",
        "endpoints",
        "expiry",
        "fail_fast_counts",
        "fixed_status",
        "id",
        "known",
        "liveness",
        "network",
        "not_acquired",
        "observation",
        "pipelined",
        "pool",
        "problem",
        "proxy_protocol",
        "reactor",
        "rewrites",
        "rng",
        "scope",
        "security",
        "session",
        "show_certificate",
        "socket_options",
        "stats",
        "status_stats",
        "transport_stats",
        "ttwitter",
        "turn",
        "untried",
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
        connections: Connections,
        pool: tuple[int, int] | None = None,
    ) -> None:
        self.id = name.id.show()
        self.reactor = runtime.reactor
        self.clock = runtime.clock
        self.network = runtime.network
        self.wheel = runtime.network.wheel
        self.rng = runtime.rng
        self.connections = connections
        self.connect_timeout_s = CONNECT_TIMEOUT_S
        self.socket_options = DEFAULT_OPTIONS
        self.security: Security | None = None
        self.ttwitter = False
        self.pipelined = 1
        self.proxy_protocol = 0
        self.liveness: Liveness | None = None
        self.session: Session | None = None
        self.fail_fast_counts: FailFastCounts | None = None
        self.authority = b""
        self.show_certificate: Callable[[Certificate], bytes] | None = None
        self.rewrites = False
        self.accrual_maker = accrual.mk(runtime.rng)
        self.accrual_counts = AccrualCounts()
        self.balancer_config = balancer
        self.balancer = balancer.mk(runtime.rng)
        self.endpoints: dict[tuple[str, int], ClientEndpoint] = {}
        # What endpoints have in common that have not been dialled yet.
        self.untried = FailureAccrual(self.accrual_maker.make(), self.accrual_counts)
        self.change: Change | None = None
        self.closing: list[ClientEndpoint] = []
        self.turn: IDelayedCall | None = None
        self.known = False
        self.problem = ""
        self.fixed_status = 0
        self.waiting: list[Exchange] = []
        self.uses = 0
        self.scope: Scope = runtime.metrics.scope("client", self.id.lstrip("/"))
        self.pool = Pool(self.scope, *pool) if pool is not None else None
        self.stats = RequestStats(self.scope)
        self.status_stats = connections.statuses(self.scope)
        self.transport_stats = TransportStats(self.scope, runtime.clock)
        creation = self.scope.scope("service_creation")
        self.acquired = creation.stat("service_acquisition_latency_ms")
        self.not_acquired = creation.counter("failures")
        export_balancer(self.scope, self)
        export_accrual(self.scope, self)
        balances = self.balancer
        self.expiry = Expiry(self, balances.smooth) if isinstance(balances, Aperture) else None
        self.addr = name.addr
        self.observation = name.addr.observe(self.changed)

    def set_options(self, options: SocketOptions) -> None:
        """Have all connections opened with these."""
        self.socket_options = options
        self.liveness = liveness_of(options, self.wheel, self.clock, self.scope)

    def limit_sessions(self, times: SessionTimes) -> None:
        """Have connections close themselves after these times."""
        self.session = Session(self.scope, times)

    def fail_fast(self) -> None:
        """Refuse requests for endpoints that cannot be connected to, until they can be."""
        counts = self.fail_fast_counts = FailFastCounts()
        export_fail_fast(self.scope, self, counts)

    def new_endpoint(self, address: Address, now: float) -> ClientEndpoint:
        """An endpoint for an address."""
        if self.pool is None:
            return ClientEndpoint(self, address, now)
        return PooledEndpoint(self, address, now)

    def forward_certificates(self, show: Callable[[Certificate], bytes]) -> None:
        """Have requests tell the certificate of whoever sent them, as `show` writes it."""
        self.show_certificate = show
        self.rewrites = True

    # -- addresses

    def follow(self, addr: Var[Addr]) -> None:
        """The name has come back, perhaps with addresses that are kept elsewhere."""
        if addr is not self.addr:
            before = self.observation
            self.addr = addr
            self.observation = addr.observe(self.changed)
            before.close()

    def changed(self, addr: Addr) -> None:
        """Discovery has something new; what it does not know any more, it knew before."""
        if isinstance(addr, AddrBound):
            self.fixed_status = final_status(addr)
            self.authority = authority_of(addr)
            self.rewrites = bool(self.authority) or self.show_certificate is not None
            self.take(addr.addresses)
        elif isinstance(addr, AddrNeg):
            self.take(frozenset())
        elif isinstance(addr, AddrFailed):
            self.problem = addr.why
            self.release_waiting()

    def take(self, addresses: frozenset[Address]) -> None:
        """Make the endpoints those of `addresses`; the ones that stay keep all their state.

        A large change takes several turns; a newer one takes the place of what is left of it.
        """
        self.problem = ""
        self.balancer.updates += 1
        self.change = Change(self, addresses)
        if self.turn is None:
            if self.change.small():
                self.go_on()
            else:
                self.turn = self.reactor.callLater(0, self.go_on)

    def go_on(self) -> None:
        """Do the next slice of the change; when it is done, of closing connections."""
        self.turn = None
        change = self.change
        if change is None or change.advance():
            if self.change is change:
                self.change = None
            close_some(self.closing)
        if self.turn is None and (self.change is not None or self.closing):
            self.turn = self.reactor.callLater(0, self.go_on)

    def in_effect(self) -> None:
        """Discovery's answer can be used, if only the beginning of it."""
        self.known = True
        self.release_waiting()

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
        """The addresses as Linkerd's texts list them; of very many, the first."""
        names = (endpoint.name() for endpoint in self.endpoints.values())
        return ", ".join(first(names, len(self.endpoints), MAX_SHOWN))

    def close(self) -> None:
        """Stop watching and let all connections go; the metrics leave the tree."""
        self.observation.close()
        if self.expiry is not None:
            self.expiry.stop()
        self.change = None
        self.closing.extend(self.endpoints.values())
        if self.turn is None:
            self.go_on()
        self.scope.prune()


def final_status(addr: AddrBound) -> int:
    """The HTTP status that takes the place of endpoints, 0 if there is none.

    A request cannot end with an interim status (1xx): its name has no endpoints and nothing else.
    """
    for key, value in addr.meta:
        if key == STATUS_META and isinstance(value, int) and value >= 200:
            return value
    return 0


def authority_of(addr: AddrBound) -> bytes:
    """The Host that requests get instead of theirs; b"" if there is none, or none that can be one.

    Linkerd's namers call it `authority` (Consul's with `setHost`).
    """
    for key, value in addr.meta:
        if key == AUTHORITY_META and isinstance(value, str):
            authority = value.encode("ascii", "replace")
            return authority if HOST.fullmatch(authority) else b""
    return b""
