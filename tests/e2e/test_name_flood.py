"""A stranger makes up host names: memory stays flat, and names that are known do not notice."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.support.loads import now

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

NAMES = 8000
BATCH = 50
MIB_IN_KIB = 1024


def get(host: str) -> bytes:
    return f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def flood(proxy: Proxy, first: int) -> float:
    """Ask for so many names that nobody has heard of; the slowest answer for a known one."""
    slowest = 0.0
    with (
        socket.create_connection(("127.0.0.1", proxy.port), 10) as made_up,
        socket.create_connection(("127.0.0.1", proxy.port), 10) as known,
    ):
        for number in range(first, first + NAMES, BATCH):
            made_up.sendall(b"".join(get(f"made-up-{n}") for n in range(number, number + BATCH)))
            begin = now()
            known.sendall(get("web"))
            answer = known.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            slowest = max(slowest, now() - begin)
            refused = b""
            while refused.count(b"HTTP/1.1 502 ") < BATCH:
                refused += made_up.recv(262144)
    return slowest


def test_made_up_names(start: Start, origin_port: int, tmp_path: Path) -> None:
    (tmp_path / "disco").mkdir()
    (tmp_path / "disco" / "web").write_text(f"127.0.0.1 {origin_port}\n")
    top = f"namers: [{{kind: io.l5d.fs, rootDir: {tmp_path / 'disco'}}}]"
    proxy = start("/svc => /#/io.l5d.fs", "", top)
    flood(proxy, 0)
    before = proxy.memory()["rss"]
    slowest = flood(proxy, NAMES)
    grown = (proxy.memory()["rss"] - before) / MIB_IN_KIB
    print(
        f"\n{NAMES} more names: {grown:.1f} MiB, a known one took {slowest * 1000:.0f} ms at most"
    )
    assert grown < 4
    numbers = proxy.metrics()
    assert numbers["rt/http/bindcache/path/evicts"] > 2 * NAMES - 1000
    assert numbers["rt/http/service/svc/web/success"] == 2 * NAMES / BATCH
    assert numbers["rt/http/client/#/io.l5d.fs/web/connects"] == 1
