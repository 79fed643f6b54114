"""What the carriers are handed, made of a `tls` section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.certificates import ca, leaf
from tests.support.logs import logged
from tests.support.namers import virtual_runtime
from tests.watch.fakes import ByHand, Worker

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.net.security import HandshakeError, TlsFacts
from linkerd.tls.config import ClientTls, ServerTls
from linkerd.tls.security import LOG_GAP_S, client_security, server_security
from linkerd.tls.server_name import BadServerName
from linkerd.tls.store import mk_store

from .handshaking import Refused, SslEnd, StockEnd, shake

if TYPE_CHECKING:
    from pathlib import Path

    from linkerd.net.security import Security
    from linkerd.telemetry.metrics import Scope

PEER = ("10.0.0.7", 8443)


class Site:
    def __init__(self, folder: Path) -> None:
        root = ca()
        leaf("users.internal", issuer=root).write(folder)
        leaf("client", issuer=root).write(folder, "client")
        (folder / "ca.pem").write_text(root.pem)
        self.folder = folder
        self.runtime = virtual_runtime()
        self.store = mk_store(self.runtime, Worker(), ByHand())

    @property
    def scope(self) -> Scope:
        return self.runtime.metrics

    def read(self, cls: Any, text: str) -> Any:
        return bind(parse(text.replace("DIR", str(self.folder)), "l.yaml"), cls)

    def server(self, text: str = "", alpn: tuple[str, ...] = ()) -> Security:
        config = self.read(ServerTls, "certPath: DIR/leaf.pem\nkeyPath: DIR/leaf.key\n" + text)
        return server_security(config, self.store, self.runtime, self.scope, alpn)

    def client(self, text: str, **captures: bytes) -> Security:
        config = self.read(ClientTls, text)
        made = client_security(config, captures, self.store, self.runtime, self.scope)
        assert made is not None
        return made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


BUNDLE = "trustCertsBundle: DIR/ca.pem\ncommonName: '{service}.internal'\n"


def meet(client: Security, server: Security) -> None:
    """On either carrier, the client as the carriers do it."""
    shake(
        SslEnd(client.context(), server=False, name=client.server_name),
        SslEnd(server.context(), server=True),
    )
    shake(
        StockEnd(client.stock_context(), server=False, name=client.server_name),
        StockEnd(server.stock_context(), server=True),
    )


def test_a_client_verifies_the_name_made_of_what_was_captured(site: Site) -> None:
    users = site.client(BUNDLE, service=b"users")
    assert users.server_name == "users.internal"
    assert users.verifies_name
    assert users.handshake_s == 10
    meet(users, site.server())
    with pytest.raises(Refused):
        meet(site.client(BUNDLE, service=b"web"), site.server())
    with pytest.raises(BadServerName):
        site.client(BUNDLE, service=b"*")


def test_names_share_one_context(site: Site) -> None:
    users, web = site.client(BUNDLE, service=b"users"), site.client(BUNDLE, service=b"web")
    assert users.context() is web.context()


def test_certificates_on_both_sides(site: Site) -> None:
    server = site.server("caCertPath: DIR/ca.pem\nrequireClientAuth: true\n")
    own = "clientAuth: {certPath: DIR/client.pem, keyPath: DIR/client.key}\n"
    meet(site.client(BUNDLE + own, service=b"users"), server)
    with pytest.raises(Refused):
        meet(site.client(BUNDLE, service=b"users"), server)


def test_a_server_with_an_authority_that_demands_nothing_asks_nobody(site: Site) -> None:
    server = site.server("caCertPath: DIR/ca.pem\n")
    assert f"{site.folder}/ca.pem" not in site.store.state()[0]["files"]
    meet(site.client(BUNDLE, service=b"users"), server)


def test_without_validation(site: Site) -> None:
    with logged() as lines:
        client = site.client("disableValidation: true\n")
        site.client("disableValidation: true\n")
    assert (client.server_name, client.verifies_name) == ("", False)
    meet(client, site.server())
    (line,) = lines
    assert "disableValidation at l.yaml:1: endpoints are not verified" in line
    site.client("disableValidation: true\ntrustCertsBundle: DIR/ca.pem\n")
    assert {file for each in site.store.state() for file in each["files"]} == {
        f"{site.folder}/leaf.pem",
        f"{site.folder}/leaf.key",
    }, "a bundle that is not used is not read"


def test_switched_off(site: Site) -> None:
    off = site.read(ClientTls, "enabled: false\n")
    assert client_security(off, {}, site.store, site.runtime, site.scope) is None


def test_what_a_server_is_told_to_do(site: Site) -> None:
    server = site.server("mode: permissive\nhandshakeTimeoutMs: 2500\n", ("h2", "http/1.1"))
    assert (server.permissive, server.handshake_s, server.alpn) == (True, 2.5, ("h2", "http/1.1"))
    server.plain(PEER)
    assert site.scope.counter("tls", "plain").value == 1


def test_contexts_follow_the_files(site: Site) -> None:
    server, before = site.server(), (site.folder / "leaf.pem").read_text()
    leaf("users.internal").write(site.folder)
    assert (site.folder / "leaf.pem").read_text() != before
    old = server.context()
    site.runtime.reactor.advance(0)
    assert server.context() is not old
    site.store.close()


def test_connections_are_counted(site: Site) -> None:
    class Transport:
        tls = TlsFacts("TLSv1.3", "x", resumed=True)

    server, transport = site.server(), Transport()
    server.secured(transport, 0.01)  # type: ignore[arg-type]
    assert site.scope.find("tls", "connections").metric.read() == 1  # type: ignore[union-attr]
    assert site.scope.counter("tls", "resumed").value == 1
    server.closed(transport)  # type: ignore[arg-type]
    assert site.scope.find("tls", "connections").metric.read() == 0  # type: ignore[union-attr]


def test_failures_are_counted_and_told_and_now_and_then_logged(site: Site) -> None:
    client = site.client(BUNDLE, service=b"users")
    error = HandshakeError("wrong_name", "x")
    with logged() as lines:
        text = client.failed(PEER, error, 0.1)
        client.failed(PEER, error, 0.1)
        client.failed(PEER, error, 0.1)
        client.failed(PEER, HandshakeError("reset", "connection reset by peer"), 0.1)
        site.runtime.reactor.advance(LOG_GAP_S)
        client.failed(PEER, error, 0.1)
    assert text == (
        "TLS with 10.0.0.7:8443 failed: its certificate is not for users.internal;"
        " `commonName` '{service}.internal' at l.yaml:2 asks for users.internal"
    )
    assert lines == [f"warn: {text}", f"warn: {text} (2 more since the last such line)"]
    assert site.scope.counter("tls", "handshakes_failed", "wrong_name").value == 4
    assert site.scope.counter("tls", "handshakes_failed", "reset").value == 1


def test_places_of_rules(site: Site) -> None:
    untrusted = HandshakeError("untrusted", "x")
    text = site.client(BUNDLE, service=b"users").failed(PEER, untrusted, 0)
    assert f"does not lead to {site.folder}/ca.pem at l.yaml:1" in text
    text = site.client("commonName: a.b\n").failed(PEER, untrusted, 0)
    assert "does not lead to what the system trusts" in text
    narrow = site.client("commonName: a.b\nprotocols: [TLSv1.3]\n")
    assert "we speak TLS 1.3 (`protocols` at l.yaml:1)" in narrow.failed(
        PEER, HandshakeError("protocol", ""), 0
    )


def test_a_deprecated_key_is_told_once(site: Site) -> None:
    text = "commonName: a.b\ntrustCerts: [DIR/ca.pem]\n"
    with logged() as lines:
        site.client(text)
        site.client(text)
    (line,) = lines
    assert line.startswith("warn: TLS: trustCerts at l.yaml:2 is deprecated: put all into one file")
