"""One port for several protocols: who speaks what is told by the first bytes.

In come connections; out they go to a server of the router whose protocol they speak, with the bytes
that have come, as if they had come there. Until then they are this listener's. Owned by the
linker's service tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd._typing import override
from linkerd.net.connection import NO_TRANSPORT
from linkerd.server.connection import ENDING, IDLE, ServerConnection
from linkerd.server.listener import Listener, SessionLimits
from linkerd.server.refusals import Refusals
from linkerd.wire.first_bytes import HTTP, OTHER, THRIFT, UNDECIDED, first_bytes

if TYPE_CHECKING:
    from linkerd.net.connection import Transport
    from linkerd.net.socket_options import SocketOptions
    from linkerd.runtime import Runtime

NAMES = {HTTP: "http", THRIFT: "thrift", OTHER: "tcp"}
"""What first bytes are told to be; whatever is none of the first two is the third."""


class UnknownConnection(ServerConnection):
    """A connection of which nobody knows what it speaks; `held` is what it has said."""

    __slots__ = ()

    listener: DetectListener

    def connected(self, transport: Transport) -> None:
        ServerConnection.connected(self, transport)
        self.be_patient(self.listener.limit_s)

    def data_received(self, data: bytes) -> None:
        if self.state == IDLE:
            self.held += data
            found = first_bytes(self.held)
            if found != UNDECIDED:
                self.listener.told(self, found)

    def eof_received(self) -> None:
        if self.state == IDLE and self.held:
            self.listener.told(self, OTHER)
        else:
            self.end()

    def peer_gone(self) -> None:
        self.transport.abort()

    def too_slow(self, now: float) -> None:
        if self.state == IDLE:
            self.listener.told(self, OTHER)

    def end(self) -> None:
        self.state = ENDING
        self.transport.close()

    def refuse(self) -> None:
        """Nobody is there for what it speaks."""
        self.state = ENDING
        self.transport.abort()

    def hand_over(self, to: ServerConnection) -> None:
        """Let `to` go on, with all that has come; this object is of no more use."""
        transport, held = self.transport, self.held
        self.state = ENDING
        self.held = b""
        if self.patience is not None:
            self.patience.end()
            self.patience = None
        self.listener.closed(self)
        self.transport = NO_TRANSPORT
        transport.hand_over(to)
        to.connected(transport)
        if held:
            to.data_received(held)
        if transport.has_ended():
            to.eof_received()


class DetectListener(Listener):
    """A server that knows no protocol. `limit_s`: how long first bytes are waited for.

    `targets` are the servers of other routers, by what is told of connections; set when all routers
    are built.
    """

    def __init__(
        self, runtime: Runtime, ip: str, port: int, options: SocketOptions, limit_s: float
    ) -> None:
        super().__init__(runtime, ip, port, options, SessionLimits())
        self.limit_s = limit_s
        self.targets: dict[int, Listener] = {}
        self.counts = {kind: self.scope.counter("told", name) for kind, name in NAMES.items()}
        self.refusals = Refusals(self.scope, self.label, self.clock)

    @override
    def connection(self) -> UnknownConnection:
        return UnknownConnection(self)

    def told(self, connection: UnknownConnection, found: int) -> None:
        """It is known what a connection speaks, or that it is none of what is known."""
        if found not in self.targets:
            found = OTHER
        self.counts[found].value += 1
        target = self.targets.get(found)
        if target is None:
            self.refusals.note(connection, "it speaks none of the protocols that are routed here")
            connection.refuse()
        else:
            connection.hand_over(target.connection())


__all__ = ["NAMES", "DetectListener", "UnknownConnection"]
