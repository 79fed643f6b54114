"""Large bodies flow both ways, no faster than the slower side, in memory that does not grow."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import sha256
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.proxy import Proxy

MIB = 1 << 20
GIB = 1 << 30
MAY_GROW_KIB = 12 * 1024
WRITER = (
    "import sys\nleft = int(sys.argv[1])\n"
    "while left > 0:\n  left -= sys.stdout.buffer.write(bytes(min(left, 65536)))\n"
)


def digest_of_zeros(size: int) -> str:
    digest = hashlib.sha256()
    for _ in range(size // MIB):
        digest.update(bytes(MIB))
    return digest.hexdigest()


def curl(proxy: Proxy, path: str, *arguments: str) -> list[str]:
    common = ["--silent", "--show-error", "--fail", "--no-buffer", "--max-time", "100"]
    url = f"http://127.0.0.1:{proxy.port}{path}"
    return [find("curl", "curl"), *common, "--header", "Host: web", *arguments, url]


def uploaded(proxy: Proxy, size: int, *arguments: str) -> dict[str, object]:
    """What the back end says of a body that curl reads from a pipe."""
    command = curl(proxy, "/digest", *arguments)
    writer = [sys.executable, "-c", WRITER, str(size)]
    with subprocess.Popen(writer, stdout=subprocess.PIPE) as source:
        done = subprocess.run(
            command, stdin=source.stdout, capture_output=True, check=True, timeout=110
        )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def growth_kib(proxy: Proxy, begin: int) -> int:
    """How far above `begin` (KiB) the proxy's memory ever was since `forget_peak`."""
    return proxy.memory()["peak"] - begin


def both_ways(proxy: Proxy, size: int, paths: Sequence[str]) -> None:
    expected = digest_of_zeros(size)
    uploaded(proxy, MIB, "--upload-file", "-")
    sha256(curl(proxy, f"/bytes/{MIB}"))
    proxy.forget_peak()
    begin = proxy.memory()["rss"]
    length = ("--header", f"Content-Length: {size}", "--header", "Transfer-Encoding:")
    seconds = {}
    for name, arguments in {"length": length, "chunks": ()}.items():
        clock = time.monotonic()  # noqa: TID251
        found = uploaded(proxy, size, "--upload-file", "-", *arguments)
        assert found == {"length": size, "sha256": expected}, name
        seconds[f"up, {name}"] = time.monotonic() - clock  # noqa: TID251
    for path in paths:
        clock = time.monotonic()  # noqa: TID251
        assert sha256(curl(proxy, f"/{path}/{size}")) == expected, path
        seconds[f"down, {path}"] = time.monotonic() - clock  # noqa: TID251
    grown = growth_kib(proxy, begin)
    rates = ", ".join(f"{name} {size / MIB / taken:.0f} MiB/s" for name, taken in seconds.items())
    print(f"\n{size // MIB} MiB: {rates}; memory grew by {grown / 1024:.1f} MiB")
    assert grown < MAY_GROW_KIB


def test_64_mib_both_ways(proxy: Proxy) -> None:
    both_ways(proxy, 64 * MIB, ("bytes", "chunks", "until-close"))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_1_gib_both_ways(proxy: Proxy) -> None:
    both_ways(proxy, GIB, ("bytes",))


def test_an_echo_streams_both_ways_at_once(proxy: Proxy) -> None:
    """What comes back first is there long before the last was sent."""
    size = 16 * MIB
    with socket.create_connection(("127.0.0.1", proxy.port), 20) as sock:
        sock.sendall(
            b"POST /echo HTTP/1.1\r\nHost: web\r\nContent-Length: %d\r\n\r\n%b" % (size, b"x" * MIB)
        )
        got = 0
        while got < MIB // 2:
            got += len(sock.recv(65536))


def slowly(proxy: Proxy, raw: Sequence[bytes], seconds: float) -> int:
    """Send as much as is taken within `seconds` while reading nothing; the count of bytes sent."""
    with socket.create_connection(("127.0.0.1", proxy.port), 20) as sock:
        sock.settimeout(seconds)
        sent = 0
        try:
            for piece in raw:
                view = memoryview(piece)
                while view:
                    done = sock.send(view)
                    sent += done
                    view = view[done:]
        except TimeoutError:
            pass
        return sent


def test_a_client_that_does_not_read(proxy: Proxy) -> None:
    """The answer stays with the back end, not in the proxy's memory."""
    proxy.get()
    proxy.forget_peak()
    begin = proxy.memory()["rss"]
    with socket.create_connection(("127.0.0.1", proxy.port), 20) as sock:
        sock.sendall(b"GET /bytes/200000000 HTTP/1.1\r\nHost: web\r\n\r\n")
        assert sock.recv(10) == b"HTTP/1.1 2"
        time.sleep(1)
        assert growth_kib(proxy, begin) < MAY_GROW_KIB
        assert proxy.get()[0] == 200
        got = 10
        while got < 4 * MIB:
            got += len(sock.recv(MIB))


def test_a_back_end_that_does_not_read(proxy: Proxy) -> None:
    """The body stays with the client: `/bytes` reads its request's body only before it answers.

    The echo is not read here, so the back end stops reading, and so must everybody before it.
    """
    proxy.get()
    proxy.forget_peak()
    begin = proxy.memory()["rss"]
    head = b"POST /echo HTTP/1.1\r\nHost: web\r\nContent-Length: 200000000\r\n\r\n"
    sent = slowly(proxy, [head, bytes(200_000_000)], 1.0)
    assert sent < 100_000_000
    proxy.wait_until(lambda: pending(proxy) == 0, "idle again", 5)
    assert growth_kib(proxy, begin) < MAY_GROW_KIB


def pending(proxy: Proxy) -> float:
    """Requests that back ends have at the moment, as the balancers see it."""
    metrics = proxy.metrics()
    return sum(value for name, value in metrics.items() if name.endswith("loadbalancer/load"))


def test_a_client_that_goes_away_frees_the_back_end(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), 20) as sock:
        sock.sendall(b"GET /bytes/2000000000 HTTP/1.1\r\nHost: web\r\n\r\n")
        sock.recv(65536)
        assert pending(proxy) == 1
    proxy.wait_until(lambda: pending(proxy) == 0, "idle again", 5)
