"""`linkerd tls` as a user runs it: certificates for trials, and handshakes with a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.support.certificates import Certified, ca, leaf
from tests.support.processes import environment, free_ports
from tests.support.proxy import Proxy, inet, running_proxy, write_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def linkerd(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linkerd.cli.main", *map(str, words)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class Peer(NamedTuple):
    """A proxy whose server demands certificates, and the files of `linkerd tls dev-ca`.

    On the port `plain` it speaks no TLS.
    """

    proxy: Proxy
    plain: int
    certs: Path
    folder: Path


@pytest.fixture(scope="module")
def peer(
    carrier: str, origin_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("tls")
    done = linkerd("tls", "dev-ca", "certs", "--name=users.test", "--client=near", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    certs = folder / "certs"
    tls = (
        f"tls: {{certPath: {certs}/users.test.pem, keyPath: {certs}/users.test.key,"
        f" caCertPath: {certs}/ca.pem, requireClientAuth: true}}"
    )
    (plain,) = free_ports(1)
    more = f"- {{protocol: http, label: plain, servers: [{{port: {plain}}}]}}\n"
    with running_proxy(folder, carrier, inet(origin_port), server=tls, more=more) as proxy:
        yield Peer(proxy, plain, certs, folder)
        assert proxy.stop(), proxy.output
        assert proxy.troubles() == [], proxy.output


def outcome(peer: Peer, port: int, tls: str) -> tuple[int, Any, str]:
    """What the command says of an endpoint: exit status, the endpoint in JSON, all of the text."""
    config, _, _ = write_config(
        peer.folder, f"/svc => /$/inet/127.0.0.1/{port} ;", f"client: {{tls: {{{tls}}}}}"
    )
    shown = linkerd("tls", "test", config, "users", "--json", cwd=peer.folder)
    text = linkerd("tls", "test", config, "users", cwd=peer.folder)
    assert shown.stderr == text.stderr == ""
    assert shown.returncode == text.returncode
    (client,) = json.loads(shown.stdout)["tests"][0]["clients"]
    (endpoint,) = client["endpoints"]
    return shown.returncode, endpoint, " ".join(text.stdout.split())


def rules(peer: Peer, name: str = "users.test", own: bool = True, trust: str = "") -> str:
    shows = f", clientAuth: {{certPath: {peer.certs}/near.pem, keyPath: {peer.certs}/near.key}}"
    bundle = trust or f"{peer.certs}/ca.pem"
    return f"commonName: {name}, trustCertsBundle: {bundle}{shows if own else ''}"


def test_all_is_well(peer: Peer) -> None:
    status, endpoint, text = outcome(peer, peer.proxy.port, rules(peer))
    assert (status, endpoint["ok"]) == (0, True)
    assert (endpoint["version"], endpoint["alpn"]) == ("TLSv1.3", "http/1.1")
    assert endpoint["asksForCertificate"] is True
    assert endpoint["trustedThrough"].startswith("CN=linkerd trial CA")
    assert "was shown CN=near" in text
    assert "90 days left" in text


def test_another_name(peer: Peer) -> None:
    status, endpoint, text = outcome(peer, peer.proxy.port, rules(peer, "users.prod"))
    assert (status, endpoint["kind"], endpoint["code"]) == (1, "wrong_name", "L5D-2012")
    assert "its certificate is for users.test, `commonName` 'users.prod' at " in text
    assert endpoint["certificates"][0]["names"] == ["users.test"]


def test_nothing_of_us(peer: Peer) -> None:
    status, endpoint, text = outcome(peer, peer.proxy.port, rules(peer, own=False))
    assert (status, endpoint["kind"]) == (1, "refused_by_peer")
    assert "it may want a certificate of ours: set `clientAuth` at " in text


def test_another_authority(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(ca("Other").pem)
    status, endpoint, text = outcome(
        peer, peer.proxy.port, rules(peer, trust=str(tmp_path / "ca.pem"))
    )
    assert (status, endpoint["kind"]) == (1, "untrusted")
    assert f"does not lead to {tmp_path}/ca.pem at " in text


def test_no_tls_there(peer: Peer) -> None:
    status, endpoint, text = outcome(peer, peer.plain, rules(peer))
    assert (status, endpoint["kind"]) == (1, "not_tls")
    assert "speaks no TLS on this port" in text


def test_nobody_there(peer: Peer) -> None:
    (port,) = free_ports(1)
    status, endpoint, _ = outcome(peer, port, rules(peer))
    assert (status, endpoint["kind"], endpoint["code"]) == (1, None, "L5D-2001")
    assert endpoint["why"] == "connection refused"


def test_our_own_servers(peer: Peer) -> None:
    done = linkerd("tls", "test", peer.proxy.config, "--server", cwd=peer.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"127.0.0.1:{peer.proxy.port}  TLS\n" in done.stdout
    assert f"asks        for a certificate from {peer.certs}/ca.pem" in done.stdout


def test_an_expired_certificate(peer: Peer, tmp_path: Path, carrier: str, origin_port: int) -> None:
    authority = ca()
    (tmp_path / "ca.pem").write_text(authority.pem)
    old: Certified = leaf("users.test", issuer=authority, days=-2)
    cert, key = old.write(tmp_path)
    tls = f"tls: {{certPath: {cert}, keyPath: {key}}}"
    with running_proxy(tmp_path, carrier, inet(origin_port), server=tls) as proxy:
        trust = str(tmp_path / "ca.pem")
        status, endpoint, text = outcome(peer, proxy.port, rules(peer, trust=trust))
        assert (status, endpoint["kind"]) == (1, "expired")
        assert ": expired at " in text
        done = linkerd("tls", "test", proxy.config, "--server", cwd=tmp_path)
        assert done.returncode == 1
        assert "clients refuse it" in done.stdout
