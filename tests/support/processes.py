"""Runs programs for tests: the proxy, its back ends, the scripts of this checkout.

Everything started here is on loopback, writes to a file, and is ended by its process id.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
TWISTD = str(Path(sys.executable).with_name("twistd"))
POLL_S = 0.02


def environment(**changes: str) -> dict[str, str]:
    """Environment in which `twistd` sees this checkout's plug-in, with `changes`."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **changes}


def clean_environment() -> dict[str, str]:
    """Environment that shows nothing of this checkout or of its virtual environment."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME", "L5D_REQUIRE")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def free_ports(count: int) -> list[int]:
    """`count` different ports on which nobody listens at the moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def is_open(port: int) -> bool:
    """Whether somebody accepts connections on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_alive(pid: int) -> bool:
    """Whether process `pid` runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    """Process ids of the children of `pid`, at any depth."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def fetch(
    port: int, path: str = "/", headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, bytes]:
    """One request to 127.0.0.1:`port` on a connection of its own: status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Program:
    """A child process whose output goes to `log`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.pid = process.pid
        self.log = log

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def wait_until(self, probe: Callable[[], bool], what: str, limit_s: float = 20) -> None:
        """Wait for `probe` to hold while the program runs; fail with its output otherwise."""
        for _ in range(int(limit_s / POLL_S)):
            if probe():
                return
            if self.process.poll() is not None:
                break
            time.sleep(POLL_S)
        raise AssertionError(f"not {what} within {limit_s} s; output:\n{self.output[-2000:]}")

    def wait_open(self, port: int, limit_s: float = 20) -> None:
        """Wait until `port` accepts connections."""
        self.wait_until(lambda: is_open(port), f"listening on {port}", limit_s)

    def end(self, number: int = signal.SIGTERM, limit_s: float = 15) -> int:
        """Send a signal, wait for the end and give the exit status (negative: died by it)."""
        self.process.send_signal(number)
        return self.process.wait(limit_s)


@contextmanager
def running(
    command: Sequence[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Program]:
    """Run `command` in a session of its own until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else environment(),
            cwd=cwd,
            start_new_session=True,
        )
    try:
        yield Program(process, log)
    finally:
        for pid in [*children(process.pid), process.pid]:
            if process.poll() is None or pid != process.pid:
                _kill(pid)
        process.wait(10)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def proxy_command(config: Path | str) -> list[str]:
    """Command that runs the proxy of this checkout in the foreground."""
    return [TWISTD, "--nodaemon", "--pidfile=", "linkerd", str(config)]


def gone(pids: Sequence[int], limit_s: float = 5) -> bool:
    """Whether all of `pids` have ended within `limit_s`."""
    for _ in range(int(limit_s / POLL_S)):
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(POLL_S)
    return False


def copy_checkout(target: Path) -> Path:
    """Copy the files that belong to this checkout, as a fresh clone would have them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    return target
