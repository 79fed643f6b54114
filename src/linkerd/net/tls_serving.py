"""A listening port whose clients speak TLS, on the engine.

In come sockets that were accepted; out go connections of the port's factory, each on a
`TlsTransport`, when hands are shaken. Made by the server endpoint; owned by whoever listens.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from linkerd._typing import override
from linkerd.net.endpoints import EnginePort, EngineServerEndpoint, new_connection
from linkerd.net.engine import READ
from linkerd.net.tls_facts import facts_of
from linkerd.net.tls_handshake import Handshake
from linkerd.net.tls_stream import server_stream
from linkerd.net.tls_transport import TlsTransport
from linkerd.net.transport import SocketTransport

if TYPE_CHECKING:
    import ssl

    from twisted.internet import defer

    from linkerd.net.connection import Connection
    from linkerd.net.endpoints import ConnectionFactory
    from linkerd.net.engine import Engine
    from linkerd.net.security import HandshakeError, Security
    from linkerd.net.tls_stream import TlsStream
    from linkerd.net.wheel import Wheel

TLS_RECORD = b"\x16"
"""The first byte of every client that speaks TLS."""


class TlsPort(EnginePort):
    """A port with TLS; `pending` are its handshakes that are not done yet."""

    def __init__(
        self,
        engine: Engine,
        wheel: Wheel,
        sock: socket.socket,
        factory: ConnectionFactory,
        security: Security,
    ) -> None:
        super().__init__(engine, wheel, sock, factory)
        self.security = security
        self.pending: set[ServerHandshake] = set()
        self.shut = False

    @override
    def accepted(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        sock.setblocking(False)
        self.factory.options.on_stream(sock)
        handshake = ServerHandshake(self, sock, peer)
        self.pending.add(handshake)
        handshake.interest = READ
        self.engine.watch(handshake, READ)

    def carry(self, transport: SocketTransport, peer: tuple[str, int]) -> None:
        """Tell the addresses of a new stream."""
        transport.peer = peer
        transport.host = transport.sock.getsockname()[:2] if self.anywhere else self.address

    @override
    def stopListening(self) -> defer.Deferred[None]:
        """Take what has begun to speak, then close; fires when the last hands are shaken."""
        stopped = super().stopListening()
        for handshake in list(self.pending):
            if not handshake.has_spoken():
                handshake.fail("the port is closing")
        return stopped

    @override
    def close(self) -> None:
        self.shut = True
        self.sock.close()
        self.settle()

    def settle(self) -> None:
        """Tell that all is over, if it is."""
        if self.shut and not self.pending and not self.stopped.called:
            self.stopped.callback(None)

    def ended(self, handshake: ServerHandshake) -> None:
        """A handshake is over, well or not."""
        self.pending.discard(handshake)
        self.settle()


class TlsServerEndpoint(EngineServerEndpoint):
    """Listens for clients that speak TLS."""

    def __init__(self, security: Security, *how: Any) -> None:
        super().__init__(*how)
        self.security = security

    @override
    def make_port(self, sock: socket.socket, factory: ConnectionFactory) -> TlsPort:
        return TlsPort(self._engine, self._wheel, sock, factory, self.security)


class ServerHandshake(Handshake):
    """The handshake of a client that was accepted.

    Only the `sni_callback` of a context learns which name was sent; it gets this object, and may
    leave that here as `sent_name`.
    """

    __slots__ = ("__weakref__", "peer", "port", "sent_name")

    def __init__(self, port: TlsPort, sock: socket.socket, peer: tuple[str, int]) -> None:
        super().__init__(port.engine, port.wheel, sock, port.security)
        self.port = port
        self.peer = peer
        self.sent_name = ""

    @override
    def wrap(self, context: ssl.SSLContext) -> TlsStream:
        return server_stream(context, self.sock, self)

    @property
    def context(self) -> ssl.SSLContext:
        """The context in use; a `sni_callback` may set another."""
        if self.stream is None:
            raise AssertionError("a handshake that has not begun")
        return self.stream.context

    @context.setter
    def context(self, context: ssl.SSLContext) -> None:
        if self.stream is not None:
            self.stream.context = context

    def has_spoken(self) -> bool:
        """Whether the client has sent anything."""
        return self.stream is not None or bool(first_byte(self.sock))

    @override
    def is_plain(self) -> bool:
        if not self.security.permissive or first_byte(self.sock) in (b"", TLS_RECORD):
            return False
        self.security.plain(self.peer)
        connection = self.connection()
        if connection is not None:
            transport = SocketTransport(self.engine, self.sock, connection)
            self.port.carry(transport, self.peer)
            self.become(transport)
        self.port.ended(self)
        return True

    @override
    def secured(self, stream: TlsStream, elapsed_s: float) -> None:
        connection = self.connection()
        if connection is not None:
            facts = facts_of(stream, self.sent_name)
            sock = self.sock
            transport = TlsTransport(self.engine, sock, stream, connection, self.security, facts)
            self.port.carry(transport, self.peer)
            self.security.secured(transport, elapsed_s)
            self.become(transport)
        self.port.ended(self)

    def connection(self) -> Connection | None:
        """What the factory gives for the stream; None, and all is over, if it gives nothing."""
        connection = new_connection(self.port.factory)
        if connection is None:
            self.close()
        return connection

    @override
    def refused(self, error: HandshakeError, elapsed_s: float) -> None:
        self.security.failed(self.peer, error, elapsed_s)
        self.port.ended(self)

    @override
    def dropped(self, why: str) -> None:
        self.port.ended(self)


def first_byte(sock: socket.socket) -> bytes:
    """What a peer has sent first, left where it is; b"" if there is nothing."""
    try:
        return sock.recv(1, socket.MSG_PEEK)
    except OSError:
        return b""
