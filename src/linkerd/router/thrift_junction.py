"""A Thrift router: what its servers hand calls to.

In come calls, out go their exchanges, and for each the route that its name and its header ask for.
Adds to `linkerd.router.router` what is of Thrift only. Made by `linkerd.router.thrift_build`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import BadDtab, Unidentified
from linkerd.router.local_dtab import NONE
from linkerd.router.router import Router
from linkerd.router.thrift_exchange import ThriftExchange

if TYPE_CHECKING:
    from linkerd.identifier.thrift import ThriftIdentifier
    from linkerd.net.exchange import Exchange
    from linkerd.router.binding import RouterBindings
    from linkerd.router.route import Route
    from linkerd.router.router import ExchangeLog
    from linkerd.runtime import Runtime
    from linkerd.server.thrift import ThriftServerConnection
    from linkerd.wire.thrift_message import ThriftMessage
    from linkerd.wire.ttwitter import RequestHeader


class ThriftJunction(Router):
    """The junction of one router. `plain`: the method is no part of a name."""

    __slots__ = ("plain",)

    identifier: ThriftIdentifier

    def __init__(
        self,
        label: str,
        runtime: Runtime,
        identifier: ThriftIdentifier,
        bindings: RouterBindings,
        binding_timeout_s: float,
        access_log: ExchangeLog | None,
    ) -> None:
        Router.__init__(self, label, runtime, identifier, bindings, binding_timeout_s, access_log)
        # Whether calls that are not multiplexed and have no header all have one name.
        self.plain = not identifier.with_method

    def exchange(
        self,
        connection: ThriftServerConnection,
        call: ThriftMessage,
        header: RequestHeader | None,
        streamed: bool,
    ) -> Exchange:
        """An exchange for a call of one of this router's servers."""
        return ThriftExchange(self, connection, call, header, streamed)

    def reject(self, exchange: ThriftExchange, why: str) -> None:
        """The call has no name."""
        host, port = exchange.server.transport.peer
        name = exchange.call.name.decode("utf-8", "replace")
        exchange.fail(Unidentified(f"Unknown destination: {name} from {host}:{port}: {why}"))

    def local_route(
        self, exchange: ThriftExchange, key: bytes, header: RequestHeader
    ) -> Route | None:
        """The route of a call that brings its own delegations."""
        dtab = b";".join([source + b" => " + to for source, to in header.delegations])
        try:
            local = self.local_dtabs.read(b"", dtab)
        except BadDtab as error:
            exchange.fail(error)
            return None
        if local is NONE:
            return self.routes.get(key) or self.new_route(exchange, key)
        both = (key, local)
        return self.routes.get(both) or self.bind(exchange, both, key, local)


__all__ = ["ThriftJunction"]
