"""What every network does about TLS, whoever carries its streams.

As `tests.contracts.network`, which has the rules of all streams; these are of TLS alone. Peers
that break rules are bare sockets, served by a thread where they must speak at the same time.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

from tests.contracts.network import RealWorld
from tests.contracts.tls_world import Secure
from tests.support.certificates import CLIENT, SERVER, Certified, ca, leaf
from tests.support.peers import Recorder, TestClient, TestServer
from tests.support.securities import TrialSecurity
from twisted.internet.threads import deferToThread

from linkerd.net.endpoints import HandshakeFailed

if TYPE_CHECKING:
    from pathlib import Path

NAME = "here.test"
ROOT, OTHER = ca(), ca("Other CA")
OWN = leaf(NAME, issuer=ROOT)


class TlsWorld(RealWorld):
    """Ends with the TLS that a rule gives them."""

    def __init__(self, network: Any, reactor: Any, folder: Path) -> None:
        super().__init__(network, reactor)
        self.folder = folder

    def serving(self, own: Certified = OWN, **how: Any) -> TrialSecurity:
        return self.told(TrialSecurity(self.folder, own=own, server=True, **how))

    def dialling(self, *roots: Certified, name: str = NAME, **how: Any) -> TrialSecurity:
        made = TrialSecurity(self.folder, roots=roots or (ROOT,), server_name=name, **how)
        return self.told(made)

    def told(self, security: TrialSecurity) -> TrialSecurity:
        security.look = self.look
        return security

    def listen(self, security: TrialSecurity | None, **how: Any) -> TestServer:
        secure: Any = Secure(self.network, security, None)
        server = TestServer(secure, watch=self.look, **how)
        self.servers.append(server)
        return server

    def dial(self, port: int, security: TrialSecurity | None) -> TestClient:
        secure: Any = Secure(self.network, None, security)
        return TestClient(secure, port, watch=self.look)

    async def between(
        self, serving: TrialSecurity, dialling: TrialSecurity
    ) -> tuple[TestClient, TestServer]:
        """A dial that is over, well or not."""
        server = self.listen(serving)
        client = self.dial(server.port, dialling)
        await self.until(lambda: client.failure or (client.connects and server.peers))
        return client, server

    async def stream(
        self, serving: TrialSecurity, dialling: TrialSecurity
    ) -> tuple[TestClient, Recorder]:
        """Two ends of an open stream."""
        client, server = await self.between(serving, dialling)
        assert client.failure is None, client.error
        return client, server.peer

    def silent(self) -> int:
        """The port of somebody who accepts and says nothing."""
        sock = socket.create_server(("127.0.0.1", 0))
        self.sockets.append(sock)
        port: int = sock.getsockname()[1]
        return port

    async def in_thread(self, work: Any) -> Any:
        """What a blocking peer comes to."""
        return await deferToThread(work)

    def bare(self, server: TestServer) -> socket.socket:
        """A blocking socket that is connected to a server."""
        sock = socket.create_connection(("127.0.0.1", server.port), 5)
        self.sockets.append(sock)
        return sock


def trusting() -> ssl.SSLContext:
    """The context of a client of Python's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ROOT.pem)
    return context


# -- what is agreed on


async def facts_are_told(world: TlsWorld) -> None:
    serving = world.serving(alpn=("http/1.1",))
    dialling = world.dialling(alpn=("h2", "http/1.1"))
    client, peer = await world.stream(serving, dialling)
    facts = client.transport.tls
    assert facts is not None
    assert (facts.version, facts.alpn, facts.resumed) == ("TLSv1.3", "http/1.1", False)
    assert facts.server_name == NAME
    assert facts.cipher.startswith("TLS_")
    assert peer.transport.tls is not None
    assert peer.transport.tls.alpn == "http/1.1"
    assert dialling.facts == [facts]


async def the_server_is_known_by_its_certificate(world: TlsWorld) -> None:
    client, peer = await world.stream(world.serving(), world.dialling())
    assert client.transport.certificate == OWN.certificate
    assert peer.transport.certificate is None


async def a_client_is_known_by_its_certificate(world: TlsWorld) -> None:
    own = leaf("me.test", issuer=ROOT)
    client, peer = await world.stream(world.serving(roots=(ROOT,)), world.dialling(own=own))
    client.send(b"hello")
    await world.until(lambda: peer.received == b"hello")
    assert peer.transport.certificate == own.certificate


