"""The unit files, and the proxy under a service manager: readiness, watchdog, passed sockets."""

from __future__ import annotations

import re
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.support.processes import (
    ROOT,
    TWISTD,
    Program,
    environment,
    fetch,
    free_ports,
    proxy_command,
    running,
)
from tests.support.proxy import write_config
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNITS = ROOT / "examples" / "systemd"
DTAB = "/svc/localhost => /$/inet/127.0.0.1/ADMIN"


def installed_units(folder: Path) -> tuple[Path, Path]:
    """Copies of the unit files that name programs and files which exist here."""
    service, sock = folder / "linkerd.service", folder / "linkerd.socket"
    text = (UNITS / "linkerd.service").read_text()
    assert "/opt/linkerd/bin/twistd" in text
    service.write_text(text.replace("/opt/linkerd/bin/twistd", TWISTD))
    sock.write_text((UNITS / "linkerd.socket").read_text())
    return service, sock


def test_the_units_pass_systemds_own_check(tmp_path: Path) -> None:
    analyze = find("systemd-analyze", "systemd")
    for unit in installed_units(tmp_path):
        done = subprocess.run(
            [analyze, "verify", "--man=no", str(unit)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_is_hardened(tmp_path: Path) -> None:
    """`systemd-analyze security` rates exposure from 0 (none) to 10."""
    analyze = find("systemd-analyze", "systemd")
    service, _ = installed_units(tmp_path)
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", str(service)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    rating = re.search(r"exposure level for linkerd\.service: ([\d.]+)", done.stdout)
    assert rating is not None, done.stdout + done.stderr
    assert float(rating[1]) <= 2.0


class Supervisor:
    """Stands for the service manager: listens where `NOTIFY_SOCKET` leads."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)

    def hears(self, wanted: str, limit_s: float = 20) -> dict[str, str]:
        """Read messages until one assigns `wanted`."""
        self.socket.settimeout(limit_s)
        while True:
            lines = self.socket.recv(4096).decode().splitlines()
            if wanted in lines:
                return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    found = Supervisor(tmp_path)
    yield found
    found.socket.close()


def routed(port: int) -> tuple[int, bytes]:
    return fetch(port, "/admin/ping", {"Host": "localhost"})


def test_ready_watchdog_and_stopping_are_told(tmp_path: Path, supervisor: Supervisor) -> None:
    config, port, _ = write_config(tmp_path, DTAB)
    env = environment(NOTIFY_SOCKET=supervisor.address, WATCHDOG_USEC="400000")
    command = proxy_command(config)
    with running(command, tmp_path / "log", env) as proxy:
        supervisor.hears("READY=1")
        assert routed(port) == (200, b"pong"), proxy.output
        for _ in range(3):
            supervisor.hears("WATCHDOG=1", 2)
        proxy.process.terminate()
        supervisor.hears("STOPPING=1")
        proxy.process.wait(15)
        assert "Traceback" not in proxy.output


def pass_socket(command: list[str], port: int) -> list[str]:
    """Command that runs `command` with a listening socket passed, by systemd's own tool."""
    activate = find("systemd-socket-activate", "systemd")
    passed = [f"--setenv={name}" for name in ("PYTHONPATH", "PATH", "PYTHONUNBUFFERED")]
    return [activate, f"--listen=127.0.0.1:{port}", *passed, *command]


def test_a_passed_socket_is_served(tmp_path: Path) -> None:
    """The tool starts the proxy at the first connection, which waits in the passed socket."""
    config, port, _ = write_config(tmp_path, DTAB)
    command = pass_socket(proxy_command(config), port)
    with running(command, tmp_path / "log") as proxy:
        first = _first_connection(proxy, port)
        with first:
            first.sendall(b"GET /admin/ping HTTP/1.0\r\nHost: localhost\r\n\r\n")
            answer = b"".join(iter(lambda: first.recv(4096), b""))
        assert b" 200 " in answer.partition(b"\r\n")[0], proxy.output
        assert routed(port) == (200, b"pong")


def _first_connection(proxy: Program, port: int) -> socket.socket:
    connected: list[socket.socket] = []

    def probe() -> bool:
        try:
            connected.append(socket.create_connection(("127.0.0.1", port), 20))
        except OSError:
            return False
        return True

    proxy.wait_until(probe, f"listening on {port}")
    return connected[0]


def test_a_passed_socket_that_no_server_has_is_no_obstacle(tmp_path: Path) -> None:
    config, port, admin = write_config(tmp_path, DTAB)
    (other,) = free_ports(1)
    command = pass_socket(proxy_command(config), other)
    with running(command, tmp_path / "log") as proxy:
        with _first_connection(proxy, other):
            proxy.wait_open(admin)
        assert routed(port) == (200, b"pong")
