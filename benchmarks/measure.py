"""Processes under measurement: started on one CPU, their CPU time and memory read from /proc.

In: commands. Out: CPU seconds (`schedstat`, nanosecond accounting of the scheduler, all threads of
all descendants) and proportional memory (`smaps_rollup`). Whoever starts a process ends it, by id.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROC = Path("/proc")


class Failed(Exception):
    """A program did not do what the measurement needs; the text says which and why."""


@dataclass(frozen=True)
class Cpus:
    """Who runs where: the proxy alone on one CPU, client and back end together on another."""

    proxy: int | None
    client: int | None

    @classmethod
    def choose(cls) -> Cpus:
        """Take the first two CPUs this process may use; pin nothing where there is only one."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[1]) if len(usable) > 1 else cls(None, None)


def on_cpu(cpu: int | None, command: Sequence[str]) -> list[str]:
    """`command`, pinned to `cpu`."""
    return list(command) if cpu is None else ["taskset", "-c", str(cpu), *command]


def descendants(pid: int) -> list[int]:
    """`pid` and all processes below it."""
    found = [pid]
    for listing in PROC.glob(f"{pid}/task/*/children"):
        for child in _read(listing).split():
            found += descendants(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time that `pid` and its descendants have used."""
    nanoseconds = 0
    for process in descendants(pid):
        for schedstat in PROC.glob(f"{process}/task/*/schedstat"):
            nanoseconds += int((_read(schedstat) or "0").split()[0])
    return nanoseconds / 1e9


def memory_kib(pid: int) -> int:
    """Proportional set size of `pid` and its descendants."""
    total = 0
    for process in descendants(pid):
        found = re.search(r"^Pss:\s+(\d+)", _read(PROC / str(process) / "smaps_rollup"), re.M)
        total += int(found[1]) if found else 0
    return total


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def free_ports(count: int) -> list[int]:
    """`count` loopback ports on which nobody listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def program(name: str, package: str) -> str:
    """Path of a program, or `Failed` with the command that installs it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Failed(f"{name} is missing: {package}")
    return found


@contextmanager
def started(
    command: Sequence[str], cpu: int | None, port: int, log: Path, **env: str
) -> Iterator[tuple[int, float]]:
    """Run `command` until the block ends; gives its pid and the seconds until it answered HTTP."""
    begin = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            on_cpu(cpu, command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env},
            start_new_session=True,
        )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - begin > 20:
                raise Failed(f"{command[0]} does not serve: {log.read_text()[-400:].strip()}")
            time.sleep(0.005)
        yield process.pid, time.perf_counter() - begin
    finally:
        _end(process)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as sock:
            sock.settimeout(2)
            sock.sendall(b"GET /100 HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n")
            return sock.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in reversed(descendants(process.pid)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        try:
            process.wait(5)
            return
        except subprocess.TimeoutExpired:
            continue
