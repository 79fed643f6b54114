"""TLS around the admin server's site, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL, crypto
from tests.support.certificates import leaf
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from linkerd._typing import override
from linkerd.admin.config import AdminConfig
from linkerd.admin.secured import secured_site
from linkerd.admin.site import make_site
from linkerd.net.security import Security

if TYPE_CHECKING:
    from conftest import FakeView

    from linkerd.net.connection import Transport
    from linkerd.net.security import HandshakeError


class Told(Security):
    """Remembers what it is told; `context` may be put in the place of another."""

    def __init__(self) -> None:
        super().__init__(handshake_s=5.0)
        self.heard: list[str] = []
        self.made = self.make()

    def make(self) -> SSL.Context:
        certified = leaf("localhost")
        context = SSL.Context(SSL.TLS_METHOD)
        context.use_certificate(certified.certificate)
        context.use_privatekey(certified.key)
        return context

    @override
    def stock_context(self) -> SSL.Context:
        return self.made

    @override
    def secured(self, transport: Transport, elapsed_s: float) -> None:
        self.heard.append("secured")

    @override
    def closed(self, transport: Transport) -> None:
        self.heard.append("closed")

    @override
    def failed(self, peer: tuple[str, int], error: HandshakeError, elapsed_s: float) -> str:
        self.heard.append(f"{error.kind} of {peer[0]}")
        return ""


class Tcp(StringTransport):
    """A stream in memory with what Twisted's HTTP asks of sockets."""

    def setTcpNoDelay(self, _: bool) -> None:
        pass


class Rig:
    """An admin server with TLS, and one connection to it."""

    def __init__(self, view: FakeView) -> None:
        self.clock = Clock()
        self.security = Told()
        site = make_site(view, AdminConfig(), self.clock)
        self.factory = secured_site(site, self.security, self.clock, self.clock.seconds)
        self.factory.doStart()
        self.connect()

    def connect(self) -> None:
        self.client = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)
        self.client.set_connect_state()
        self.transport = Tcp(peerAddress=IPv4Address("TCP", "10.0.0.1", 5))
        self.channel: Any = self.factory.buildProtocol(IPv4Address("TCP", "10.0.0.1", 5))
        self.channel.makeConnection(self.transport)

    def pump(self) -> None:
        for _ in range(4):
            try:
                self.client.do_handshake()
            except SSL.WantReadError:
                pass
            try:
                self.channel.dataReceived(self.client.bio_read(65536))
            except SSL.WantReadError:
                pass
            self.clock.advance(0)
            if self.transport.value():
                self.client.bio_write(self.transport.value())
            self.transport.clear()

    def ask(self) -> bytes:
        self.pump()
        self.client.send(b"GET /admin/ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.pump()
        return self.client.recv(65536)

    def shown(self) -> int:
        self.pump()
        certificate = self.client.get_peer_certificate()
        assert isinstance(certificate, crypto.X509)
        return certificate.get_serial_number()


@pytest.fixture
def rig(view: FakeView) -> Rig:
    return Rig(view)


def lose(rig: Rig) -> None:
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    rig.channel.connectionLost(Failure(ConnectionDone()))


def test_pages_are_served(rig: Rig) -> None:
    assert rig.ask().endswith(b"pong")
    lose(rig)
    assert rig.security.heard == ["secured", "closed"]


def test_the_next_connection_has_the_next_certificate(rig: Rig) -> None:
    first = rig.shown()
    rig.security.made = rig.security.make()
    rig.connect()
    assert rig.shown() != first


def test_who_speaks_no_tls_is_noted(rig: Rig) -> None:
    rig.channel.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
    lose(rig)
    assert rig.security.heard == ["not_tls of 10.0.0.1"]


def test_who_leaves_is_noted_once(rig: Rig) -> None:
    lose(rig)
    rig.clock.advance(10)
    assert rig.security.heard == ["closed of 10.0.0.1"]


def test_a_handshake_has_its_time(rig: Rig) -> None:
    rig.clock.advance(5)
    assert rig.security.heard == ["timed_out of 10.0.0.1"]
    assert rig.transport.disconnecting or rig.transport.aborting
    lose(rig)
    assert len(rig.security.heard) == 1
