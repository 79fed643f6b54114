"""One HTTP request in flight: a plain state machine that owns both halves and what flows between.

In come the calls of the two connections and of naming; out go the request to an endpoint and one
answer to the client. It decides at once and waits only where it must: for a name, for a connection,
for the time between two tries. Made by the router for each request; over when `DONE`.

    NEW > BINDING > DIALING > SENT > ANSWERING > DONE; for another try SENT > BACKING_OFF > ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE
from linkerd.balancer.base import OPEN
from linkerd.classifier.base import CLOSED, FRAMING, RETRYABLE, SUCCESS
from linkerd.errors import RequestError
from linkerd.net.exchange import BY_CHUNKS, Exchange
from linkerd.server.errors import error_answer
from linkerd.telemetry.request_stats import CANCELLED, CHANNEL_CLOSED
from linkerd.wire.chunked import END, chunk, last_chunk

if TYPE_CHECKING:
    from linkerd.backoff.base import BackoffState
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.client.http import HttpClientConnection
    from linkerd.net.connection import Connection
    from linkerd.router.route import Leg, Route
    from linkerd.router.router import Router
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead, ResponseHead

NEW = 0
BINDING = 1
DIALING = 2
SENT = 3
ANSWERING = 4
DONE = 5
BACKING_OFF = 6

MAX_DIALS = 25
IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))

VIA = b"Via: 1.1 linkerd\r\n"
GOOD = b"l5d-success-class: 1.0\r\n"
BAD = b"l5d-success-class: 0.0\r\n"
GOOD_ANSWER = VIA + GOOD + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CLOSE = b"Connection: close\r\n"
KEEP_ALIVE = b"Connection: keep-alive\r\n"


class HttpExchange(Exchange):
    """A request and its answer.

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
        self.deadline = 0.0
        self.armed = False
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
            if route is None:
                return
        else:
            known = router.routes.get(key)
            if known is None:
                known = router.new_route(self, key)
                if known is None:
                    return
            route = known
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
            if client.known or client.problem:
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
        if idle:
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
        if self.deadline == 0.0:
            self.router.wheel.arm(self, now + self.router.binding_timeout_s)

    def bound(self, now: float) -> None:
        if self.state == BINDING:
            self.attempt(now)

    def expired(self, now: float) -> None:
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

    def connected(self, connection: Connection) -> None:
        if self.state == DIALING and self.endpoint is connection.endpoint:  # type: ignore[attr-defined]
            self.send(connection)  # type: ignore[arg-type]
        else:
            connection.rest()  # type: ignore[attr-defined]

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
        else:
            client.requeues.value += 1
            self.attempt(now)
            return
        self.fail(self.router.connect_failed(self.the_route(), client, endpoint, why))

    def send(self, connection: HttpClientConnection) -> None:
        """Write the request; its body too as far as it is here."""
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("sending without a leg")
        if self.deadline != 0.0:
            self.deadline = 0.0
        if endpoint.accrual.state != ALIVE:
            endpoint.started()
        head = self.head
        self.connection = connection
        self.state = SENT
        leg.stats.pending += 1
        leg.client.stats.pending += 1
        connection.begin(self, head.method)
        if head.chunked or head.via or head.version != 11:
            added = self.rare_fields(leg)
        else:
            added = leg.added
        if self.body:
            connection.transport.write_pair(head.passed_on(self.target, added), self.body)
        else:
            connection.transport.write(head.passed_on(self.target, added))
        if self.streamed:
            self.send_held()

    def rare_fields(self, leg: Leg) -> bytes:
        """The added fields of a request that has a Via, is chunked, or is not HTTP/1.1."""
        head = self.head
        own = b"1.0 linkerd\r\n" if head.version == 10 else b"1.1 linkerd\r\n"
        via = b"Via: " + head.via + b", " + own if head.via else b"Via: " + own
        return (CHUNKED if head.chunked else b"") + via + leg.tail

    def send_held(self) -> None:
        """The endpoint is there: ask for the body, or pass on what came early."""
        if self.head.expect and not self.request_done:
            self.server.send_continue()
        held = self.held
        self.held = None
        flowing = True
        if held:
            for data in held:
                flowing = self.write_request(data)
        if self.request_done:
            self.end_request()
        if flowing and held is not None:
            self.server.flow()

    def request_data(self, data: bytes) -> None:
        state = self.state
        if state == DONE:
            return
        if state != SENT and state != ANSWERING:
            if self.held is None:
                self.held = []
            self.held.append(data)
            self.server.hold()
        elif not self.write_request(data):
            self.server.hold()

    def write_request(self, data: bytes) -> bool:
        """Pass on a piece of the body; False if the endpoint is slow."""
        connection = self.connection
        if connection is None:
            return True
        return connection.transport.write(chunk(data) if self.head.chunked else data)

    def request_end(self, trailers: bytes) -> None:
        self.request_done = True
        self.trailers = trailers
        if self.state in (SENT, ANSWERING):
            self.end_request()

    def end_request(self) -> None:
        """The body is complete."""
        connection = self.connection
        if self.head.chunked and connection is not None:
            trailers = self.trailers
            connection.transport.write(last_chunk(trailers) if trailers else END)

    def endpoint_drained(self) -> None:
        if self.streamed:
            self.server.flow()

    def request_broken(self, status: int, why: str) -> None:
        self.abandon()
        if self.state == ANSWERING:
            self.cut()
            return
        self.server.keep = False
        error = RequestError(why, "L5D-3006" if status == 408 else "L5D-3001")
        error.status = status
        self.fail(error)

    # -- the answer

    def informed(self, head: ResponseHead) -> None:
        if head.status != 100 and self.head.version == 11 and self.state == SENT:
            self.server.transport.write(head.passed_on(b"\r\n"))

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        route = self.the_route()
        server = self.server
        now = self.router.clock()
        status = head.status
        self.length = head.length
        verdict = route.service.classifier.response(
            self.head.method, status, head.nack, head.retryable, self.streamed
        )
        if verdict == RETRYABLE and self.may_retry(now):
            self.verdict = verdict
            self.answered_status = status
            self.count_attempt(now)
            self.leave_connection(complete)
            self.try_again(now)
            return
        self.verdict = verdict
        self.answered_status = status
        self.answered_s = now
        self.state = ANSWERING
        if (
            verdict == SUCCESS
            and self.request_done
            and framing < BY_CHUNKS
            and not head.via
            and server.keep
            and self.head.version == 11
            and not server.listener.draining
        ):
            added = GOOD_ANSWER
        else:
            added = self.answer_fields(head, framing)
            if self.chunking and body:
                body = chunk(body)
            if self.chunking and complete:
                body += END
        if body:
            flowing = server.transport.write_pair(head.passed_on(added), body)
        else:
            flowing = server.transport.write(head.passed_on(added))
        if complete:
            self.finish(now)
        elif not flowing:
            self.pause_answer()

    def answer_fields(self, head: ResponseHead, framing: int) -> bytes:
        """The added fields of an answer, whatever the case; decides framing and keep-alive too."""
        server = self.server
        old = self.head.version == 10
        delimited = framing < BY_CHUNKS
        if not delimited and not old:
            self.chunking = True
            delimited = True
        if not delimited or not self.request_done or (server.listener.draining and not server.held):
            server.keep = False
        own = b"1.0 linkerd\r\n" if head.version == 10 else b"1.1 linkerd\r\n"
        fields = b"Via: " + head.via + b", " + own if head.via else b"Via: " + own
        fields += GOOD if self.verdict == SUCCESS else BAD
        if self.chunking:
            fields += CHUNKED
        if not server.keep:
            fields += CLOSE
        elif old:
            fields += KEEP_ALIVE
        return fields + b"\r\n"

    def answer_data(self, data: bytes) -> None:
        if not self.server.transport.write(chunk(data) if self.chunking else data):
            self.pause_answer()

    def pause_answer(self) -> None:
        """The client is slow: read no more of the answer until it has taken what there is."""
        connection = self.connection
        if connection is not None:
            connection.transport.pause()

    def client_drained(self) -> None:
        connection = self.connection
        if connection is not None and self.state == ANSWERING:
            connection.transport.resume()

    def answer_end(self, trailers: bytes) -> None:
        if self.chunking:
            self.server.transport.write(last_chunk(trailers) if trailers else END)
        self.finish(self.router.clock())

    def finish(self, now: float) -> None:
        """The answer is complete: count, give everything back, tell the server connection."""
        route = self.the_route()
        service = route.service
        server = self.server
        listener = server.listener
        good = self.verdict == SUCCESS
        self.state = DONE
        self.count_attempt(now)
        connection = self.connection
        if connection is not None:
            self.connection = None
            if not self.request_done:
                connection.keep = False
            if server.transport.blocked:
                # It may have been paused for this client, and is another's next.
                connection.transport.resume()
            connection.released()
        elapsed_ms = int((self.answered_s - self.began) * 1000.0)
        service.stats.done(good, elapsed_ms)
        service.per_request.add(self.retries)
        listener.stats.done(good, elapsed_ms)
        listener.status_stats.done(self.answered_status, elapsed_ms)
        route.last = now
        route.pending -= 1
        if route.one_shot:
            route.close()
        server.answered()

    def count_attempt(self, now: float) -> None:
        """One try has an answer: balancer, accrual and the client's statistics learn of it."""
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("an answer without an endpoint")
        self.endpoint = None
        client = leg.client
        good = self.verdict == SUCCESS
        elapsed = now - self.started
        elapsed_ms = int(elapsed * 1000.0)
        client.balancer.release(endpoint, now, elapsed)
        if good:
            endpoint.succeeded(now)
            client.budget.deposit(now)
        else:
            endpoint.failed(now)
        leg.stats.done(good, elapsed_ms)
        client.stats.done(good, elapsed_ms)
        client.status_stats.done(self.answered_status, elapsed_ms)
        access_log = self.router.access_log
        if access_log is not None:
            peer = self.server.transport.peer[0]
            access_log.note(self.head, peer, self.answered_status, self.length)

    # -- trouble

    def may_retry(self, now: float) -> bool:
        """Whether the policy lets a retryable failure be tried again; pays for it."""
        service = self.the_route().service
        if self.streamed or self.retries >= service.retry.limit:
            return False
        if not service.retry.budget.try_withdraw(now):
            service.budget_exhausted.value += 1
            return False
        return True

    def try_again(self, now: float) -> None:
        """Another try, after the wait that the policy asks for."""
        service = self.the_route().service
        service.total.value += 1
        self.retries += 1
        self.state = BACKING_OFF
        wait = 0.0
        if service.retry.backoff is not None:
            if self.waits is None:
                self.waits = service.retry.backoff.start(self.router.rng)
            wait = self.waits.next()
        if wait > 0.0:
            self.router.wheel.arm(self, now + wait)
        else:
            self.attempt(now)

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        connection = self.connection
        self.connection = None
        if self.state == ANSWERING:
            self.lost_in_answer(why)
            return
        leg = self.leg
        if self.state != SENT or connection is None or leg is None:
            return
        now = self.router.clock()
        method = self.head.method
        stale = connection.served > 1 and connection.fresh and not bad_answer
        if stale and not self.streamed and not self.freed and method in IDEMPOTENT:
            self.freed = True
            leg.stats.abandoned()
            leg.client.stats.abandoned()
            leg.client.requeues.value += 1
            connection.endpoint.ignored()
            self.leave_endpoint(now)
            self.attempt(now)
            return
        self.count_lost(now)
        kind = FRAMING if bad_answer else CLOSED
        verdict = self.the_route().service.classifier.error(method, kind, self.streamed)
        if verdict == RETRYABLE and self.may_retry(now):
            self.try_again(now)
        else:
            self.fail(self.router.peer_lost(leg.client, connection.endpoint, why, bad_answer))

    def count_lost(self, now: float) -> None:
        """The try ended without a (whole) answer."""
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("a loss without an endpoint")
        elapsed_ms = int((now - self.started) * 1000.0)
        self.leave_endpoint(now)
        endpoint.failed(now)
        leg.stats.failed_with((CHANNEL_CLOSED,), elapsed_ms)
        leg.client.stats.failed_with((CHANNEL_CLOSED,), elapsed_ms)
        leg.client.status_stats.failed(elapsed_ms)

    def lost_in_answer(self, why: str) -> None:
        """The answer broke off: the client must not take it for complete."""
        now = self.router.clock()
        self.count_lost(now)
        self.count_failure((CHANNEL_CLOSED,), now)
        self.server.cut()

    def cut(self) -> None:
        """We gave up in the middle of an answer."""
        now = self.router.clock()
        self.count_failure((CANCELLED,), now, ("interrupted",))
        self.server.cut()

    def client_gone(self, why: str) -> None:
        if self.state == DONE:
            return
        self.abandon()
        self.count_failure((CANCELLED,), self.router.clock(), ("interrupted",))

    def abandon(self) -> None:
        """Give up the try in progress; nobody is to blame for it."""
        connection = self.connection
        leg = self.leg
        if connection is not None and leg is not None:
            self.connection = None
            leg.stats.abandoned()
            leg.client.stats.abandoned()
            if self.endpoint is not None:
                self.endpoint.ignored()
            connection.abandon()
        self.leave_endpoint(self.router.clock())

    def leave_connection(self, complete: bool) -> None:
        """Another try will have another connection."""
        connection = self.connection
        self.connection = None
        if connection is not None:
            if complete:
                connection.released()
            else:
                connection.abandon()

    def leave_endpoint(self, now: float) -> None:
        """Tell the balancer that the pick is over."""
        endpoint = self.endpoint
        leg = self.leg
        self.endpoint = None
        if endpoint is not None and leg is not None:
            leg.client.balancer.release(endpoint, now, now - self.started)

    def fail(self, error: RequestError) -> None:
        """Answer with an error of ours."""
        now = self.router.clock()
        server = self.server
        if not self.request_done or (server.listener.draining and not server.held):
            server.keep = False
        limit = server.listener.limits.head
        bodyless = self.head.method == b"HEAD"
        server.transport.write(error_answer(error, not server.keep, bodyless, limit))
        self.answered_status = error.status
        self.count_failure(self.router.causes(error), now)
        server.answered()

    def count_failure(
        self, causes: tuple[str, ...], now: float, flags: tuple[str, ...] = ()
    ) -> None:
        """The request ended in an error: service and server count it, and all is given back."""
        if self.state == BINDING:
            self.stop_waiting()
        self.state = DONE
        self.deadline = 0.0
        elapsed_ms = int((now - self.began) * 1000.0)
        listener = self.server.listener
        route = self.route
        status = self.answered_status
        if status and route is not None:
            listener.stats.done(status < 500, elapsed_ms)
        else:
            listener.stats.failed_with(causes, elapsed_ms, flags)
        if status:
            listener.status_stats.done(status, elapsed_ms)
        else:
            listener.status_stats.failed(elapsed_ms)
        if route is not None:
            route.service.stats.failed_with(causes, elapsed_ms, flags)
            route.service.per_request.add(self.retries)
            route.last = now
            route.pending -= 1
            if route.one_shot:
                route.close()
