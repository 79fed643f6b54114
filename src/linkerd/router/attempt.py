"""The way of one request to an endpoint: name, pick, connect, send; and again, if it must.

In come the calls of the server connection, of naming and of dialling; out goes the request, with
its body as it comes, its trace and its deadline. It decides at once and waits only where it must:
for a name, for a connection, for the time between two tries. The other half of an exchange, the
answer, is `linkerd.router.exchange`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.balancer.base import OPEN
from linkerd.classifier.base import SUCCESS
from linkerd.errors import TooManyWaiters
from linkerd.router.limited import LimitedExchange

if TYPE_CHECKING:
    from linkerd.backoff.base import BackoffState
    from linkerd.client.connection import ClientConnection
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.errors import RequestError
    from linkerd.net.connection import Connection
    from linkerd.net.exchange import Exchange
    from linkerd.propagator.trace_id import TraceId
    from linkerd.router.limit import Limit
    from linkerd.router.route import Leg, Route
    from linkerd.router.router import Router
    from linkerd.router.tunnel import Tunnel
    from linkerd.server.connection import ServerConnection

NEW = 0
BINDING = 1
DIALING = 2
SENT = 3
ANSWERING = 4
DONE = 5
BACKING_OFF = 6

MAX_DIALS = 25
DESCRIPTOR_WAIT_S = 0.1


class Attempt(LimitedExchange):
    """A request on its way, and all that is known about it.

    `held` are pieces of a streamed body that no endpoint has taken yet; `request_done` tells that
    the request is complete.
    `tunnel` is what the request has ended in, if it has.
    `dials` counts the tries that ended before anything was sent, `requeued` those of the present
    call of a client that cost nothing but its budget; `room` is how many more it may have after
    something was sent, -1 as long as nobody asked.
    `trace` is this proxy's span, None where there are no traces; `span` is the number of the try
    under way, a child of that, and `trace_lines` say so to the endpoint.
    """

    __slots__ = (
        "answered_s",
        "answered_status",
        "began",
        "body",
        "connection",
        "dials",
        "endpoint",
        "freed",
        "held",
        "leg",
        "request_done",
        "requeued",
        "retries",
        "room",
        "route",
        "server",
        "span",
        "started",
        "state",
        "streamed",
        "trace",
        "trace_lines",
        "tunnel",
        "verdict",
        "waits",
    )

    def __init__(
        self,
        router: Router,
        server: ServerConnection,
        body: bytes,
        streamed: bool,
    ) -> None:
        # Written out and not called: it is done for each request.
        self.router = router
        self.limit: Limit | None = None
        self.server = server
        self.body = body
        self.streamed = streamed
        self.request_done = not streamed
        self.state = NEW
        self.route: Route | None = None
        self.leg: Leg | None = None
        self.endpoint: ClientEndpoint | None = None
        self.connection: ClientConnection | None = None
        self.held: list[bytes] | None = None
        self.tunnel: Tunnel | None = None
        self.freed = False
        self.dials = 0
        self.requeued = 0
        self.room = -1
        self.retries = 0
        self.trace: TraceId | None = None
        self.trace_lines = b""
        self.span = 0
        self.waits: BackoffState | None = None
        self.verdict = SUCCESS
        self.answered_status = 0
        self.answered_s = 0.0
        self.began = 0.0
        self.started = 0.0

    # -- an endpoint

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

    def take(self, endpoint: ClientEndpoint, now: float) -> None:
        """Use an idle connection of the endpoint, or have one opened."""
        idle = endpoint.idle
        # After one idle connection proved dead, another may be: only a new one tells.
        if idle and not self.freed:
            endpoint.client.acquired.zeros += 1
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

    # -- time

    def waited(self, now: float) -> None:
        limit = self.limit
        if limit is None:
            return
        if 0.0 < limit.end <= now:
            self.out_of_time(limit, now)
            return
        limit.step = 0.0
        state = self.state
        if state == BACKING_OFF:
            self.attempt(now)
        elif state == SENT:
            self.attempt_timed_out(now)
        elif state in (BINDING, DIALING):
            self.leave_endpoint(now)
            self.fail(self.router.binding_timeout(self.the_route()))
        else:
            # The step is over already, but the request may still have an end.
            limit.arm(self.router.wheel, now)

    def connected(self, connection: Connection) -> None:
        if self.state == DIALING and self.endpoint is connection.endpoint:  # type: ignore[attr-defined]
            self.send(connection)  # type: ignore[arg-type]
        else:
            connection.rest()  # type: ignore[attr-defined]

    def bound(self, now: float) -> None:
        if self.state == BINDING:
            self.attempt(now)

    def the_route(self) -> Route:
        """The route; every request has one from its first attempt on."""
        route = self.route
        if route is None:
            raise AssertionError("an attempt without a route")
        return route

    # -- the request

    def not_connected(self, why: str, code: str = "") -> None:
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
            self.requeued += 1
            self.attempt(now)
            return
        client.requeues_per_request.add(self.requeued)
        error = self.router.connect_failed(self.the_route(), client, endpoint, why, code)
        self.not_connected_at_all(error, now)

    # -- trouble

    def turned_away(self) -> None:
        endpoint = self.endpoint
        if endpoint is None:
            raise AssertionError("a pool without an endpoint")
        self.leave_endpoint(self.router.clock())
        text = f"Too many requests wait for a connection to {endpoint.name()}"
        self.fail(TooManyWaiters(text))

    def without_descriptor(self) -> None:
        if self.state != DIALING:
            return
        leg = self.leg
        if leg is None:
            raise AssertionError("dialling without a leg")
        now = self.router.clock()
        self.leave_endpoint(now)
        if now - self.began < leg.client.connect_timeout_s:
            # Other requests end, and leave a connection in the pool or a descriptor.
            self.state = BACKING_OFF
            self.wait_until(now + DESCRIPTOR_WAIT_S, now)
        else:
            self.fail(self.router.no_descriptor(self.the_route(), leg.client))

    def leave_endpoint(self, now: float) -> None:
        """Tell the balancer that the pick is over."""
        endpoint = self.endpoint
        leg = self.leg
        self.endpoint = None
        if endpoint is not None and leg is not None:
            if self.state == DIALING:
                endpoint.give_up(self)
            leg.client.balancer.release(endpoint, now, now - self.started)

    # -- the other parts of an exchange

    def answer_ourselves(self, status: int, now: float) -> None:
        """Answer in place of an endpoint, where the name is no more than a status."""
        raise NotImplementedError

    def send(self, connection: ClientConnection) -> None:
        """Write the request to this connection."""
        raise NotImplementedError

    def not_connected_at_all(self, error: RequestError, now: float) -> None:
        """The client has given up connecting; the policy of retries has not."""
        raise NotImplementedError

    def fail(self, error: RequestError) -> None:
        """Answer with an error of ours."""
        raise NotImplementedError

    def attempt_timed_out(self, now: float) -> None:
        """The endpoint has had its time."""
        raise NotImplementedError

    def out_of_time(self, limit: Limit, now: float) -> None:
        """The request has had its time."""
        raise NotImplementedError
