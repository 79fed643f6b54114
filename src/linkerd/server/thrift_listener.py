"""One server of a Thrift router: what its connections need to know to read and answer calls.

In come the limits of a `servers` entry; out go connections that speak framed Thrift, and a count of
what was not a call. Its life is that of every `Listener`. Owned by the linker's service tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from linkerd._typing import override
from linkerd.server.listener import Listener
from linkerd.server.refusals import Refusals
from linkerd.server.thrift import ThriftServerConnection

if TYPE_CHECKING:
    from linkerd.net.exchange import Exchange
    from linkerd.net.socket_options import SocketOptions
    from linkerd.runtime import Runtime
    from linkerd.server.connection import ServerConnection
    from linkerd.server.listener import SessionLimits
    from linkerd.wire.thrift_message import ThriftLimits, ThriftMessage
    from linkerd.wire.ttwitter import RequestHeader


class ThriftDispatch(Protocol):
    """What a server hands its calls to: the router."""

    def exchange(
        self,
        connection: ThriftServerConnection,
        call: ThriftMessage,
        header: RequestHeader | None,
        streamed: bool,
    ) -> Exchange:
        """An exchange for this call; `begin` starts it. The rest of a streamed one follows."""


class ThriftListener(Listener):
    """A server of framed Thrift. `frame_s`: the longest pause in the middle of a call."""

    def __init__(
        self,
        runtime: Runtime,
        dispatch: ThriftDispatch,
        ip: str,
        port: int,
        options: SocketOptions,
        sessions: SessionLimits,
        limits: ThriftLimits,
        frame_s: float,
    ) -> None:
        super().__init__(runtime, ip, port, options, sessions)
        self.dispatch = dispatch
        self.limits = limits
        self.frame_s = frame_s
        self.refusals = Refusals(self.scope, self.label, self.clock)

    @override
    def connection(self) -> ThriftServerConnection:
        return ThriftServerConnection(self)

    def refused(self, connection: ServerConnection, why: str) -> None:
        """A client sent something that is not a call."""
        self.refusals.note(connection, why)


__all__ = ["ThriftDispatch", "ThriftListener"]
