"""Dialling with TLS on the engine: a connect, then a handshake, then a connection.

In come addresses and a `Security`; out go connections whose peer has been verified, or `DialFailed`
with the reason. Nothing of what is to be sent is sent before. Owned by the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd._typing import override
from linkerd.net.endpoints import (
    DialFailed,
    Dialing,
    EngineClientEndpoint,
    HandshakeFailed,
    new_connection,
)
from linkerd.net.engine import WRITE
from linkerd.net.tls_facts import facts_of
from linkerd.net.tls_handshake import Handshake
from linkerd.net.tls_stream import client_stream
from linkerd.net.tls_transport import TlsTransport

if TYPE_CHECKING:
    import ssl

    from linkerd.net.security import HandshakeError, Security
    from linkerd.net.tls_stream import TlsStream


class TlsClientEndpoint(EngineClientEndpoint):
    """Connects to an address and shakes hands."""

    def __init__(self, security: Security, *how: Any) -> None:
        super().__init__(*how)
        self.security = security

    @override
    def opened(self, dialing: Dialing) -> None:
        handshake = ClientHandshake(self, dialing)
        # It has to speak first: a socket that can be written is ready until it does.
        handshake.interest = WRITE
        self.engine.table[handshake.fd] = handshake
        dialing.abandon = handshake.abandon


class ClientHandshake(Handshake):
    """The handshake with an endpoint that was dialled."""

    __slots__ = ("dialing", "endpoint")

    def __init__(self, endpoint: TlsClientEndpoint, dialing: Dialing) -> None:
        super().__init__(endpoint.engine, endpoint.wheel, dialing.sock, endpoint.security)
        self.endpoint = endpoint
        self.dialing = dialing

    @override
    def wrap(self, context: ssl.SSLContext) -> TlsStream:
        session = self.security.session(self.endpoint.address, context)
        return client_stream(context, self.sock, self.security.server_name, session)

    @override
    def is_begun(self) -> bool:
        return True

    @override
    def secured(self, stream: TlsStream, elapsed_s: float) -> None:
        connection = new_connection(self.dialing.factory)
        if connection is None:
            self.fail("refused by the factory")
            return
        facts = facts_of(stream, self.security.server_name)
        sock = self.sock
        transport = TlsTransport(self.engine, sock, stream, connection, self.security, facts)
        transport.peer = self.endpoint.address
        transport.host = sock.getsockname()[:2]
        self.security.secured(transport, elapsed_s)
        self.become(transport)
        self.dialing.opened(transport)

    @override
    def refused(self, error: HandshakeError, elapsed_s: float) -> None:
        self.security.forget_session(self.endpoint.address)
        why = self.security.failed(self.endpoint.address, error, elapsed_s)
        self.dialing.result.errback(HandshakeFailed(why))

    @override
    def dropped(self, why: str) -> None:
        self.dialing.result.errback(DialFailed(why))

    def abandon(self) -> None:
        """Nobody wants the stream any more."""
        if self.fd >= 0:
            self.close()
