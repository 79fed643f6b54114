"""Which kind of exchange a request gets, where that is not simply `HttpExchange`.

In comes a request with the filters of its server's answers; out goes its exchange. `dispatch_of`
puts together what a server hands its requests to: the router itself where there is nothing to
change. Off the common path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.router.answer_bound import AnswerBound
from linkerd.router.compression import Compression
from linkerd.router.diagnosis import ASK, YES, DiagnosticExchange
from linkerd.router.max_forwards import COUNTED, FIELD, CountedExchange
from linkerd.router.shaped import AnswerFilter, ShapedExchange
from linkerd.router.untrusted import ContextCleared, UntrustedDispatch

if TYPE_CHECKING:
    from linkerd.client.whole import Keeping
    from linkerd.net.exchange import Exchange
    from linkerd.router.junction import HttpJunction
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


def counted_or_not(
    router: HttpJunction,
    server: HttpServerConnection,
    head: RequestHead,
    body: bytes,
    streamed: bool,
    filters: tuple[AnswerFilter, ...],
) -> ShapedExchange:
    """An exchange of the kind that the request's method and header fields ask for."""
    if head.method in COUNTED:
        if head.method == b"TRACE" and head.get(ASK).lower() in YES:
            return DiagnosticExchange(router, server, head, body, streamed, filters)
        if head.values(FIELD):
            return CountedExchange(router, server, head, body, streamed, filters)
    return ShapedExchange(router, server, head, body, streamed, filters)


class ShapedDispatch:
    """The router, as servers see it whose answers go through filters."""

    __slots__ = ("filters", "router")

    def __init__(self, router: HttpJunction, filters: tuple[AnswerFilter, ...]) -> None:
        self.router = router
        self.filters = filters

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange with these filters."""
        return counted_or_not(self.router, connection, head, body, streamed, self.filters)


def dispatch_of(
    router: HttpJunction, clear_context: bool, compression_level: int, keeping: Keeping
) -> Dispatch:
    """What a server hands its requests to."""
    filters: tuple[AnswerFilter, ...] = ()
    if keeping.everything:
        filters = (AnswerBound(keeping.most),)
    if clear_context:
        filters = (*filters, ContextCleared())
    if compression_level:
        filters = (*filters, Compression(compression_level))
    if not filters:
        return router
    shaped = ShapedDispatch(router, filters)
    return UntrustedDispatch(shaped, router.propagator) if clear_context else shaped


__all__ = ["ShapedDispatch", "counted_or_not", "dispatch_of"]
