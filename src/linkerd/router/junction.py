"""An HTTP router: what its servers hand requests to.

In come requests, out go their exchanges, and for each the route that its head asks for. Adds to
`linkerd.router.router` what is of HTTP only. Made by `linkerd.router.build`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import BadDtab, Unidentified
from linkerd.identifier.base import unknown_destination
from linkerd.router.dispatch import counted_or_not
from linkerd.router.exchange import HttpExchange
from linkerd.router.local_dtab import NONE
from linkerd.router.router import Router
from linkerd.router.shaped import NO_FILTERS

if TYPE_CHECKING:
    from linkerd.identifier.base import Identifier
    from linkerd.net.exchange import Exchange
    from linkerd.propagator.base import Propagator
    from linkerd.router.access_log import AccessLog
    from linkerd.router.beginning import Beginning
    from linkerd.router.binding import RouterBindings
    from linkerd.router.route import Route
    from linkerd.runtime import Runtime
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class HttpJunction(Router):
    """The junction of one router."""

    __slots__ = ("propagator", "rewrites")

    identifier: Identifier
    access_log: AccessLog | None

    def __init__(
        self,
        label: str,
        runtime: Runtime,
        identifier: Identifier,
        bindings: RouterBindings,
        binding_timeout_s: float,
        access_log: AccessLog | None,
        propagator: Propagator,
    ) -> None:
        super().__init__(label, runtime, identifier, bindings, binding_timeout_s, access_log)
        self.propagator = propagator
        self.rewrites = identifier.rewrites

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request of one of this router's servers."""
        method = head.method
        if method == b"TRACE" or method == b"OPTIONS":
            return counted_or_not(self, connection, head, body, streamed, NO_FILTERS)
        return HttpExchange(self, connection, head, body, streamed)

    # -- the slow path of naming; each may end the exchange with an error and return None

    def unidentified(self, exchange: Beginning) -> None:
        """No identifier gave a key."""
        self.reject(exchange, self.identifier.why(exchange.head))

    def reject(self, exchange: Beginning, why: str) -> None:
        """Answer 400: the request has no name."""
        host, port = exchange.server.transport.peer
        text = unknown_destination(exchange.head, f"{host}:{port}", why)
        exchange.fail(Unidentified(text))

    def local_route(self, exchange: Beginning, key: bytes) -> Route | None:
        """The route of a request that brings its own dtab."""
        head = exchange.head
        try:
            local = self.local_dtabs.read(head.ctx_dtab, head.dtab)
        except BadDtab as error:
            exchange.fail(error)
            return None
        if local is NONE:
            return self.routes.get(key) or self.new_route(exchange, key)
        both = (key, local)
        return self.routes.get(both) or self.bind(exchange, both, key, local)


__all__ = ["HttpJunction"]
