"""Answers that are changed on their way: the seam for everything a router or server does to them.

In comes an answer of an endpoint as `HttpExchange` gets it; the filters of the exchange change its
head, its body or both, in their order; out it goes as if the endpoint had sent it so. Made by
`ShapedDispatch` where there is something to change; other routers use `HttpExchange` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import BY_CHUNKS, BY_LENGTH, NO_BODY
from linkerd.router.exchange import HttpExchange
from linkerd.wire.fields import DIGESTS

if TYPE_CHECKING:
    from linkerd.router.junction import HttpJunction
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead, ResponseHead


class BodyCoder:
    """Changes one body, piece by piece."""

    __slots__ = ()

    def data(self, data: bytes) -> bytes:
        """What becomes of a piece; all of it, so that it can be passed on at once."""
        raise NotImplementedError

    def end(self, data: bytes) -> bytes:
        """What becomes of the last piece, which may be empty, and of the end."""
        raise NotImplementedError


class Answer:
    """An answer as the filters see it: the head, and what has come of the body.

    `request` is the head of the request. `framing` is one of `linkerd.net.exchange`; `complete`
    tells that there is no more of the body. `coder` gets what comes later. `too_large`: the answer
    is not to be passed on.
    """

    __slots__ = ("body", "coder", "complete", "framing", "head", "request", "too_large")

    def __init__(
        self, request: RequestHead, head: ResponseHead, body: bytes, framing: int, complete: bool
    ) -> None:
        self.request = request
        self.head = head
        self.body = body
        self.framing = framing
        self.complete = complete
        self.coder: BodyCoder | None = None
        self.too_large = False

    def empty(self) -> None:
        """Take the body away; what may still come of it is not waited for."""
        bodyless = self.head.status in (204, 304)
        self.head.reframe(-1 if bodyless else 0)
        self.body = b""
        self.framing = NO_BODY if self.framing == NO_BODY else BY_LENGTH
        self.complete = True

    def encode(self, coder: BodyCoder) -> None:
        """Give the body to a coder: as a whole if it is here, and otherwise as it comes."""
        if self.complete:
            self.body = coder.end(self.body)
            self.framing = BY_LENGTH
            self.head.reframe(len(self.body))
            return
        self.coder = coder
        if self.body:
            self.body = coder.data(self.body)
        self.framing = BY_CHUNKS
        self.head.reframe(-1)


class AnswerFilter:
    """One thing that is changed in answers. It serves all of them and keeps nothing of any."""

    __slots__ = ()

    def interim(self, head: ResponseHead) -> None:
        """Change the head of an interim answer (1xx), or of one that begins a tunnel."""

    def answer(self, answer: Answer) -> None:
        """Change an answer whose head has come."""


NO_FILTERS: tuple[AnswerFilter, ...] = ()


class ShapedExchange(HttpExchange):
    """A request whose answer goes through filters. `coder` gets what is still to come of it."""

    __slots__ = ("coder", "filters")

    def __init__(
        self,
        router: HttpJunction,
        server: HttpServerConnection,
        head: RequestHead,
        body: bytes,
        streamed: bool,
        filters: tuple[AnswerFilter, ...],
    ) -> None:
        super().__init__(router, server, head, body, streamed)
        self.filters = filters
        self.coder: BodyCoder | None = None

    def informed(self, head: ResponseHead) -> None:
        for each in self.filters:
            each.interim(head)
        super().informed(head)

    def switched(self, head: ResponseHead, early: bytes) -> bool:
        for each in self.filters:
            each.interim(head)
        return super().switched(head, early)

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        answer = Answer(self.head, head, body, framing, complete)
        for each in self.filters:
            each.answer(answer)
        if answer.too_large:
            self.leave_connection(complete and self.request_done)
            self.answer_too_large()
            return
        if answer.complete and not complete:
            # Nobody waits for the rest of the body, which may never end.
            self.leave_connection(False)
        self.coder = answer.coder
        super().answered(head, answer.body, answer.framing, answer.complete)

    def answer_data(self, data: bytes) -> None:
        if self.coder is not None:
            data = self.coder.data(data)
        if data:
            super().answer_data(data)

    def answer_end(self, trailers: bytes) -> None:
        if self.coder is not None:
            rest = self.coder.end(b"")
            if rest:
                super().answer_data(rest)
            trailers = without_digests(trailers)
        super().answer_end(trailers)


def without_digests(trailers: bytes) -> bytes:
    """Trailer fields without those that are wrong about a body that has been changed."""
    lines = trailers.splitlines(keepends=True)
    return b"".join([line for line in lines if line.partition(b":")[0].lower() not in DIGESTS])


__all__ = ["NO_FILTERS", "Answer", "AnswerFilter", "BodyCoder", "ShapedExchange"]
