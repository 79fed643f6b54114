"""The way of one request to an endpoint: name, pick, connect, send; and again, if it must.

In come the calls of the server connection, of naming and of dialling; out goes the request, with
its body as it comes. It decides at once and waits only where it must: for a name, for a
connection, for the time between two tries. The other half of an exchange, the answer, is
`linkerd.router.exchange`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.balancer.base import OPEN
from linkerd.classifier.base import SUCCESS
from linkerd.net.exchange import BY_LENGTH, NO_BODY, Exchange
from linkerd.net.wheel import Timed
from linkerd.wire.status import own_head

if TYPE_CHECKING:
    from linkerd.backoff.base import BackoffState
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.client.http import HttpClientConnection
    from linkerd.errors import RequestError
    from linkerd.router.route import Leg, Route
    from linkerd.router.router import Router
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead

NEW = 0
BINDING = 1
DIALING = 2
SENT = 3
ANSWERING = 4
DONE = 5
BACKING_OFF = 6

MAX_DIALS = 25
CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Limit(Timed):
    """How long an attempt may wait. Cleared, it holds on to nothing."""

    __slots__ = ("attempt",)

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt: Attempt | None = attempt

    def expired(self, now: float) -> None:
        if self.attempt is not None:
            self.attempt.waited(now)


class Attempt(Exchange):
    """A request on its way, and all that is known about it.

    `held` are pieces of a streamed body that no endpoint has taken yet; `request_done` tells that
    the request is complete. `chunking` tells that the answer's body is chunked on its way out.
    """

    __slots__ = (
        "answered_s",
        "answered_status",
        "began",
        "body",
        "chunking",
        "connection",
        "dials",
        "endpoint",
        "freed",
        "head",
        "held",
        "leg",
        "length",
        "limit",
        "request_done",
        "retries",
        "route",
        "router",
        "server",
        "started",
        "state",
        "streamed",
        "target",
        "trailers",
        "verdict",
        "waits",
    )

    def __init__(
        self,
        router: Router,
        server: HttpServerConnection,
        head: RequestHead,
        body: bytes,
        streamed: bool,
    ) -> None:
        self.router = router
        self.server = server
        self.head = head
        self.body = body
        self.streamed = streamed
        self.request_done = not streamed
        self.state = NEW
        self.target = head.target
        self.route: Route | None = None
        self.leg: Leg | None = None
        self.endpoint: ClientEndpoint | None = None
        self.connection: HttpClientConnection | None = None
        self.held: list[bytes] | None = None
        self.trailers = b""
        self.chunking = False
        self.freed = False
        self.dials = 0
        self.retries = 0
        self.limit: Limit | None = None
        self.waits: BackoffState | None = None
        self.verdict = SUCCESS
        self.answered_status = 0
        self.answered_s = 0.0
        self.length = -1
        self.began = 0.0
        self.started = 0.0

    # -- routing

    def begin(self, now: float) -> None:
        self.began = now
        router = self.router
        self.server.listener.stats.begin()
        head = self.head
        key = router.identifier.key(head)
        if key is None:
            router.unidentified(self)
            return
        if router.rewrites:
            self.target = router.identifier.target(head)
        if head.dtab or head.ctx_dtab:
            route = router.local_route(self, key)
        else:
            route = router.routes.get(key) or router.new_route(self, key)
        if route is None:
            return
        self.route = route
        route.pending += 1
        service = route.service
        service.stats.begin()
        service.retry.budget.deposit(now)
        self.attempt(now)

    def attempt(self, now: float) -> None:
        """Pick an endpoint and send, or wait for what is missing."""
        route = self.the_route()
        if not route.ready:
            if route.error is not None:
                self.fail(route.error)
            else:
                self.wait_in(route.waiting, now)
            return
        leg = route.leg
        if leg is None:
            leg = route.choose(self.router.uniform)
            if leg is None:
                self.fail(self.router.no_hosts(route, None))
                return
        client = leg.client
        endpoint = client.balancer.pick(now)
        self.leg = leg
        if endpoint is None:
            if client.fixed_status:
                self.answer_ourselves(client.fixed_status, now)
            elif client.known or client.problem:
                self.fail(self.router.no_hosts(route, client))
            else:
                self.wait_in(client.waiting, now)
            return
        self.endpoint = endpoint  # type: ignore[assignment]
        self.started = now
        self.take(endpoint, now)  # type: ignore[arg-type]

    def answer_ourselves(self, status: int, now: float) -> None:
        """Answer in place of an endpoint; the client counts it as it counts any other answer."""
        leg = self.leg
        if leg is None:
            raise AssertionError("an answer without a leg")
        self.wait_no_more()
        self.leave_endpoint(now)
        self.started = now
        self.state = SENT
        leg.stats.begin()
        leg.client.stats.begin()
        head = own_head(status)
        self.answered(head, b"", NO_BODY if head.length < 0 else BY_LENGTH, True)

    def take(self, endpoint: ClientEndpoint, now: float) -> None:
        """Use an idle connection of the endpoint, or have one opened."""
        idle = endpoint.idle
        # After one idle connection proved dead, another may be: only a new one tells.
        if idle and not self.freed:
            endpoint.client.acquired.add(0)
            self.send(idle.pop())
        else:
            self.state = DIALING
            self.be_bound_by(now)
            endpoint.dial(self)

    def wait_in(self, waiting: list[Exchange], now: float) -> None:
        """Wait for naming, within the binding timeout."""
        self.state = BINDING
        waiting.append(self)
        self.be_bound_by(now)

    def stop_waiting(self) -> None:
        """Leave the queue, so that one that never moves does not grow for ever."""
        waiting = self.the_route().waiting if self.leg is None else self.leg.client.waiting
        if self in waiting:
            waiting.remove(self)

    def be_bound_by(self, now: float) -> None:
        """Limit the time until the request is sent."""
        if self.limit is None:
            self.wait_until(now + self.router.binding_timeout_s)

    def wait_until(self, deadline: float) -> None:
        """Have `waited` called then, unless the waiting ends before."""
        self.limit = Limit(self)
        self.router.wheel.arm(self.limit, deadline)

    def wait_no_more(self) -> None:
        """The waiting is over."""
        limit = self.limit
        self.limit = None
        if limit is not None:
            limit.deadline = 0.0
            limit.attempt = None

    def bound(self, now: float) -> None:
        if self.state == BINDING:
            self.attempt(now)

    def waited(self, now: float) -> None:
        """The time is up."""
        self.limit = None
        state = self.state
        if state == BACKING_OFF:
            self.attempt(now)
        elif state in (BINDING, DIALING):
            self.leave_endpoint(now)
            self.fail(self.router.binding_timeout(self.the_route()))

    def the_route(self) -> Route:
        """The route; every request has one from its first attempt on."""
        route = self.route
        if route is None:
            raise AssertionError("an attempt without a route")
        return route

    # -- the request

    def not_connected(self, why: str) -> None:
        if self.state != DIALING:
            return
        endpoint = self.endpoint
        leg = self.leg
        if endpoint is None or leg is None:
            raise AssertionError("dialling without an endpoint")
        client = leg.client
        now = self.router.clock()
        self.leave_endpoint(now)
        self.dials += 1
        if self.dials > MAX_DIALS:
            client.request_limit.value += 1
        elif client.balancer.status() != OPEN:
            client.not_open.value += 1
        elif not client.budget.try_withdraw(now):
            client.budget_exhausted.value += 1
        else:
            client.requeues.value += 1
            self.attempt(now)
            return
        self.fail(self.router.connect_failed(self.the_route(), client, endpoint, why))

    # -- trouble

    def leave_endpoint(self, now: float) -> None:
        """Tell the balancer that the pick is over."""
        endpoint = self.endpoint
        leg = self.leg
        self.endpoint = None
        if endpoint is not None and leg is not None:
            leg.client.balancer.release(endpoint, now, now - self.started)

    # -- the other parts of an exchange

    def send(self, connection: HttpClientConnection) -> None:
        """Write the request to this connection."""
        raise NotImplementedError

    def fail(self, error: RequestError) -> None:
        """Answer with an error of ours."""
        raise NotImplementedError
