"""One connection of a client that may speak whatever it likes. HOT.

In come the client's bytes; out go the same bytes to the endpoint that the router has joined it to.
The first of them are looked at where that is needed for a name. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.identifier.arrival import Arrival
from linkerd.net.connection import Connection
from linkerd.net.splice import CHUNK
from linkerd.server.base import STALL_S
from linkerd.server.connection import ENDING, IDLE, TUNNEL, WAIT, ServerConnection
from linkerd.wire.proxy_protocol import BadProxyHeader, read_proxy_header

if TYPE_CHECKING:
    from linkerd.net.connection import Transport
    from linkerd.server.tcp_listener import TcpListener

MOST_HELD = 65536
"""First bytes that are looked at; beyond that nothing is waited for."""
ENOUGH = 16384
"""What is kept of a client for an endpoint that is not there yet."""


class TcpServerConnection(ServerConnection):
    """A client's connection. `IDLE`: its first bytes are looked at; `WAIT`: an endpoint is sought.

    `to` is the endpoint's transport, once it has one. `gone`: the client will send no more.
    `stopped`: its transport is paused.
    """

    __slots__ = ("arrival", "gone", "stopped", "to")

    listener: TcpListener

    def __init__(self, listener: TcpListener) -> None:
        super().__init__(listener)
        self.arrival: Arrival | None = None
        self.to: Transport | None = None
        self.gone = False
        self.stopped = False

    def connected(self, transport: Transport) -> None:
        ServerConnection.connected(self, transport)
        tls = transport.tls
        name = tls.server_name if tls is not None else None
        self.arrival = Arrival(transport.peer, transport.host, name)
        self.look()

    # -- before there is an endpoint

    def look(self) -> None:
        """Name the connection, if what is known is enough for that."""
        arrival = self.arrival
        listener = self.listener
        if arrival is None:
            raise AssertionError("a connection that has not come")
        if listener.proxied and arrival.proxy is None and not self.read_proxy_header(arrival):
            return
        arrival.data = self.held
        arrival.wants_more = False
        key = listener.dispatch.key(arrival)
        if arrival.wants_more:
            self.wait_for_bytes()
            return
        arrival.data = b""
        if self.patience is not None:
            self.patience.deadline = 0.0
        self.state = WAIT
        self.requests = 1
        exchange = self.exchange = listener.dispatch.exchange(self)
        exchange.start(key, listener.clock())

    def read_proxy_header(self, arrival: Arrival) -> bool:
        """Read the header that comes first; False if it is not there, or is none."""
        try:
            header = read_proxy_header(self.held)
        except BadProxyHeader as error:
            self.refuse(f"no PROXY header: {error}")
            return False
        if header is not None:
            arrival.take_proxy(header)
            self.held = self.held[header.end :]
        elif arrival.complete:
            self.refuse("the PROXY header did not arrive in time")
        else:
            self.wait_for_bytes()
        return header is not None

    def wait_for_bytes(self) -> None:
        """There is one time for all that comes before a name."""
        if self.patience is None:
            self.be_patient(self.listener.first_bytes_s)

    def early(self, data: bytes) -> None:
        """Bytes for which there is no endpoint yet."""
        if self.state == IDLE:
            self.held += data
            if len(self.held) > MOST_HELD and self.arrival is not None:
                self.arrival.complete = True
            self.look()
        elif self.state == WAIT:
            self.held += data
            if len(self.held) > ENOUGH:
                self.stopped = True
                self.transport.pause()

    def join(self, to: Transport) -> None:
        """There is an endpoint: pass on what came early, and then the rest."""
        self.to = to
        self.state = TUNNEL
        held = self.held
        self.held = b""
        if held and not to.write(held):
            self.stopped = False
            self.transport.pause()
        elif self.stopped:
            self.stopped = False
            self.transport.resume()
        if self.gone and self.exchange is not None:
            self.exchange.request_end(b"")

    # -- with an endpoint

    def data_received(self, data: bytes) -> None:
        to = self.to
        if to is None:
            self.early(data)
        elif not to.write(data):
            self.transport.pause()
        elif len(data) >= CHUNK:
            self.transport.relay_to(to)

    def drained(self) -> None:
        if self.to is not None:
            self.to.resume()

    # -- the end

    def eof_received(self) -> None:
        """The client will send no more; it may still read."""
        state = self.state
        if state == TUNNEL and self.exchange is not None:
            self.exchange.request_end(b"")
        elif state == WAIT:
            self.gone = True
        elif state == IDLE and self.held and self.arrival is not None:
            self.gone = True
            self.arrival.complete = True
            self.look()
        else:
            self.state = ENDING
            self.transport.close()

    def peer_gone(self) -> None:
        # What it said before goes on to the endpoint, if that takes it.
        if self.state == TUNNEL and self.exchange is not None:
            self.mark = self.exchange.client_left()
            self.be_patient(STALL_S)
        else:
            self.transport.abort()

    def too_slow(self, now: float) -> None:
        state = self.state
        if state == IDLE and self.arrival is not None:
            self.arrival.complete = True
            self.look()
        elif state == TUNNEL and self.exchange is not None:
            mark = self.mark
            self.mark = self.exchange.client_left()
            if self.mark == mark:
                self.transport.abort()
            else:
                self.be_patient(STALL_S)

    def refuse(self, why: str) -> None:
        """The client does not begin as it should."""
        self.listener.refused(self, why)
        self.reset()

    def reset(self) -> None:
        """End with a reset: nobody must take this for the end of an answer."""
        self.state = ENDING
        self.exchange = None
        self.to = None
        self.held = b""
        self.transport.abort()

    def leave(self) -> None:
        """Send what waits, then close; the endpoint is no more."""
        self.state = ENDING
        self.exchange = None
        self.to = None
        self.transport.close()

    def answered(self) -> None:
        # There is no endpoint, and nothing to say.
        self.reset()

    def cut(self, framed: bool) -> None:
        self.reset()

    def end(self) -> None:
        self.leave()

    def hold(self) -> None:
        self.transport.pause()

    def flow(self) -> None:
        self.transport.resume()

    def is_resting(self) -> bool:
        return self.state == IDLE

    def connection_lost(self, why: str) -> None:
        self.to = None
        super().connection_lost(why)


class TurnedAway(Connection):
    """A connection beyond the limit of its server."""

    __slots__ = ()

    def connected(self, transport: Transport) -> None:
        self.transport = transport
        transport.abort()

    def data_received(self, data: bytes) -> None:
        """Nobody listens."""


__all__ = ["TcpServerConnection", "TurnedAway"]
