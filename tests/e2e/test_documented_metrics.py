"""Every metric that docs/metrics.md promises is there after a request."""

from __future__ import annotations

import json
import re
import socket
import ssl
import sys
from pathlib import Path

import pytest
from tests.support.certificates import leaf
from tests.support.processes import ROOT, environment, fetch, free_ports, running

PAGE = (ROOT / "docs" / "metrics.md").read_text()
SNAPSHOT = "-io.buoyant.telemetry.admin.histogramSnapshotInterval=1.second"

OPTIONS = "{readTimeoutMs: 60000}"

pytestmark = pytest.mark.slow


def documented() -> dict[str, list[str]]:
    """Names by the heading's prefix, with placeholders as they stand."""
    found: dict[str, list[str]] = {}
    for section in PAGE.split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        prefix = "".join(re.findall(r"`([^`]+)`", heading))
        first_cells = re.findall(r"^\| (`[^|]+) \|", body, re.MULTILINE)
        names = [name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)]
        if names:
            found[prefix] = names
    return found


def shake_hands(port: int) -> None:
    """Once as it should be, once not."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        ssl._create_unverified_context().wrap_socket(sock).close()
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(b"\x16\x03\x01\x00\x05hello")
        assert sock.recv(100)


def test_documented_metrics_exist(tmp_path: Path) -> None:
    port, admin = free_ports(2)
    certificate, key = leaf("localhost").write(tmp_path)
    tls = f"{{certPath: {certificate}, keyPath: {key}, mode: permissive}}"
    config = tmp_path / "linkerd.yaml"
    config.write_text(
        f"admin: {{port: {admin}}}\n"
        "routers:\n"
        "- protocol: http\n"
        f"  dtab: /svc/localhost => /$/inet/127.0.0.1/{admin}\n"
        f"  servers:\n"
        f"  - {{port: {port}, maxConcurrentRequests: 9, socketOptions: {OPTIONS}, tls: {tls}}}\n"
        "  client: {clientSession: {idleTimeMs: 60000}, hostConnectionPool: {maxSize: 1000},\n"
        "    failFast: true}\n"
    )
    linkerd = str(Path(sys.executable).with_name("linkerd"))
    server, client = f"127.0.0.1/{port}", f"$/inet/127.0.0.1/{admin}"
    with running([linkerd, SNAPSHOT, str(config)], tmp_path / "log", environment()) as proxy:
        proxy.wait_open(admin)

        def metrics() -> dict[str, float]:
            assert fetch(port, "/admin/ping", {"Host": "localhost"}) == (200, b"pong")
            assert fetch(port, "/", {"Host": "nowhere"})[0] == 502
            shake_hands(port)
            found = json.loads(fetch(admin, "/admin/metrics.json")[1])
            assert isinstance(found, dict)
            return found

        latency = f"rt/http/server/{server}/request_latency_ms.p99"
        proxy.wait_until(lambda: latency in metrics(), "summing up", 10)
        seen = metrics()
    pages = documented()
    assert len(pages) == 7
    missing = []
    for prefix, names in pages.items():
        place = prefix.replace("LABEL", "http").replace("IP/PORT", server)
        place = place.replace("NAME", "svc/localhost").replace("ID", client)
        place = place.replace("PREFIX", "$/inet")
        for name in names:
            full = place + name.replace("NAME", "svc/localhost").removesuffix("CAUSE")
            full = full.replace("FILE/N", f"{str(certificate)[1:].replace('/', '-')}/1")
            if name == "errors/L5D-nnnn":
                full = "rt/http/service/svc/nowhere/errors/L5D-1101"
            exact = full in seen or f"{full}.count" in seen
            branch = full.endswith("/") and any(key.startswith(full) for key in seen)
            if not (exact or branch):
                missing.append(full)
    assert missing == []
