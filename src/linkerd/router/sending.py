"""One request on its way out: head, body in pieces, trailers. HOT.

In come an open connection and what the client sends; out go the bytes of the request, as fast as
the endpoint takes them, or the error that takes the place of an answer. How it gets to a
connection is `linkerd.router.attempt`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE
from linkerd.errors import RequestError
from linkerd.router.attempt import ANSWERING, DONE, SENT
from linkerd.router.beginning import Beginning
from linkerd.router.rewriting import rewritten
from linkerd.router.route import BODY_KEPT
from linkerd.server.errors import REFUSALS, cleared_answer, error_answer
from linkerd.wire.chunked import END, chunk, last_chunk
from linkerd.wire.http1 import CONNECT

if TYPE_CHECKING:
    from linkerd.client.http import HttpClientConnection
    from linkerd.router.route import Leg

CHUNKED = b"Transfer-Encoding: chunked\r\n"
IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))


class Sending(Beginning):
    """A request that has, or will have, a connection to an endpoint."""

    __slots__ = ()

    def send(self, connection: HttpClientConnection) -> None:  # type: ignore[override]
        """Write the request; its body too as far as it is here."""
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("sending without a leg")
        lines = self.trace_lines
        trace = self.trace
        if trace is not None and not lines:
            # A try begins, and with it a span; a requeue goes on with the same.
            router = self.router
            span = self.span = router.bits(64) or 1
            lines = self.trace_lines = router.propagator.lines(trace, span)
        if self.limit is not None or leg.client.attempt_timeout_s > 0.0:
            until = self.limit_try(leg)
            if until is not None:
                lines = until.line() + lines
        if endpoint.accrual.state != ALIVE:
            endpoint.started()
        head = self.head
        self.connection = connection
        self.state = SENT
        leg.stats.pending += 1
        leg.client.stats.pending += 1
        connection.begin(self, head.method)
        body = self.body
        if head.chunked or head.via or head.version != 11 or head.upgrade:
            added = lines + self.rare_fields(leg)
        elif body:
            added = lines + leg.with_body
        else:
            added = lines + leg.added
        first = head.passed_on(self.target, added)
        if leg.client.rewrites:
            first = rewritten(first, self, leg.client, connection)
        if body:
            connection.transport.write_pair(first, body)
        else:
            connection.transport.write(first)
        if self.streamed:
            self.send_held()

    def rare_fields(self, leg: Leg) -> bytes:
        """The added fields of a request that is chunked, not HTTP/1.1, has a Via or an Upgrade."""
        head = self.head
        connection = self.connection
        fields = CHUNKED if head.chunked else b""
        if self.body:
            fields += BODY_KEPT
        if connection is not None and (head.version == 10 or head.method == CONNECT):
            connection.explicit = True
        elif head.upgrade:
            fields += b"Connection: Upgrade\r\nUpgrade: " + head.upgrade + b"\r\n"
        return fields + head.via_line() + leg.tail

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
        error = RequestError(why, REFUSALS.get(status, "L5D-3001"))
        error.status = status
        self.fail(error)

    # -- in place of an answer

    def tell(self, error: RequestError) -> None:
        server = self.server
        if not self.request_done or (server.listener.draining and not server.held):
            server.keep = False
        if self.head.version == 10:
            server.keep = False
        listener = server.listener
        bodyless = self.head.method == b"HEAD"
        if listener.clear_context:
            answer = cleared_answer(error, not server.keep, bodyless)
        else:
            answer = error_answer(error, not server.keep, bodyless, listener.limits)
        server.transport.write(answer)
        self.answered_status = error.status
        self.length = len(answer) - answer.index(b"\r\n\r\n") - 4

    def method(self) -> bytes:
        return self.head.method

    def is_repeatable(self) -> bool:
        return self.head.method in IDEMPOTENT

    def is_framed(self) -> bool:
        """Whether the client knows by itself where the answer ends."""
        return self.chunking or self.length >= 0
