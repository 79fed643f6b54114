"""What the admin server shows of endpoints: one that dies and lives again, and ten thousand."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.backends import origin
from tests.support.loads import now, open_loop
from tests.support.processes import fetch, free_ports

from linkerd.admin.worst import CALM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

COUNT = 10_000
WAIT_S = 2.0
ROUTER = """
client:
  loadBalancer: {kind: ewma}
  failureAccrual:
    kind: io.l5d.consecutiveFailures
    failures: 2
    backoff: {kind: constant, ms: 2000}
"""


def endpoint_of(proxy: Proxy, port: int) -> dict[str, Any]:
    [client] = proxy.admin_json("/client_state.json").values()
    [found] = [each for each in client["endpoints"] if each["address"] == f"127.0.0.1:{port}"]
    assert isinstance(found, dict)
    return found


def free_everywhere() -> int:
    """Give a port that is free on all addresses."""
    with socket.socket() as sock:
        sock.bind(("0.0.0.0", 0))
        port: int = sock.getsockname()[1]
        return port


def wait_for(proxy: Proxy, port: int, state: str, limit_s: float = 10.0) -> dict[str, Any]:
    """Send requests, and look, until the endpoint is in the state."""
    end = now() + limit_s
    while now() < end:
        assert proxy.get()[0] == 200
        if (found := endpoint_of(proxy, port))["state"] == state:
            return found
    raise AssertionError(found)


def test_dead_then_alive(start: Start, tmp_path: Path) -> None:
    good, bad = free_ports(2)
    disco = tmp_path / "disco"
    disco.mkdir()
    (disco / "web").write_text(f"127.0.0.1 {good}\n127.0.0.1 {bad}\n")
    top = f"namers: [{{kind: io.l5d.fs, rootDir: {disco}}}]"
    with origin("good", good, tmp_path):
        proxy = start("/svc => /#/io.l5d.fs", ROUTER, top)
        dead = wait_for(proxy, bad, "dead")
        assert dead["reason"] == "2 failures in a row"
        assert dead["failures_in_a_row"] == 2
        assert 0.0 < dead["seconds_left"] <= WAIT_S
        left = datetime.fromisoformat(dead["until"]) - datetime.now(UTC)
        assert left.total_seconds() == pytest.approx(dead["seconds_left"], abs=0.5)
        page = fetch(proxy.admin, "/")[1].decode()
        assert "1 of 2 up" in page
        assert page.index(f"127.0.0.1:{bad}") < page.index(f"127.0.0.1:{good}")
        time.sleep(dead["seconds_left"] + 0.05)
        assert endpoint_of(proxy, bad)["state"] == "probing"
        with origin("bad", bad, tmp_path):
            alive = wait_for(proxy, bad, "open")
            assert (alive["until"], alive["reason"]) == (None, None)
            assert alive["failures_in_a_row"] == 0
            assert "2 of 2 up" in fetch(proxy.admin, "/")[1].decode()


def test_looking_at_ten_thousand_does_not_stall_requests(start: Start, tmp_path: Path) -> None:
    """Both pages are asked for all the time; the machine has other things to do as well."""
    port = free_everywhere()
    disco = tmp_path / "disco"
    disco.mkdir()
    lines = [f"127.1.{number >> 8}.{number & 255} {port}\n" for number in range(COUNT)]
    (disco / "web").write_text("".join(lines))
    top = f"namers: [{{kind: io.l5d.fs, rootDir: {disco}}}]"
    with origin("many", port, tmp_path, ip="0.0.0.0"), ThreadPoolExecutor() as pool:
        proxy = start("/svc => /#/io.l5d.fs", ROUTER, top)
        assert proxy.get()[0] == 200
        while proxy.metrics()["rt/http/client/#/io.l5d.fs/web/loadbalancer/size"] < COUNT:
            time.sleep(0.05)
        loading = pool.submit(open_loop, proxy.port, 200, 3.0)
        looks = 0
        while not loading.done():
            [client] = proxy.admin_json("/client_state.json").values()
            assert len(client["endpoints"]) == len(client["addresses"]) == COUNT
            assert f"and {COUNT - CALM:,} more" in fetch(proxy.admin, "/")[1].decode()
            looks += 1
        report = loading.result()
    assert looks > 1
    assert report.failed() == []
    print(f"\n{looks} looks; {report.late_ms(0.5):.1f} ms, p99 {report.late_ms(0.99):.1f} ms")
    assert report.late_ms(0.99) < 100
