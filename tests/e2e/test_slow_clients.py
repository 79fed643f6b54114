"""Clients that are slow on purpose: others are served as ever, and what is held stays bounded."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.loads import open_loop
from tests.support.processes import free_ports
from tests.support.proxy import CARRIERS, inet, running_proxy
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.proxy import Proxy

COUNT = 100
SECONDS = 3
SHORT_TIMES = "headTimeoutMs: 1000, bodyIdleTimeoutMs: 1000"
READERS = 150
# What one direction of one request may hold, a read of 256 KiB, and what malloc adds to it.
WINDOW_KIB = 480

# What each mode does, beside the number, the rate and the length.
MODES = {
    "-H": ["-i", "2", "-x", "8"],
    "-B": ["-i", "2", "-s", "100000", "-x", "8"],
    "-R": ["-t", "HEAD", "-a", "1", "-b", "500"],
    "-X": ["-n", "1", "-w", "10", "-y", "20", "-z", "5", "-k", "1"],
}


@pytest.fixture(scope="module", params=CARRIERS)
def slow(
    request: pytest.FixtureRequest, origin_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy with short times, which leads `web` and its own address to the back end."""
    folder = tmp_path_factory.mktemp("slow")
    leads = f"/svc => /$/inet/127.0.0.1/{origin_port} ; /svc/* => /svc ;"
    with running_proxy(folder, request.param, leads, server=SHORT_TIMES) as proxy:
        yield proxy
        assert proxy.troubles() == [], proxy.output
        assert proxy.stop(), proxy.output


def connections(proxy: Proxy) -> float:
    return proxy.metrics()[f"rt/http/server/127.0.0.1/{proxy.port}/connections"]


@pytest.mark.parametrize("mode", MODES)
def test_slowhttptest(slow: Proxy, mode: str) -> None:
    """Good requests are served meanwhile, and those that stop half-way are closed on."""
    path = "bytes/1000000" if mode == "-X" else ""
    command = [
        find("slowhttptest", "slowhttptest"), mode, *MODES[mode], "-c", str(COUNT), "-r", "200",
        "-l", str(SECONDS), "-p", "2", "-u", f"http://127.0.0.1:{slow.port}/{path}",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as attack:
        report = open_loop(slow.port, 100, SECONDS - 1)
        assert report.failed() == []
        said = re.sub(r"\x1b\[[0-9;]*m", "", attack.communicate(timeout=20)[0].decode())
    print(f"\n{mode}: p99 {report.late_ms(0.99):.1f} ms meanwhile")
    assert report.late_ms(0.99) < 500
    assert re.search(r"service available: *YES", said), said
    if mode in ("-H", "-B"):
        assert "Exit status: No open connections left" in said, said
    slow.wait_until(lambda: connections(slow) == 0, "rid of them", 5)


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nHost: web\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 100000\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf",
    ],
)
def test_what_is_left_half_done_is_answered_408(slow: Proxy, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", slow.port), 5) as sock:
        sock.sendall(begun)
        answer = b""
        while data := sock.recv(65536):
            answer += data
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"L5D-3006" in answer


def slow_reader(stack: ExitStack, port: int, path: str) -> socket.socket:
    sock = stack.enter_context(socket.socket())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)
    sock.settimeout(10)
    sock.connect(("127.0.0.1", port))
    sock.sendall(f"GET /{path} HTTP/1.1\r\nHost: web\r\n\r\n".encode())
    return sock


@pytest.mark.parametrize("path", ["bytes/20000000", "chunks/20000000"])
def test_slow_readers_hold_a_bounded_buffer(slow: Proxy, path: str) -> None:
    slow.get(f"/{path.partition('/')[0]}/1000000")
    before = slow.memory()["rss"]
    with ExitStack() as stack:
        readers = [slow_reader(stack, slow.port, path) for _ in range(READERS)]
        for _ in range(10):
            for sock in readers:
                sock.recv(1000)
            time.sleep(0.1)
        each = (slow.memory()["rss"] - before) / READERS
        assert slow.get() == (200, b"origin\n")
    print(f"\n{each:.0f} KiB for each slow reader of {path}")
    assert each < WINDOW_KIB


def test_uploads_that_nobody_takes_hold_a_bounded_buffer(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with (
        ExitStack() as stack,
        socket.create_server(("127.0.0.1", port), backlog=1024),
        running_proxy(tmp_path, "pure", inet(port)) as proxy,
    ):
        before = proxy.memory()["rss"]
        socks = [
            stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port), 5))
            for _ in range(READERS)
        ]
        for sock in socks:
            sock.sendall(b"PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 100000000\r\n\r\n")
            sock.setblocking(False)
        for _ in range(20):
            for sock in socks:
                try:
                    sock.send(bytes(262144))
                except BlockingIOError:
                    pass
            time.sleep(0.05)
        each = (proxy.memory()["rss"] - before) / READERS
        print(f"\n{each:.0f} KiB for each upload")
        assert each < WINDOW_KIB