async def resumed(world: TlsWorld, version: str) -> None:
    serving, dialling = world.serving(version=version), world.dialling(version=version)
    server = world.listen(serving, on_data=lambda peer: peer.send(peer.take()))
    for again in (False, True):
        client = world.dial(server.port, dialling)
        client.send(b"tickets come with the first bytes")
        await world.until(lambda client=client: client.received)
        assert client.transport.tls is not None
        assert client.transport.tls.resumed is again
        assert client.transport.certificate == OWN.certificate
        client.close()
        await world.until(lambda client=client: client.lost is not None)


async def sessions_are_resumed_with_tls_1_3(world: TlsWorld) -> None:
    await resumed(world, "TLSv1.3")


async def sessions_are_resumed_with_tls_1_2(world: TlsWorld) -> None:
    await resumed(world, "TLSv1.2")


async def all_is_counted(world: TlsWorld) -> None:
    serving, dialling = world.serving(), world.dialling()
    client, peer = await world.stream(serving, dialling)
    client.close()
    await world.until(lambda: peer.eof)
    peer.close()
    await world.until(lambda: serving.gone and dialling.gone)
    assert (len(serving.facts), serving.gone, serving.errors) == (1, 1, [])
    assert (len(dialling.facts), dialling.gone, dialling.errors) == (1, 1, [])


# -- what is refused


async def refused(world: TlsWorld, serving: TrialSecurity, dialling: TrialSecurity) -> str:
    """The kind of fault that the client finds."""
    client, server = await world.between(serving, dialling)
    assert client.connects == 0
    assert server.peers == []
    assert client.failure.check(HandshakeFailed)
    await world.until(lambda: serving.errors)
    (error,) = dialling.errors
    return error.kind


async def bad_certificates_of_servers(world: TlsWorld) -> None:
    below = ca("Below", issuer=ROOT)
    narrow = ca("Narrow", issuer=ROOT, path_length=0)
    weak = ca("Weak", key_kind="rsa1024", constraints=False)
    bad = {
        "expired": leaf(NAME, issuer=ROOT, days=-1),
        "wrong name": leaf("there.test", issuer=ROOT),
        "no name": leaf(issuer=ROOT, common_name=NAME),
        "star for a dot": leaf("*.here.test", issuer=ROOT),
        "an address": leaf("127.0.0.1", issuer=ROOT),
        "another authority": leaf(NAME, issuer=OTHER),
        "nobody's": leaf(NAME),
        "for clients": leaf(NAME, issuer=ROOT, usages=(CLIENT,)),
        "below a leaf": leaf(NAME, issuer=leaf("no.ca", issuer=ROOT)),
        "too far below": leaf(NAME, issuer=ca("Deep", issuer=narrow)),
        "authority unknown": leaf(NAME, issuer=weak),
    }
    kinds = {}
    for what, own in bad.items():
        kinds[what] = await refused(world, world.serving(own), world.dialling())
    assert kinds == {
        "expired": "expired",
        "wrong name": "wrong_name",
        "no name": "wrong_name",
        "star for a dot": "wrong_name",
        "an address": "wrong_name",
        "another authority": "untrusted",
        "nobody's": "untrusted",
        "for clients": "bad_certificate",
        "below a leaf": "bad_certificate",
        "too far below": "bad_certificate",
        "authority unknown": "untrusted",
    }
    client, _ = await world.stream(world.serving(leaf(NAME, issuer=below)), world.dialling())
    assert client.connects == 1


async def authorities_without_key_usage_are_believed(world: TlsWorld) -> None:
    old = ca("Company CA", constraints=True)
    own = leaf(NAME, issuer=old)
    client, _ = await world.stream(world.serving(own), world.dialling(old))
    assert client.connects == 1


async def bad_certificates_of_clients(world: TlsWorld) -> None:
    bad = {
        None: "no_certificate",
        leaf("me", issuer=OTHER): "untrusted",
        leaf("me", issuer=ROOT, days=-1): "expired",
        leaf("me", issuer=ROOT, usages=(SERVER,)): "bad_certificate",
    }
    for own, kind in bad.items():
        serving = world.serving(roots=(ROOT,))
        server = world.listen(serving)
        client = world.dial(server.port, world.dialling(own=own))
        # With TLS 1.3 the client has done its part before the server looks.
        await world.until(lambda c=client: c.failure or c.lost is not None)
        why = client.error if client.failure else client.lost
        assert "TLS" in (why or ""), why
        assert [error.kind for error in serving.errors] == [kind]
        assert server.peers == []


