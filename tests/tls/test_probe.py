"""One handshake and what is seen of it; the endpoint is a thread at the other end of a pair."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.certificates import CLIENT, ca, leaf

from linkerd.net.security import Security
from linkerd.tls import ssl_context
from linkerd.tls.policy import INTERMEDIATE_POLICY, policy_of
from linkerd.tls.probe import Probe, probe

from .handshaking import NAME, material

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from linkerd.net.security import HandshakeError

ROOT = ca()
OWN = leaf("client", issuer=ROOT, usages=(CLIENT,))
CLOCK = time.monotonic  # noqa: TID251 - OpenSSL and the kernel know no other
ADDRESS = ("10.0.0.1", 443)


class Asking(Security):
    """What the probe is given: a context, and words for failures."""

    def __init__(self, context: ssl.SSLContext, name: str = NAME) -> None:
        super().__init__(name, handshake_s=5.0)
        self._context = context

    def context(self) -> ssl.SSLContext:
        return self._context

    def failed(self, peer: tuple[str, int], error: HandshakeError, elapsed_s: float) -> str:
        return f"{peer[0]}: {error.kind}"


def asking(own: bool = False, name: str = NAME, verify: bool = True) -> Asking:
    shows = material(*([OWN] if own else []), trust=(ROOT,))
    context = ssl_context.client_context(shows, INTERMEDIATE_POLICY, ("http/1.1",), verify=verify)
    return Asking(context, name)


def serving(wants: bool = False, version: str = "TLSv1.3") -> ssl.SSLContext:
    shows = material(leaf(NAME, issuer=ROOT), trust=(ROOT,) if wants else ())
    return ssl_context.server_context(
        shows, policy_of([version], None), ("http/1.1",), client_auth=wants
    )


def probed(security: Security, serve: Callable[[socket.socket], None]) -> Probe:
    ours, theirs = socket.socketpair()

    def run() -> None:
        theirs.settimeout(5.0)
        with theirs, contextlib.suppress(OSError):
            serve(theirs)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        return probe(ADDRESS, security, 1.0, CLOCK, lambda *_: ours)
    finally:
        thread.join()


def shaking(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """Give an endpoint that shakes hands and waits for a request."""

    def serve(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as stream:
            stream.recv(1)

    return serve


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_what_is_seen(version: str) -> None:
    seen = probed(asking(), shaking(serving(version=version)))
    assert (seen.address, seen.trouble, seen.kind) == (ADDRESS, "", "")
    assert seen.facts is not None
    assert (seen.facts.version, seen.facts.alpn) == (version, "http/1.1")
    assert seen.facts.server_name == NAME
    assert seen.chain[0].issuer == ROOT.certificate.subject
    assert seen.anchor == ROOT.certificate
    assert seen.asked is False
    assert seen.ticket_s == 7200
    assert 0.0 < seen.elapsed_s < 5.0


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_it_asks_for_a_certificate(version: str) -> None:
    seen = probed(asking(own=True), shaking(serving(wants=True, version=version)))
    assert (seen.trouble, seen.asked) == ("", True)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_it_refuses_us(version: str) -> None:
    """With TLS 1.3 that comes when all seems done."""
    seen = probed(asking(), shaking(serving(wants=True, version=version)))
    assert (seen.trouble, seen.kind) == ("10.0.0.1: refused_by_peer", "refused_by_peer")
    assert seen.chain


def test_it_closes_behind_the_handshake() -> None:
    def serve(sock: socket.socket) -> None:
        context = serving()
        context.num_tickets = 0
        with context.wrap_socket(sock, server_side=True) as stream:
            stream.unwrap()

    assert probed(asking(), serve).kind == "other"


def test_no_ticket_is_waited_for_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkerd.tls.probe.AFTER_S", 0.05)
    context = serving()
    context.num_tickets = 0
    seen = probed(asking(), shaking(context))
    assert (seen.trouble, seen.ticket_s) == ("", None)


def test_we_refuse_it() -> None:
    seen = probed(asking(name="users.prod"), shaking(serving()))
    assert seen.trouble == "10.0.0.1: wrong_name"
    assert seen.chain[0].issuer == ROOT.certificate.subject


def test_nothing_is_verified() -> None:
    seen = probed(asking(name="", verify=False), shaking(serving()))
    assert (seen.trouble, seen.anchor) == ("", None)


def test_plain_text() -> None:
    def serve(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert probed(asking(), serve).kind == "not_tls"


def test_silence() -> None:
    security = asking()
    security.handshake_s = 0.05
    ours, theirs = socket.socketpair()
    with theirs:
        seen = probe(ADDRESS, security, 1.0, CLOCK, lambda *_: ours)
    assert seen.kind == "timed_out"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (TimeoutError("timed out"), "connection timed out"),
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
    ],
)
def test_no_connection(error: OSError, why: str) -> None:
    def connect(address: tuple[str, int], timeout_s: float) -> socket.socket:
        raise error

    assert probe(ADDRESS, asking(), 1.0, CLOCK, connect) == Probe(ADDRESS, why)


def test_others_are_not_watched() -> None:
    security = asking()
    probed(security, shaking(serving()))
    assert getattr(security.context(), "_msg_callback", None) is None
