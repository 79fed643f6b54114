"""One connection to an endpoint that carries whatever a client says. HOT.

In come the exchange that joins it to a client and the endpoint's bytes; out go those bytes, and
word of its end or loss to the exchange. It serves one client and no other. Owned by the
`ClientEndpoint` that dialled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.connection import ClientConnection
from linkerd.net.splice import CHUNK
from linkerd.telemetry.request_stats import NO_STATUSES

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.net.connection import Transport
    from linkerd.net.exchange import Exchange
    from linkerd.telemetry.metrics import Scope
    from linkerd.telemetry.request_stats import Statuses

JOINED = 1


class TcpClientConnection(ClientConnection):
    """A connection to an endpoint; `to` is the client's transport, once it has a client."""

    __slots__ = ("to",)

    def __init__(self, endpoint: ClientEndpoint, now: float) -> None:
        super().__init__(endpoint, now)
        self.to: Transport | None = None

    def begin(self, exchange: Exchange, to: Transport) -> None:
        """Join it to a client."""
        self.exchange = exchange
        self.state = JOINED
        self.served = 1
        self.to = to

    def data_received(self, data: bytes) -> None:
        to = self.to
        if to is None:
            self.endpoint.unsolicited(self)
            return
        if self.fresh:
            self.fresh = False
            self.told().answer_data(data)
        if not to.write(data):
            self.transport.pause()
        elif len(data) >= CHUNK:
            self.transport.relay_to(to)

    def drained(self) -> None:
        if self.to is not None:
            self.to.resume()

    def rest(self) -> None:
        """It came too late, and another client could not be told apart from the first."""
        self.transport.close()

    def eof_received(self) -> None:
        exchange = self.exchange
        if exchange is None:
            self.transport.close()
        else:
            exchange.answer_end(b"")

    def abandon(self) -> None:
        self.to = None
        super().abandon()

    def connection_lost(self, why: str) -> None:
        self.to = None
        exchange = self.let_go()
        if exchange is not None:
            exchange.endpoint_lost(why, False)


class TcpConnections:
    """Raw connections to the endpoints."""

    __slots__ = ()

    def connection(self, endpoint: ClientEndpoint, now: float) -> TcpClientConnection:
        """A connection that is about to be opened."""
        return TcpClientConnection(endpoint, now)

    def statuses(self, scope: Scope) -> Statuses:
        """Connections have no status."""
        return NO_STATUSES


__all__ = ["TcpClientConnection", "TcpConnections"]
