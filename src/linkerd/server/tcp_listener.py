"""One server of a router of raw connections.

In come the limits of a `servers` entry; out go connections, at most so many at once, and the end of
those in which nothing moves or whose time is over. Its life is that of every `Listener`. Owned by
the linker's service tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from linkerd._typing import override
from linkerd.net.relay_stats import CloseCauses
from linkerd.server.listener import Listener, SessionLimits
from linkerd.server.refusals import Refusals
from linkerd.server.tcp import TcpServerConnection, TurnedAway
from linkerd.server.tcp_times import TcpTimes

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival
    from linkerd.net.connection import Connection
    from linkerd.net.exchange import Exchange
    from linkerd.net.socket_options import SocketOptions
    from linkerd.runtime import Runtime
    from linkerd.server.connection import ServerConnection


class TcpDispatch(Protocol):
    """What a server hands its connections to: the router."""

    def key(self, arrival: Arrival) -> bytes | None:
        """What the name of a connection follows from; see `ConnectionIdentifier.key`."""

    def exchange(self, connection: TcpServerConnection) -> Exchange:
        """An exchange for a connection; its `start` begins it."""


class TcpListener(Listener):
    """A server of raw connections. `first_bytes_s`: how long a name may be waited for.

    `proxied`: each connection begins with a PROXY header. `most`: how many there may be, 0 for any
    number.
    """

    forgives_stalls = True

    def __init__(
        self,
        runtime: Runtime,
        dispatch: TcpDispatch,
        ip: str,
        port: int,
        options: SocketOptions,
        sessions: SessionLimits,
        first_bytes_s: float,
        proxied: bool = False,
        most: int = 0,
    ) -> None:
        super().__init__(runtime, ip, port, options, SessionLimits())
        self.dispatch = dispatch
        self.first_bytes_s = first_bytes_s
        self.proxied = proxied
        self.most = most
        self.causes = CloseCauses(self.scope)
        self.nacks = self.scope.counter("nacks")
        self.refusals = Refusals(self.scope, self.label, self.clock)
        if sessions.idle_s or sessions.life_s:
            self.looks.append(TcpTimes(self, sessions.idle_s, sessions.life_s))

    @override
    def connection(self) -> Connection:  # type: ignore[override]
        if self.most and len(self.connections) >= self.most:
            self.nacks.value += 1
            return TurnedAway()
        return TcpServerConnection(self)

    def refused(self, connection: ServerConnection, why: str) -> None:
        """A client did not begin as it should."""
        self.refusals.note(connection, why)

    @override
    def abort(self) -> None:
        for connection in list(self.connections):
            exchange = connection.exchange
            if exchange is None:
                connection.transport.abort()
            else:
                exchange.cut_off("shutdown")


__all__ = ["TcpDispatch", "TcpListener"]
