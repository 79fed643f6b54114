"""One Thrift call in flight: how it goes out, and what its answer means. HOT.

In come the calls of the two connections; out goes exactly one answer to the client, none if it
wanted none, or a visible cut. Made by the router for each call; over when `DONE`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE
from linkerd.classifier.base import CLOSED, RETRYABLE, SUCCESS
from linkerd.classifier.thrift import APPLICATION_EXCEPTION, DECLARED
from linkerd.identifier.thrift import BETWEEN
from linkerd.router.answered import Answered
from linkerd.router.attempt import ANSWERING, DIALING, DONE, SENT, Attempt
from linkerd.router.deadline import Deadline
from linkerd.router.limit import DEADLINE, TOTAL
from linkerd.router.method_stats import method_stats
from linkerd.router.thrift_context import below
from linkerd.wire.thrift_contexts import DEADLINE as DEADLINE_CONTEXT
from linkerd.wire.thrift_contexts import deadline
from linkerd.wire.thrift_message import EXCEPTION, ONEWAY, framed
from linkerd.wire.thrift_result import (
    INTERNAL_ERROR,
    INVALID_MESSAGE_TYPE,
    PROTOCOL_ERROR,
    UNKNOWN,
    UNKNOWN_METHOD,
    WRONG_METHOD_NAME,
    exception_message,
    read_exception,
    result,
)
from linkerd.wire.thrift_result import SUCCESS as SUCCEEDED
from linkerd.wire.ttwitter import NOTHING

if TYPE_CHECKING:
    from linkerd.client.thrift import ThriftClientConnection
    from linkerd.errors import RequestError
    from linkerd.router.thrift_junction import ThriftJunction
    from linkerd.server.thrift import ThriftServerConnection
    from linkerd.wire.thrift_message import ThriftMessage
    from linkerd.wire.ttwitter import RequestHeader

THE_CALLERS = frozenset((UNKNOWN_METHOD, INVALID_MESSAGE_TYPE, WRONG_METHOD_NAME, PROTOCOL_ERROR))
"""Exceptions that another endpoint would throw as well: accrual must not count them."""


class ThriftExchange(Answered):
    """A call and its answer. `header` is what stood before the call, if anything did.

    `length` is how many bytes the answer has, -1 without one; `result` how it begins, as
    `linkerd.wire.thrift_result` says, and `exception` the code of a TApplicationException.
    """

    __slots__ = ("call", "exception", "header", "length", "result")

    router: ThriftJunction
    server: ThriftServerConnection
    connection: ThriftClientConnection | None

    def __init__(
        self,
        router: ThriftJunction,
        server: ThriftServerConnection,
        call: ThriftMessage,
        header: RequestHeader | None,
        streamed: bool,
    ) -> None:
        Attempt.__init__(self, router, server, b"", streamed)
        self.call = call
        self.header = header
        self.length = -1
        self.result = SUCCEEDED
        self.exception = UNKNOWN

    # -- the call

    def begin(self, now: float) -> None:
        self.began = now
        router = self.router
        self.server.listener.stats.pending += 1
        header = self.header
        if header is not None and header.contexts and not self.heed_deadline(header, now):
            return
        if header is None and router.plain and 58 not in self.call.name:
            key = BETWEEN
        else:
            key = router.identifier.key(self.call, header)
        if header is not None and header.delegations:
            route = router.local_route(self, key, header)
        else:
            route = router.routes.get(key) or router.new_route(self, key)
        if route is None:
            return
        self.route = route
        route.pending += 1
        service = route.service
        service.stats.pending += 1
        service.retry.budget.deposit(now)
        if service.total_timeout_s > 0.0:
            self.end_within(service.total_timeout_s, TOTAL, now)
        self.attempt(now)

    def heed_deadline(self, header: RequestHeader, now: float) -> bool:
        """Take the deadline that the call brings; False if it has passed, and is answered so."""
        found = deadline(header.context(DEADLINE_CONTEXT))
        if found is None:
            return True
        router = self.router
        until = Deadline(*found)
        left_s = until.left_s(router.wall())
        if left_s <= 0.0:
            self.fail(router.deadline_passed(-left_s))
            return False
        limit = self.limit or self.new_limit()
        limit.end_by(now + left_s, DEADLINE, left_s, until)
        return True

    def answer_ourselves(self, status: int, now: float) -> None:
        """An HTTP status is no answer to a call."""
        client = self.leg.client if self.leg is not None else None
        self.leave_endpoint(now)
        self.fail(self.router.no_hosts(self.the_route(), client))

    def send(self, connection: ThriftClientConnection) -> None:  # type: ignore[override]
        """Write the call, as far as it is here."""
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("sending without a leg")
        if connection.unasked:
            self.state = DIALING
            self.be_bound_by(self.router.clock())
            connection.ask(self, self.call.form)
            return
        if connection.pipelined:
            lane = connection.lane(self.streamed)  # type: ignore[attr-defined]
            if lane is None:
                self.state = DIALING
                self.be_bound_by(self.router.clock())
                endpoint.dial(self)
                return
            connection = lane
        until: Deadline | None = None
        if self.limit is not None or leg.client.attempt_timeout_s > 0.0:
            until = self.limit_try(leg)
        prefix = b""
        if connection.upgraded:
            span = self.router.bits(64) or 1
            prefix = below(self.header, span, until).written(connection.form)
        if endpoint.accrual.state != ALIVE:
            endpoint.started()
        call = self.call
        self.connection = connection
        self.state = SENT
        leg.stats.pending += 1
        leg.client.stats.pending += 1
        connection.begin(self, call.sequence)
        if prefix or call.head != call.begin or connection.sequence != call.sequence:
            flowing = connection.transport.write(call.passed_on(connection.sequence, prefix))
        else:
            flowing = connection.transport.write(call.raw[call.begin - 4 : call.stop])
        if self.streamed:
            self.send_held(flowing)
        elif call.kind == ONEWAY:
            self.leave_unanswered()

    def send_held(self, flowing: bool) -> None:
        """The endpoint is there: pass on what came early, and go on with the call."""
        held = self.held
        self.held = None
        connection = self.connection
        if connection is None:
            raise AssertionError("sending without a connection")
        if held:
            for data in held:
                flowing = connection.transport.write(data)
        if self.request_done:
            self.request_end(b"")
        elif flowing:
            self.server.flow()
        else:
            self.server.hold()

    def request_data(self, data: bytes) -> None:
        state = self.state
        connection = self.connection
        if state == DONE:
            return
        if connection is None or (state != SENT and state != ANSWERING):
            if self.held is None:
                self.held = []
            self.held.append(data)
            self.server.hold()
        elif not connection.transport.write(data):
            self.server.hold()

    def request_end(self, trailers: bytes) -> None:
        self.request_done = True
        if self.state == SENT and self.call.kind == ONEWAY:
            self.leave_unanswered()

    def endpoint_drained(self) -> None:
        if self.streamed and not self.request_done:
            self.server.flow()
        elif self.state == SENT and self.call.kind == ONEWAY:
            self.leave_unanswered()

    def leave_unanswered(self) -> None:
        """A one-way call is over when it is written; nobody answers, and nobody waits for it."""
        connection = self.connection
        if connection is None or connection.transport.blocked:
            return
        now = self.router.clock()
        self.connection = None
        self.wait_no_more()
        self.verdict = SUCCESS
        self.answered_s = now
        if self.endpoint is not None:
            # Nothing tells whether it has done it.
            connection.endpoint.ignored()
        connection.unanswered()
        self.finish(now)
        self.server.answered()

    # -- the answer

    def replied(self, message: ThriftMessage, complete: bool) -> None:
        route = self.route
        if route is None:
            raise AssertionError("an answer without a route")
        now = self.router.clock()
        blamed = True
        self.length = message.end - message.begin
        if message.kind == EXCEPTION:
            status = APPLICATION_EXCEPTION
            found = read_exception(message.raw, message.body, message.stop, message.form)
            self.exception = found.code
            blamed = found.code not in THE_CALLERS
        else:
            status = result(message.raw, message.body, message.stop, message.form)
        self.result = status
        verdict = SUCCESS
        if status >= DECLARED:
            verdict = route.service.classifier.response(
                self.method(), status, False, False, self.streamed
            )
        self.verdict = verdict
        if verdict == RETRYABLE and self.may_differ(route) and self.may_retry(now):
            self.judge_or_not(blamed, now)
            self.count_attempt(now)
            self.leave_connection(complete)
            self.try_again(now)
            return
        if self.limit is not None:
            self.wait_no_more()
        self.answered_s = now
        self.state = ANSWERING
        if blamed:
            self.judge(now)
        else:
            self.judge_or_not(blamed, now)
        server = self.server
        sequence = self.call.sequence
        if server.upgraded or message.head != message.begin or message.sequence != sequence:
            prefix = NOTHING if server.upgraded else b""
            flowing = server.transport.write(message.passed_on(sequence, prefix))
        else:
            # As it came.
            flowing = server.transport.write(message.raw[message.begin - 4 : message.stop])
        if complete:
            self.finish(now)
            server.answered()
        elif not flowing:
            self.pause_answer()

    def judge_or_not(self, blamed: bool, now: float) -> None:
        """Accrual learns of the answer, unless it tells nothing of the endpoint."""
        if blamed:
            self.judge(now)
        elif self.endpoint is not None:
            self.endpoint.ignored()

    def answer_data(self, data: bytes) -> None:
        if not self.server.transport.write(data):
            self.pause_answer()

    def answer_end(self, trailers: bytes) -> None:
        self.finish(self.router.clock())
        self.server.answered()

    def finish(self, now: float) -> None:
        service = self.the_route().service
        name = self.call.name
        method = service.methods.get(name) or method_stats(service, name)
        method.done(self.verdict == SUCCESS, int((now - self.began) * 1000.0))
        Answered.finish(self, now)

    def count_failure(
        self, causes: tuple[str, ...], now: float, flags: tuple[str, ...] = ()
    ) -> None:
        route = self.route
        if route is not None:
            name = self.call.name
            method = route.service.methods.get(name) or method_stats(route.service, name)
            method.done(False, int((now - self.began) * 1000.0))
        Answered.count_failure(self, causes, now, flags)

    def try_again(self, now: float) -> None:
        self.length = -1
        Answered.try_again(self, now)

    def tell(self, error: RequestError) -> None:
        call = self.call
        if call.kind == ONEWAY:
            return
        name = call.name.decode("utf-8", "replace")
        text = f"Internal error processing {name}: '{error.message}' ({error.code})"
        message = exception_message(call.form, call.name, call.sequence, INTERNAL_ERROR, text)
        prefix = NOTHING if self.server.upgraded else b""
        self.server.transport.write(framed(prefix, message))

    # -- what the decisions about failures ask

    def method(self) -> bytes:
        name = self.call.name
        return name[name.find(b":") + 1 :]

    def is_repeatable(self) -> bool:
        classifier = self.the_route().service.classifier
        return classifier.error(self.method(), CLOSED, self.streamed) == RETRYABLE

    def is_framed(self) -> bool:
        return True


__all__ = ["ThriftExchange"]