async def no_common_version(world: TlsWorld) -> None:
    serving, dialling = world.serving(version="TLSv1.2"), world.dialling(version="TLSv1.3")
    assert await refused(world, serving, dialling) in ("protocol", "refused_by_peer")


# -- those who speak no TLS, or not to the end


async def plain_text_is_refused(world: TlsWorld) -> None:
    serving = world.serving()
    server = world.listen(serving)
    world.bare(server).sendall(b"GET / HTTP/1.1\r\n\r\n")
    await world.until(lambda: serving.errors)
    assert [error.kind for error in serving.errors] == ["not_tls"]
    assert server.peers == []


async def a_plain_server_is_found_out(world: TlsWorld) -> None:
    server = world.listen(None, on_connect=lambda peer: peer.send(b"220 hello\r\n"))
    dialling = world.dialling()
    client = world.dial(server.port, dialling)
    await world.until(lambda: client.failure)
    assert dialling.errors[0].kind == "not_tls"


async def who_says_nothing_has_a_limit(world: TlsWorld) -> None:
    dialling = world.dialling(handshake_s=0.2)
    client = world.dial(world.silent(), dialling)
    serving = world.serving(handshake_s=0.2)
    world.bare(world.listen(serving))
    await world.until(lambda: client.failure and serving.errors)
    assert [error.kind for error in dialling.errors] == ["timed_out"]
    assert [error.kind for error in serving.errors] == ["timed_out"]


async def permissive_servers_take_both(world: TlsWorld) -> None:
    serving = world.serving(permissive=True)
    server = world.listen(serving, on_data=lambda peer: peer.send(peer.take()))
    clients = [world.dial(server.port, security) for security in (None, world.dialling())]
    for client in clients:
        client.send(b"hello")
    await world.until(lambda: all(client.received == b"hello" for client in clients))
    assert (serving.plains, len(serving.facts)) == (1, 1)
    assert {peer.transport.tls is None for peer in server.peers} == {True, False}


async def an_end_that_anybody_could_have_made_is_no_end(world: TlsWorld) -> None:
    server = world.listen(world.serving())
    sock = world.bare(server)

    def speak() -> None:
        stream = trusting().wrap_socket(sock, server_hostname=NAME)
        stream.sendall(b"half of it")
        # Without close_notify: `detach` takes the socket from OpenSSL.
        plain = socket.socket(fileno=stream.detach())
        world.sockets.append(plain)
        plain.shutdown(socket.SHUT_WR)

    await world.in_thread(speak)
    await world.until(lambda: server.peers and server.peer.lost is not None)
    assert server.peer.received == b"half of it"
    assert (server.peer.lost, server.peer.eof) == ("closed without close_notify", False)


async def what_comes_with_the_last_flight_is_read(world: TlsWorld) -> None:
    server = world.listen(world.serving(), on_data=lambda peer: peer.send(peer.take()))
    sock = world.bare(server)

    def speak() -> bytes:
        inbox, outbox = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = trusting().wrap_bio(inbox, outbox, server_hostname=NAME)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                sock.sendall(outbox.read())
                inbox.write(sock.recv(65536))
        tls.write(b"early")
        sock.sendall(outbox.read())
        while True:
            try:
                return tls.read(100)
            except ssl.SSLWantReadError:
                inbox.write(sock.recv(65536))

    assert await world.in_thread(speak) == b"early"


async def dials_can_be_cancelled_in_mid_handshake(world: TlsWorld) -> None:
    dialling = world.dialling()
    client = world.dial(world.silent(), dialling)
    await world.settle()
    client.result.cancel()
    await world.settle()
    assert client.failure is not None
    assert dialling.errors == []


async def a_port_that_closes_lets_handshakes_go(world: TlsWorld) -> None:
    server = world.listen(world.serving())
    world.bare(server)
    await world.settle()
    await server.stop()


TLS_CONTRACT = (
    a_client_is_known_by_its_certificate,
    a_plain_server_is_found_out,
    a_port_that_closes_lets_handshakes_go,
    all_is_counted,
    an_end_that_anybody_could_have_made_is_no_end,
    authorities_without_key_usage_are_believed,
    bad_certificates_of_clients,
    bad_certificates_of_servers,
    dials_can_be_cancelled_in_mid_handshake,
    facts_are_told,
    no_common_version,
    permissive_servers_take_both,
    plain_text_is_refused,
    sessions_are_resumed_with_tls_1_2,
    sessions_are_resumed_with_tls_1_3,
    the_server_is_known_by_its_certificate,
    what_comes_with_the_last_flight_is_read,
    who_says_nothing_has_a_limit,
)
