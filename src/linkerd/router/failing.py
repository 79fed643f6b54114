"""What can go wrong with one request, and what is done then: another try, an error, a cut. HOT.

In come losses on either side and the verdicts of the classifier; out goes another attempt, an error
of ours, or a visible cut, each counted where it belongs. The half of an exchange that has an answer
is `linkerd.router.exchange`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.balancer.base import OPEN
from linkerd.classifier.base import CLOSED, CONNECT, FRAMING, RETRYABLE, SUCCESS, TIMEOUT
from linkerd.retry.budget import share_for_one
from linkerd.router.attempt import (
    ANSWERING,
    BACKING_OFF,
    BINDING,
    DIALING,
    DONE,
    MAX_DIALS,
    SENT,
    Attempt,
)
from linkerd.router.limit import DEADLINE
from linkerd.telemetry.request_stats import CANCELLED, CHANNEL_CLOSED, REQUEST_TIMEOUT

if TYPE_CHECKING:
    from linkerd.errors import RequestError
    from linkerd.router.limit import Limit
    from linkerd.router.route import Route

LOST = (CHANNEL_CLOSED,)
TIMED_OUT = (REQUEST_TIMEOUT,)


class Failing(Attempt):
    """A request whose way may end in trouble."""

    __slots__ = ()

    # -- another try

    def may_differ(self, route: Route) -> bool:
        """Whether another try may end otherwise: after an answer of our own on another way only."""
        return self.endpoint is not None or (route.leg is None and self.retries < MAX_DIALS)

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
        self.answered_status = 0
        self.trace_lines = b""
        self.requeued = 0
        self.room = -1
        self.step_over()
        self.state = BACKING_OFF
        wait = 0.0
        if service.retry.backoff is not None:
            if self.waits is None:
                self.waits = service.retry.backoff.start(self.router.rng)
            wait = self.waits.next()
        if wait > 0.0:
            self.wait_until(now + wait, now)
        else:
            self.attempt(now)

    def may_requeue(self, now: float) -> bool:
        """Whether a request that was certainly not processed may go elsewhere; pays for it.

        Finagle's RequeueFilter: a fifth of what the client's budget allows, each also paid from it.
        """
        leg = self.leg
        if leg is None:
            raise AssertionError("a requeue without a leg")
        client = leg.client
        if client.balancer.status() != OPEN:
            client.cannot_retry.value += 1
            return False
        if self.room < 0:
            self.room = share_for_one(client.budget.balance(now))
        if self.room == 0:
            client.request_limit.value += 1
            return False
        if not client.budget.try_withdraw(now):
            client.budget_exhausted.value += 1
            return False
        self.room -= 1
        return True

    def requeue(self, now: float) -> None:
        """Go elsewhere at once, in the same try as the policy of retries sees it."""
        leg = self.leg
        if leg is None:
            raise AssertionError("a requeue without a leg")
        leg.client.requeues.value += 1
        self.requeued += 1
        self.step_over()
        self.attempt(now)

    def leave_connection(self, complete: bool) -> None:
        """Another try will have another connection."""
        connection = self.connection
        self.connection = None
        if connection is not None:
            if complete:
                connection.released()
            else:
                connection.abandon()

    # -- by the endpoint

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
        method = self.method()
        # Not a byte went out, so any method may go elsewhere.
        untouched = connection.untouched and not self.streamed
        stale = connection.served > 1 and not self.freed and not self.streamed
        if stale and (untouched or (connection.fresh and not bad_answer and self.is_repeatable())):
            # It died while it rested, for which nobody is to blame and nothing is paid.
            self.freed = True
            leg.stats.abandoned()
            leg.client.stats.abandoned()
            connection.endpoint.ignored()
            self.leave_endpoint(now)
            self.requeue(now)
            return
        self.count_bad_try(now, LOST)
        if untouched and self.may_requeue(now):
            self.dials += 1
            self.requeue(now)
            return
        leg.client.requeues_per_request.add(self.requeued)
        kind = FRAMING if bad_answer else CLOSED
        verdict = self.the_route().service.classifier.error(method, kind, self.streamed)
        if verdict == RETRYABLE and self.may_retry(now):
            self.try_again(now)
        else:
            error = self.router.peer_lost(leg.client, connection.endpoint, why, bad_answer)
            # Finagle marks what has used up its requeues; the caller may repeat what never had any.
            error.retryable = untouched and leg.client.balancer.status() != OPEN
            self.fail(error)

    def not_connected_at_all(self, error: RequestError, now: float) -> None:
        classifier = self.the_route().service.classifier
        verdict = classifier.error(self.method(), CONNECT, self.streamed)
        if verdict == RETRYABLE and self.may_retry(now):
            self.try_again(now)
        else:
            self.fail(error)

    def attempt_timed_out(self, now: float) -> None:
        leg = self.leg
        connection = self.connection
        if leg is None or connection is None:
            raise AssertionError("a try without a connection")
        self.leave_connection(False)
        self.count_lost(now, TIMED_OUT)
        classifier = self.the_route().service.classifier
        verdict = classifier.error(self.method(), TIMEOUT, self.streamed)
        if verdict == RETRYABLE and self.may_retry(now):
            self.try_again(now)
        else:
            self.fail(self.router.attempt_timeout(leg.client, connection.endpoint))

    def out_of_time(self, limit: Limit, now: float) -> None:
        error = self.router.out_of_time(limit, self.server.listener.label)
        if self.state == SENT and self.connection is not None and limit.cause != DEADLINE:
            self.leave_connection(False)
            self.count_lost(now, self.router.causes(error))
        else:
            # How little time there is may be the caller's doing, as when it goes away.
            self.give_up()
        self.fail(error)

    def count_lost(self, now: float, causes: tuple[str, ...] = LOST) -> None:
        """The call of the client ended without a (whole) answer."""
        self.count_bad_try(now, causes)
        if self.leg is not None:
            self.leg.client.requeues_per_request.add(self.requeued)

    def count_bad_try(
        self, now: float, causes: tuple[str, ...], flags: tuple[str, ...] = ()
    ) -> None:
        """The endpoint that was tried is to blame."""
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("a loss without an endpoint")
        elapsed_ms = int((now - self.started) * 1000.0)
        self.leave_endpoint(now)
        endpoint.failed(now)
        leg.stats.failed_with(causes, elapsed_ms, flags)
        leg.client.stats.failed_with(causes, elapsed_ms, flags)
        leg.client.status_stats.failed(elapsed_ms)

    def lost_in_answer(self, why: str) -> None:
        """The answer broke off: the client must not take it for complete."""
        now = self.router.clock()
        if self.router.access_log is not None:
            self.router.access_log.note_error(self, self.endpoint, now, "L5D-2002")
        self.answered_status = 0
        self.count_lost(now)
        self.count_failure(LOST, now)
        self.server.cut(self.is_framed())

    # -- by the client

    def cut(self) -> None:
        """We gave up in the middle of an answer."""
        now = self.router.clock()
        self.answered_status = 0
        self.count_failure((CANCELLED,), now, ("interrupted",))
        self.server.cut(self.is_framed())

    def client_gone(self, why: str) -> None:
        if self.state == DONE:
            return
        access_log = self.router.access_log
        if access_log is not None and self.state != ANSWERING:
            access_log.note_gone(self, self.router.clock())
        self.give_up()
        self.answered_status = 0
        self.count_failure((CANCELLED,), self.router.clock(), ("interrupted",))

    def give_up(self) -> None:
        """Nobody waits for an answer any more."""
        if self.state == DIALING and self.leg is not None:
            self.leg.client.cancelled.value += 1
        self.abandon()

    def abandon(self) -> None:
        """Give up the try in progress; nobody is to blame for it."""
        connection = self.connection
        leg = self.leg
        if self.state == ANSWERING and self.router.access_log is not None:
            self.router.access_log.note(self, self.endpoint, self.router.clock())
        if connection is not None and leg is not None:
            self.connection = None
            leg.stats.abandoned()
            leg.client.stats.abandoned()
            if self.endpoint is not None:
                self.endpoint.ignored()
            connection.abandon()
        self.leave_endpoint(self.router.clock())

    # -- the end

    def fail(self, error: RequestError) -> None:
        """Answer with an error of ours."""
        now = self.router.clock()
        self.tell(error)
        access_log = self.router.access_log
        if access_log is not None and access_log.errors:
            access_log.note_error(self, self.endpoint, now, error.code)
        if self.route is not None:
            self.route.service.answered_with(error.code)
        self.count_failure(self.router.causes(error), now, error.flags)
        self.server.answered()

    def count_failure(
        self, causes: tuple[str, ...], now: float, flags: tuple[str, ...] = ()
    ) -> None:
        """The request ended in an error: service and server count it, and all is given back."""
        if self.state == BINDING:
            self.stop_waiting()
        self.state = DONE
        self.wait_no_more()
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
            self.leave_route(route, now)

    def judge(self, now: float) -> None:
        """One try has the head of its answer: accrual learns of it, however long the body is."""
        endpoint = self.endpoint
        if endpoint is not None:
            if self.verdict == SUCCESS:
                endpoint.succeeded(now)
            else:
                endpoint.failed(now)

    def count_attempt(self, now: float) -> None:
        """One try has its whole answer: balancer and the client's statistics learn of it."""
        leg = self.leg
        if leg is None:
            raise AssertionError("an answer without a leg")
        client = leg.client
        good = self.verdict == SUCCESS
        elapsed = now - self.started
        elapsed_ms = int(elapsed * 1000.0)
        endpoint = self.endpoint
        if endpoint is not None:
            self.endpoint = None
            if self.tunnel is None:
                client.balancer.release(endpoint, now, elapsed)
            if self.requeued:
                client.requeues_per_request.add(self.requeued)
            else:
                client.requeues_per_request.zeros += 1
            if good:
                client.budget.deposit(now)
        leg.stats.done(good, elapsed_ms)
        client.stats.done(good, elapsed_ms)
        client.status_stats.done(self.answered_status, elapsed_ms)
        access_log = self.router.access_log
        if access_log is not None:
            access_log.note(self, endpoint, now)

    def leave_route(self, route: Route, now: float) -> None:
        """The request is over, well or not."""
        if self.retries:
            route.service.per_request.add(self.retries)
        else:
            route.service.per_request.zeros += 1
        route.last = now
        route.used += 1
        route.pending -= 1
        if route.one_shot and route.pending == 0:
            route.bindings.drop(route)

    # -- what a protocol says of it

    def method(self) -> bytes:
        """What the request asks for, as the classifier is told."""
        raise NotImplementedError

    def is_repeatable(self) -> bool:
        """Whether the request may be sent twice, whatever becomes of the first one."""
        raise NotImplementedError

    def is_framed(self) -> bool:
        """Whether the client knows by itself where the answer ends."""
        raise NotImplementedError

    def tell(self, error: RequestError) -> None:
        """Write the answer that an error of ours is."""
        raise NotImplementedError
