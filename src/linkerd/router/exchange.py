"""One HTTP request in flight: the answer to it, and whatever can go wrong on both sides.

In come the calls of the two connections; out goes exactly one answer to the client, or a visible
cut. Made by the router for each request; over when `DONE`.

    NEW > BINDING > DIALING > SENT > ANSWERING > DONE; for another try SENT > BACKING_OFF > ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.classifier.base import RETRYABLE, SUCCESS
from linkerd.errors import AnswerTooLarge
from linkerd.net.exchange import BY_CHUNKS, BY_LENGTH
from linkerd.router.attempt import (
    ANSWERING,
    SENT,
)
from linkerd.router.nacking import Nacking
from linkerd.router.sending import CHUNKED
from linkerd.router.tunnelling import UPGRADE_REQUIRED, offered
from linkerd.telemetry.request_stats import FAILURE
from linkerd.wire.chunked import END, chunk, last_chunk

if TYPE_CHECKING:
    from linkerd.wire.http1 import ResponseHead

VIA = b"Via: 1.1 linkerd\r\n"
GOOD = b"l5d-success-class: 1.0\r\n"
BAD = b"l5d-success-class: 0.0\r\n"
GOOD_ANSWER = VIA + GOOD + b"\r\n"
CLOSE = b"Connection: close\r\n"
KEEP_ALIVE = b"Connection: keep-alive\r\n"


class HttpExchange(Nacking):
    """A request and its answer."""

    __slots__ = ()

    # -- the answer

    def informed(self, head: ResponseHead) -> None:
        if head.status != 100 and self.head.version == 11 and self.state == SENT:
            self.server.transport.write(head.passed_on(b"\r\n"))

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        route = self.the_route()
        server = self.server
        now = self.router.clock()
        status = head.status
        if status == 503 and self.nacked(head, complete):
            return
        self.length = head.length
        verdict = route.service.classifier.response(
            self.head.method, status, head.nack, head.retryable, self.streamed
        )
        if verdict == RETRYABLE and self.may_differ(route) and self.may_retry(now):
            self.verdict = verdict
            self.answered_status = status
            self.judge(now)
            self.count_attempt(now)
            self.leave_connection(complete)
            self.try_again(now)
            return
        if self.limit is not None:
            self.wait_no_more()
        self.verdict = verdict
        self.answered_status = status
        self.answered_s = now
        self.state = ANSWERING
        self.judge(now)
        if (
            verdict == SUCCESS
            and self.request_done
            and framing < BY_CHUNKS
            and head.version == 11
            and not head.via
            and server.keep
            and self.head.version == 11
            and server.listener.plain
            and status != UPGRADE_REQUIRED
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
            server.answered()
        elif not flowing:
            self.pause_answer()
        elif framing == BY_LENGTH and self.connection is not None:
            self.connection.splice_to(server.transport)

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
        fields = head.via_line()
        if not server.listener.clear_context:
            fields += GOOD if self.verdict == SUCCESS else BAD
        if self.chunking:
            fields += CHUNKED
        if head.status == UPGRADE_REQUIRED:
            fields += offered(head, server.listener.limits)
        if not server.keep:
            fields += CLOSE
        elif old:
            fields += KEEP_ALIVE
        return fields + b"\r\n"

    def answer_data(self, data: bytes) -> None:
        if not self.server.transport.write(chunk(data) if self.chunking else data):
            self.pause_answer()

    def answer_end(self, trailers: bytes) -> None:
        if self.chunking:
            self.server.transport.write(last_chunk(trailers) if trailers else END)
        self.finish(self.router.clock())
        self.server.answered()

    def answer_too_large(self) -> None:
        """The endpoint is not to blame, and another one's answer would be no smaller."""
        now = self.router.clock()
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("an answer without an endpoint")
        self.connection = None
        self.leave_endpoint(now)
        endpoint.ignored()
        elapsed_ms = int((now - self.started) * 1000.0)
        leg.stats.failed_with((FAILURE,), elapsed_ms)
        leg.client.stats.failed_with((FAILURE,), elapsed_ms)
        leg.client.status_stats.failed(elapsed_ms)
        text = "The answer is larger than maxResponseBodyKB allows"
        self.fail(AnswerTooLarge(text, reasoning=f"endpoint: {endpoint.name()}"))
