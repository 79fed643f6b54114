"""Programs in other languages and libraries, in tests/e2e/programs: servers, clients, pages.

A test gives the name of a script and its arguments and gets a command line, a running server, or
what a client printed. Node and Debian's own Python run them; a browser opens the pages.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.processes import ROOT, Program, clean_environment, running
from tests.support.servers import find, find_library

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PROGRAMS = ROOT / "tests" / "e2e" / "programs"


def node(script: str, *arguments: object) -> list[str]:
    """Command that runs a script in Node."""
    return [find("node", "nodejs"), str(PROGRAMS / script), *map(str, arguments)]


def with_aiohttp(script: str, *arguments: object) -> list[str]:
    """Command that runs a Python script that needs aiohttp."""
    python = find_library("aiohttp", "python3-aiohttp")
    return [python, "-I", str(PROGRAMS / script), *map(str, arguments)]


def with_websockets(script: str, *arguments: object) -> list[str]:
    """Command that runs a Python script that needs websockets."""
    python = find_library("websockets", "python3-websockets")
    return [python, "-I", str(PROGRAMS / script), *map(str, arguments)]


@contextmanager
def serving(command: Sequence[str], port: int, folder: Path) -> Iterator[Program]:
    """Run a server; the block begins once it accepts on `port`."""
    with running(command, folder / f"server-{port}.log", clean_environment()) as program:
        program.wait_open(port)
        yield program


def succeeds(command: Sequence[str], limit_s: float = 30) -> str:
    """What a client prints; what it complained about if it failed."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=limit_s, env=clean_environment()
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def browsing(url: str, folder: Path) -> Iterator[Program]:
    """Show a page in Chromium, in which every host is this machine, until the block ends."""
    command = [
        *(find("chromium", "chromium"), "--headless", "--no-sandbox", "--disable-gpu"),
        *("--disable-dev-shm-usage", "--host-resolver-rules=MAP * 127.0.0.1", "--no-first-run"),
        *("--no-proxy-server", "--disable-background-networking", "--remote-debugging-port=0"),
        *("--enable-logging=stderr", "--v=0", f"--user-data-dir={folder / 'profile'}", url),
    ]
    with running(command, folder / "chromium.log", clean_environment(), folder) as program:
        yield program
