"""Tunnels over real sockets: WebSocket's way in, and CONNECT to a proxy behind the proxy."""

from __future__ import annotations

import hashlib
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.support.proxy import Proxy, inet, running_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start

ASK = b"GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
CONSENT = b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
CONNECT = b"CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\n"
ROUTER = "connectEnabled: true"
MIB = 1 << 20
SIZE = 50 * MIB
MAY_GROW_KIB = 8 * 1024
LIMIT_S = 20.0


class Ends(NamedTuple):
    """The two ends of a tunnel."""

    client: socket.socket
    endpoint: socket.socket

    def close(self) -> None:
        self.client.close()
        self.endpoint.close()


class Bench:
    """A proxy and the port behind it."""

    def __init__(self, proxy: Proxy, listening: socket.socket) -> None:
        self.proxy = proxy
        self.listening = listening

    def asked(self, ask: bytes = ASK) -> Ends:
        """A client whose request has reached the endpoint."""
        client = socket.create_connection(("127.0.0.1", self.proxy.port), LIMIT_S)
        client.sendall(ask)
        endpoint, _ = self.listening.accept()
        endpoint.settimeout(LIMIT_S)
        assert up_to(endpoint, b"\r\n\r\n").startswith(ask[:7])
        return Ends(client, endpoint)

    def tunnel(self) -> Ends:
        """A tunnel."""
        ends = self.asked()
        ends.endpoint.sendall(CONSENT)
        up_to(ends.client, b"\r\n\r\n")
        return ends

    def number(self, name: str) -> float:
        """A metric of the server's tunnels."""
        place = f"rt/http/server/127.0.0.1/{self.proxy.port}/tunnels/"
        return self.proxy.metrics().get(place + name, 0)


@pytest.fixture(scope="module")
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(LIMIT_S)
        yield server


