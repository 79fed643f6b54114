"""Diagnostic tracing: TRACE requests that ask each proxy on their way what it did with them.

In comes a TRACE request with `l5d-add-context`; out goes its answer with one more block of text
behind the body (`linkerd.router.way_taken`), the innermost proxy's first. For that the answer is
collected, up to a limit, before a byte of it goes on. Made by the router instead of an ordinary
exchange; off the common path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import BY_CHUNKS, BY_LENGTH, NO_BODY
from linkerd.router.max_forwards import CountedExchange
from linkerd.router.way_taken import resolution, way_taken
from linkerd.wire.status import reason

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.router.junction import HttpJunction
    from linkerd.router.shaped import AnswerFilter
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead, ResponseHead

ASK = b"l5d-add-context"
YES = frozenset((b"1", b"t", b"true"))
MAX_BODY = 65536
BLANKS = bytes(range(33))


class DiagnosticExchange(CountedExchange):
    """A TRACE request whose answer tells the way that was taken.

    `answer` is the answer that is being collected in `pieces`, altogether `size` bytes; None if it
    goes on as it comes.
    """

    __slots__ = ("answer", "pieces", "selected", "size")

    def __init__(
        self,
        router: HttpJunction,
        server: HttpServerConnection,
        head: RequestHead,
        body: bytes,
        streamed: bool,
        filters: tuple[AnswerFilter, ...],
    ) -> None:
        super().__init__(router, server, head, body, streamed, filters)
        self.answer: ResponseHead | None = None
        self.pieces: list[bytes] = []
        self.size = 0
        self.selected = ""

    def take(self, endpoint: ClientEndpoint, now: float) -> None:
        self.selected = endpoint.name()
        super().take(endpoint, now)

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        # Until it is whole the exchange stays SENT: all that can go wrong can still be told.
        if framing == NO_BODY or head.status == 205:
            super().answered(head, body, framing, complete)
        elif framing == BY_CHUNKS:
            self.conclude(head, discarded(head, b"chunked"), complete)
        elif head.values(b"content-encoding"):
            self.conclude(head, discarded(head, b"encoded"), complete)
        elif complete:
            self.conclude(head, body, True)
        else:
            self.answer = head
            self.pieces = []
            self.size = 0
            self.collect(head, body)

    def answer_data(self, data: bytes) -> None:
        if self.answer is not None:
            self.collect(self.answer, data)
        else:
            super().answer_data(data)

    def answer_end(self, trailers: bytes) -> None:
        if self.answer is not None:
            self.conclude(self.answer, b"".join(self.pieces), True)
        else:
            super().answer_end(trailers)

    def collect(self, head: ResponseHead, data: bytes) -> None:
        """Keep a piece of the answer's body, or give it up if it is too large."""
        self.pieces.append(data)
        self.size += len(data)
        if max(self.size, head.length) > MAX_BODY:
            self.conclude(head, discarded(head, b"long"), False)

    def conclude(self, head: ResponseHead, content: bytes, complete: bool) -> None:
        """Answer with this content and what we have to add.

        Unless the answer is complete the endpoint's connection cannot be used any more.
        """
        if not complete:
            self.leave_connection(False)
        self.answer = None
        self.pieces = []
        content = content.strip(BLANKS) + b"\n\n" + self.addition().encode("utf-8")
        head.reframe(len(content))
        super().answered(head, content, BY_LENGTH, True)

    def addition(self) -> str:
        """What this proxy did with the request."""
        router = self.router
        route = self.the_route()
        leg = self.leg
        if leg is None:
            raise AssertionError("an answer without a leg")
        bindings = router.bindings
        node = bindings.interpreter.explain(bindings.base + route.local.dtab, route.service.path)
        return way_taken(
            router.label,
            int((router.clock() - self.began) * 1000.0),
            route.service.name,
            leg.client,
            self.selected,
            resolution(node, leg.client.id),
        )


def discarded(head: ResponseHead, kind: bytes) -> bytes:
    """What stands for a body that is not shown: the header fields, and why."""
    lines = []
    for line in head.raw[head.first : head.end].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        lines.append(b"%b: %b" % (name, value.strip(b" \t")))
    lines.append(b"HTTP %d - %b" % (head.status, reason(head.status)))
    lines.append(b"Diagnostic trace encountered %b response. Response content discarded." % kind)
    return b"\n".join(lines)


__all__ = ["ASK", "YES", "DiagnosticExchange", "discarded"]
