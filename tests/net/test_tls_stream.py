"""OpenSSL on plain sockets: what it says, and that it says it as an `SSLSocket` does."""

from __future__ import annotations

import gc
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
from tests.support.certificates import ca, leaf

from linkerd.net.tls_stream import TlsStream, client_stream, server_stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = ca()
NAME = "here.test"


class Owner:
    """Keeps what a `sni_callback` says of it."""

    asked: str | None = ""


def named(owner: Owner, name: str | None, context: ssl.SSLContext) -> None:
    owner.asked = name


class Pair:
    """Both ends of a stream."""

    def __init__(self, folder: Path, name: str) -> None:
        certificate, key = leaf(NAME, issuer=ROOT).write(folder)
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(certificate, key)
        serving.sni_callback = named  # type: ignore[assignment]
        dialling = ssl.create_default_context(cadata=ROOT.pem)
        self.socks = socket.socketpair()
        for sock in self.socks:
            sock.setblocking(False)
        self.owner = Owner()
        self.server = server_stream(serving, self.socks[0], self.owner)
        self.client = client_stream(dialling, self.socks[1], name, None)

    def shake(self) -> None:
        """Shake hands. Raises what OpenSSL does."""
        for _ in range(3):
            for stream in (self.client, self.server):
                try:
                    stream.do_handshake()
                except ssl.SSLWantReadError:
                    pass


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path, NAME)
    yield pair
    for sock in pair.socks:
        sock.close()


def test_the_owner_hears_the_name(pair: Pair) -> None:
    pair.shake()
    assert pair.owner.asked == NAME
    assert (pair.server.server_side, pair.client.server_side) == (True, False)


def test_a_name_that_is_not_the_peers_is_refused(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "other.test")
    with pytest.raises(ssl.SSLCertVerificationError):
        pair.shake()
    for sock in pair.socks:
        sock.close()


def test_bytes_and_the_end_of_them(pair: Pair) -> None:
    pair.shake()
    assert pair.client.write(b"hello") == 5
    assert pair.server.read(100) == b"hello"
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.read(100)
    with pytest.raises(OSError):
        pair.client.shutdown()
    assert pair.server.read(100) == b""


def test_an_end_without_a_word_is_an_error(pair: Pair) -> None:
    pair.shake()
    pair.socks[1].close()
    with pytest.raises(ssl.SSLEOFError):
        pair.server.read(100)


def test_it_does_not_keep_its_socket(pair: Pair) -> None:
    """Whoever has the stream keeps the socket, too: here nobody does."""
    pair.shake()
    streams: list[TlsStream] = [pair.server, pair.client]
    pair.socks[0].close()
    pair.socks[1].close()
    pair.socks = socket.socketpair()
    gc.collect()
    for stream in streams:
        with pytest.raises(ssl.SSLError):
            stream.write(b"x")
