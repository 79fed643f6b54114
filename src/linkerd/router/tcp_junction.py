"""A router of raw connections: what its servers hand them to.

In come connections, out go their exchanges, and what their names follow from. Adds to
`linkerd.router.router` what is of TCP only. Made by `linkerd.router.tcp_build`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import Unidentified
from linkerd.net.relay_stats import CloseCauses, ConnectionStats
from linkerd.router.router import Router
from linkerd.router.tcp_exchange import TcpExchange

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival
    from linkerd.identifier.connection import ConnectionIdentifier
    from linkerd.router.routed_client import RoutedClient
    from linkerd.router.service import Service
    from linkerd.server.tcp import TcpServerConnection


class TcpJunction(Router):
    """The junction of one router."""

    __slots__ = ()

    identifier: ConnectionIdentifier

    def key(self, arrival: Arrival) -> bytes | None:
        """What the name of a connection follows from."""
        return self.identifier.key(arrival)

    def exchange(self, connection: TcpServerConnection) -> TcpExchange:
        """An exchange for a connection of one of this router's servers."""
        return TcpExchange(self, connection)

    def reject(self, exchange: TcpExchange, why: str) -> None:
        """The connection has no name."""
        exchange.fail(Unidentified("Unknown destination", reasoning=why))

    # -- what is counted

    def count_service(self, service: Service) -> ConnectionStats:
        """The numbers of a service that had no connection before."""
        stats = service.connections = ConnectionStats(service.scope)
        return stats

    def causes_of(self, client: RoutedClient) -> CloseCauses:
        """The numbers of a client."""
        causes = client.close_causes
        if causes is None:
            causes = client.close_causes = CloseCauses(client.scope)
        return causes


__all__ = ["TcpJunction"]