@pytest.fixture(scope="module")
def shared(
    carrier: str, listening: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    with running_proxy(folder, carrier, dtab(listening), ROUTER) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


@pytest.fixture
def bench(proxy: Proxy, listening: socket.socket) -> Iterator[Bench]:
    bench = Bench(proxy, listening)
    yield bench
    eventually(lambda: bench.number("open") == 0)


def dtab(listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    return inet(port) + "\n" + inet(port, "web:443")


def eventually(what: Callable[[], object]) -> None:
    for _ in range(200):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it never came about")


def up_to(sock: socket.socket, end: bytes) -> bytes:
    """Read up to and with `end`, byte by byte."""
    data = b""
    while not data.endswith(end):
        piece = sock.recv(1)
        assert piece, data
        data += piece
    return data


def everything(sock: socket.socket) -> bytes:
    """Read until the other side ends."""
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


def reset(sock: socket.socket) -> None:
    """Close with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def keep_talking(sock: socket.socket) -> None:
    """Send a little now and then."""
    for _ in range(100):
        sock.sendall(b"hello?")
        time.sleep(0.05)


def other(ends: Ends, first: str) -> socket.socket:
    return ends.endpoint if first == "client" else ends.client


BOTH = pytest.mark.parametrize("first", ["client", "endpoint"])


def test_early_bytes_of_both(bench: Bench) -> None:
    ends = bench.asked(ASK + b"early")
    ends.endpoint.sendall(CONSENT + b"bird")
    head = up_to(ends.client, b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 Switching\r\n")
    assert b"\r\nConnection: Upgrade\r\nUpgrade: echo\r\n" in head
    assert up_to(ends.client, b"bird") == b"bird"
    assert up_to(ends.endpoint, b"early") == b"early"
    ends.close()


@BOTH
def test_a_half_close_is_passed_on(bench: Bench, first: str) -> None:
    ends = bench.tunnel()
    here, there = getattr(ends, first), other(ends, first)
    here.sendall(b"all")
    here.shutdown(socket.SHUT_WR)
    assert everything(there) == b"all"
    for _ in range(3):
        time.sleep(0.05)
        there.sendall(b"more")
        assert up_to(here, b"more") == b"more"
    there.sendall(b"end")
    there.shutdown(socket.SHUT_WR)
    assert everything(here) == b"end"
    eventually(lambda: bench.number("open") == 0)
    cut = bench.number("cut")
    ends.close()
    assert bench.number("cut") == cut


@BOTH
def test_a_reset_is_passed_on(bench: Bench, first: str) -> None:
    ends = bench.tunnel()
    cut = bench.number("cut")
    reset(getattr(ends, first))
    with pytest.raises(ConnectionResetError):
        everything(other(ends, first))
    assert bench.number("cut") == cut + 1
    ends.close()


@BOTH
def test_what_was_sent_before_a_close_arrives(bench: Bench, first: str) -> None:
    """A side that goes on sending then is told that nobody listens."""
    ends = bench.tunnel()
    here, there = getattr(ends, first), other(ends, first)
    here.sendall(b"x" * MIB)
    here.close()
    assert len(everything(there)) == MIB
    with pytest.raises(ConnectionError):
        keep_talking(there)
    there.close()


class Traffic:
    """Sends `SIZE` bytes on a socket and reads until its end, both at once."""

    def __init__(self, sock: socket.socket, seed: int, pause_s: float) -> None:
        self.sock = sock
        self.piece = bytes((i * seed + seed) & 255 for i in range(65521))
        self.pause_s = pause_s
        self.sent = hashlib.sha256()
        self.received = hashlib.sha256()
        self.size = 0
        self.threads = [threading.Thread(target=each) for each in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()

    def send(self) -> None:
        left = SIZE
        while left > 0:
            piece = self.piece[:left]
            self.sock.sendall(piece)
            self.sent.update(piece)
            left -= len(piece)
        self.sock.shutdown(socket.SHUT_WR)

    def receive(self) -> None:
        time.sleep(self.pause_s)
        while data := self.sock.recv(262144):
            self.received.update(data)
            self.size += len(data)
            if self.pause_s and self.size % 7 == 0:
                time.sleep(0.002)

    def wait(self) -> None:
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()


@pytest.mark.parametrize("slow", ["neither", "client", "endpoint"])
def test_50_mib_each_way(bench: Bench, slow: str) -> None:
    ends = bench.tunnel()
    bench.proxy.forget_peak()
    begin = bench.proxy.memory()["rss"]
    here = Traffic(ends.client, 3, 1.0 if slow == "client" else 0.0)
    there = Traffic(ends.endpoint, 5, 1.0 if slow == "endpoint" else 0.0)
    here.wait()
    there.wait()
    assert (here.size, there.size) == (SIZE, SIZE)
    assert here.sent.digest() == there.received.digest()
    assert there.sent.digest() == here.received.digest()
    assert bench.proxy.memory()["peak"] - begin < MAY_GROW_KIB
    ends.close()


def test_many_tunnels_at_once(bench: Bench) -> None:
    every = [bench.tunnel() for _ in range(100)]
    assert bench.number("open") == 100
    for at, ends in enumerate(every):
        ends.client.sendall(b"%d." % at)
    for at, ends in enumerate(every):
        assert up_to(ends.endpoint, b".") == b"%d." % at
        ends.close()


def test_connect(bench: Bench) -> None:
    ends = bench.asked(CONNECT + b"hello")
    ends.endpoint.sendall(b"HTTP/1.1 200 Established\r\nContent-Length: 3\r\n\r\nwelcome")
    head = up_to(ends.client, b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"ontent-" not in head
    assert up_to(ends.client, b"welcome") == b"welcome"
    assert up_to(ends.endpoint, b"hello") == b"hello"
    ends.close()


def test_connect_that_is_refused(bench: Bench) -> None:
    ends = bench.asked(CONNECT + b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
    ends.endpoint.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
    assert everything(ends.client).count(b"HTTP/1.1 ") == 1
    assert everything(ends.endpoint) == b""
    ends.close()


def test_a_tunnel_lives_until_the_grace_is_over(start: Start, listening: socket.socket) -> None:
    proxy = start(dtab(listening), top="admin: {port: ADMIN, shutdownGraceMs: 1500}")
    bench = Bench(proxy, listening)
    ends = bench.tunnel()
    proxy.process.terminate()
    for _ in range(10):
        ends.client.sendall(b"ping")
        assert up_to(ends.endpoint, b"ping") == b"ping"
        time.sleep(0.1)
    for sock in ends:
        with pytest.raises(ConnectionResetError):
            everything(sock)
    assert proxy.process.wait(5) is not None
    ends.close()


def test_a_tunnel_that_ends_lets_the_proxy_go(start: Start, listening: socket.socket) -> None:
    proxy = start(dtab(listening), top="admin: {port: ADMIN, shutdownGraceMs: 60000}")
    ends = Bench(proxy, listening).tunnel()
    proxy.process.terminate()
    time.sleep(0.5)
    ends.client.close()
    assert everything(ends.endpoint) == b""
    ends.endpoint.close()
    assert proxy.process.wait(5) is not None


def test_silence_ends_a_tunnel_on_both_sides(
    carrier: str, listening: socket.socket, tmp_path: Path
) -> None:
    server = "serverSession: {tunnelIdleTimeMs: 800}"
    with running_proxy(tmp_path, carrier, dtab(listening), ROUTER, server=server) as proxy:
        bench = Bench(proxy, listening)
        talking, silent = bench.tunnel(), bench.tunnel()
        for _ in range(30):
            talking.client.sendall(b"hello?")
            time.sleep(0.05)
        for end in silent:
            with pytest.raises(ConnectionResetError):
                end.recv(1)
        assert (bench.number("idle"), bench.number("cut"), bench.number("open")) == (1, 1, 1)
        talking.endpoint.sendall(b"!")
        assert up_to(talking.client, b"!") == b"!"
        talking.close()
        silent.close()
        assert proxy.stop(), proxy.output
        assert proxy.troubles() == []
