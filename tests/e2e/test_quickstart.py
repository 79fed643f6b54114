"""`./quickstart` on a clean copy of the checkout, and what becomes of its processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.processes import (
    ROOT,
    Program,
    children,
    clean_environment,
    copy_checkout,
    environment,
    fetch,
    gone,
    is_open,
    running,
)
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PORTS = (4140, 9990, 18081, 18082, 18083)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _ports_are_free() -> None:
    taken = [port for port in PORTS if is_open(port)]
    assert not taken, f"ports {taken} are in use by another program"


def wait_for_greeting(program: Program, limit_s: float) -> None:
    program.wait_until(lambda: "Ctrl-C ends it." in program.output, "greeting", limit_s)


def curl_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("curl ")]


def run_curl(line: str) -> tuple[int, float]:
    """Status and seconds of one of the printed commands."""
    done = subprocess.run(
        f"{line} -s -o /dev/null -w '%{{http_code}} %{{time_total}}'",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    status, seconds = done.stdout.split()
    return int(status), float(seconds)


@pytest.mark.timeout(420)
def test_a_clean_clone_runs_by_one_command(tmp_path: Path) -> None:
    find("curl", "curl")
    clone = copy_checkout(tmp_path / "clone")
    command = [str(clone / "quickstart")]
    with running(command, tmp_path / "log", clean_environment(), tmp_path) as program:
        wait_for_greeting(program, 300)
        lines = curl_lines(program.output)
        assert len(lines) == 3
        assert ":4140/" in lines[0]
        answers = [run_curl(line) for line in lines]
        assert [status for status, _ in answers] == [200, 200, 200]
        assert answers[1][1] >= 0.2
        assert answers[2][1] >= 0.2
        assert "http://127.0.0.1:9990/" in program.output
        assert fetch(4140, "/admin/ping", {"Host": "ping"}) == (200, b"pong")
        processes = [program.pid, *children(program.pid)]
        assert len(processes) == 2
        os.killpg(program.pid, signal.SIGINT)
        assert program.process.wait(20) in (0, 130, -signal.SIGINT)
        assert gone(processes)
        assert not re.search("Traceback|Unhandled", program.output)


@pytest.fixture
def quickstart(tmp_path: Path) -> Iterator[Program]:
    command = [sys.executable, str(ROOT / "examples" / "quickstart.py")]
    with running(command, tmp_path / "log", environment(), tmp_path) as program:
        wait_for_greeting(program, 30)
        yield program


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_survives_the_proxy(quickstart: Program, number: signal.Signals) -> None:
    processes = [quickstart.pid, *children(quickstart.pid)]
    assert quickstart.end(number) in (0, -number)
    assert gone(processes)
    assert not any(map(is_open, PORTS))
    assert not re.search("Traceback|Unhandled", quickstart.output)


def test_the_third_line_goes_where_the_override_says(quickstart: Program) -> None:
    override = {"Host": "web", "l5d-dtab": "/svc/web => /svc/slow"}
    status, body = fetch(4140, "/", override)
    assert status == 200
    assert b"back end slow" in body


@pytest.mark.parametrize("port", PORTS)
def test_a_taken_port_is_named(port: int) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen(1)
        done = subprocess.run(
            [sys.executable, str(ROOT / "examples" / "quickstart.py")],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert "Traceback" not in done.stderr
