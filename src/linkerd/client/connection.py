"""One connection to an endpoint, whatever protocol is spoken on it. HOT.

In come the exchange that uses it and the end of the stream; out goes the connection to its
endpoint's pool, or closed, and word of a loss to the exchange. What the bytes mean is the business
of the subclasses. Owned by the `ClientEndpoint` that dialled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from linkerd.net.connection import Connection

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.client.session import Term
    from linkerd.net.connection import Transport
    from linkerd.net.exchange import Exchange
    from linkerd.telemetry.metrics import Scope
    from linkerd.telemetry.request_stats import Statuses

IDLE = 0
"""The state in which nothing is expected of the endpoint."""


class ClientConnection(Connection):
    """A connection to one endpoint; carries one exchange at a time.

    `served` counts exchanges; `fresh` tells that no byte of the current answer has come yet, `mark`
    how many bytes had gone out before its request, and, once it is lost, `untouched` that no byte
    of that request went out. `keep`: it is still of use behind the exchange. `term` limits how long
    it lasts, if anything does.
    """

    __slots__ = (
        "endpoint",
        "exchange",
        "fresh",
        "keep",
        "mark",
        "opened",
        "served",
        "state",
        "term",
        "untouched",
    )

    def __init__(self, endpoint: ClientEndpoint, now: float) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.opened = now
        self.exchange: Exchange | None = None
        self.state = IDLE
        self.keep = False
        self.fresh = True
        self.served = 0
        self.mark = 0
        self.untouched = False
        self.term: Term | None = None

    def connected(self, transport: Transport) -> None:
        self.transport = transport
        if self.term is not None:
            self.term.look_again()

    def told(self) -> Exchange:
        """The exchange in progress; there is one in every state but `IDLE`."""
        exchange = self.exchange
        if exchange is None:
            raise AssertionError("no exchange on a connection that is not idle")
        return exchange

    def released(self) -> None:
        """The exchange is over; rest in the pool or close."""
        self.exchange = None
        term = self.term
        if term is not None:
            term.released()
        if self.keep and not self.transport.blocked and not self.endpoint.removed:
            self.endpoint.idle.append(self)
        elif self.transport.blocked:
            self.abandon()
        else:
            self.state = IDLE
            self.transport.close()
        if term is not None:
            self.endpoint.rested()

    def rest(self) -> None:
        """The connection came too late for the exchange that wanted it: keep it for another."""
        self.keep = True
        # It may die while it rests, like one that has carried an exchange.
        self.served = 1
        self.released()

    def leave(self) -> None:
        """It was taken out of the pool to be closed."""
        self.transport.close()

    def abandon(self) -> None:
        """The exchange gave up in the middle: nothing more can come of this connection."""
        self.exchange = None
        self.state = IDLE
        self.keep = False
        self.transport.abort()

    def stray(self) -> None:
        """Bytes that came before any of the request had gone out: they answer something else."""
        exchange = self.told()
        self.untouched = True
        self.abandon()
        exchange.endpoint_lost("an answer that nobody asked for", False)

    def broken(self, why: str) -> None:
        """The endpoint does not speak the protocol as it should."""
        exchange = self.told()
        self.abandon()
        exchange.endpoint_lost(why, True)

    def timed_out(self, why: str) -> None:
        exchange = self.exchange
        self.endpoint.retire(self)
        self.abandon()
        if exchange is not None:
            exchange.endpoint_lost(why, False)

    def drained(self) -> None:
        if self.exchange is not None:
            self.exchange.endpoint_drained()

    def ended_early(self, exchange: Exchange | None) -> None:
        """The endpoint will say no more; if there is an exchange, it waits for an answer."""
        if exchange is not None:
            # Closing would wait for what it may never read of the request.
            self.abandon()
            exchange.endpoint_lost("connection closed by peer", False)
        else:
            self.endpoint.retire(self)
            self.transport.close()

    def let_go(self) -> Exchange | None:
        """The stream is gone; gives the exchange that was in progress, which is told next."""
        exchange = self.exchange
        self.untouched = self.transport.sent() == self.mark
        self.exchange = None
        self.state = IDLE
        if self.term is not None:
            self.term.end(self.endpoint)
        self.endpoint.closed(self)
        return exchange


class Connections(Protocol):
    """What a client's connections are: one protocol, with its limits."""

    def connection(self, endpoint: ClientEndpoint, now: float) -> ClientConnection:
        """A connection that is about to be opened; `now` in seconds of the client's clock."""

    def statuses(self, scope: Scope) -> Statuses:
        """What counts the answers of a client by status."""


__all__ = ["IDLE", "ClientConnection", "Connections"]
