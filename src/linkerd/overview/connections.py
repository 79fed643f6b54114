"""What the admin server is shown of open connections of clients.

In come the connections of a listener, out go values of the moment, made one by one as they are
asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.admin.view import ConnectionView
from linkerd.router.attempt import Attempt
from linkerd.router.tcp_exchange import TcpExchange
from linkerd.router.tunnel import Tunnel
from linkerd.server.connection import ENDING, IDLE, TUNNEL
from linkerd.server.tcp import TcpServerConnection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.router.built import BuiltRouter
    from linkerd.server.connection import ServerConnection


def connection_views(
    routers: Sequence[BuiltRouter], now: float, wanted: str | None
) -> Iterator[ConnectionView]:
    """All connections, or those of the router of that label; `now` by the process's clock."""
    for router in routers:
        if wanted in (None, router.config.label):
            for listener in router.listeners:
                for connection in list(listener.connections):
                    yield connection_view(connection, router.config.label, now)


def connection_view(connection: ServerConnection, router: str, now: float) -> ConnectionView:
    """One of them."""
    transport = connection.transport
    exchange = connection.exchange
    service = client_id = endpoint = ""
    if isinstance(exchange, Attempt | Tunnel):
        service = exchange.route.service.name if exchange.route is not None else ""
        client_id = exchange.leg.client.id if exchange.leg is not None else ""
        endpoint = exchange.endpoint.name() if exchange.endpoint is not None else ""
    return ConnectionView(
        router=router,
        server=connection.listener.label,
        client="{}:{}".format(*transport.peer),
        state=state_of(connection),
        age_s=round(now - connection.opened, 3),
        requests=connection.requests,
        received=transport.bytes_in,
        sent=transport.sent(),
        service=service,
        client_id=client_id,
        endpoint=endpoint,
    )


def state_of(connection: ServerConnection) -> str:
    """What a connection does, in a word or two."""
    exchange = connection.exchange
    if connection.state == ENDING:
        return "ending"
    if connection.state == TUNNEL:
        if isinstance(exchange, Tunnel | TcpExchange):
            if exchange.client_ended:
                return "client has ended"
            if exchange.endpoint_ended:
                return "endpoint has ended"
        return "joined"
    if isinstance(connection, TcpServerConnection):
        return "first bytes" if connection.state == IDLE else "connecting"
    return "idle" if exchange is None else "in use"


__all__ = ["connection_view", "connection_views", "state_of"]
