"""Real ZooKeepers, of one server or more, each in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.support.processes import Program, free_ports, running
from tests.support.servers import find, missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JAR = "/usr/share/java/zookeeper.jar"
NETTY = ("buffer", "codec", "common", "handler", "resolver", "transport")
CLASSES = ":".join([JAR, *(f"/usr/share/java/netty-{part}.jar" for part in NETTY)])
"""Netty is for TLS."""
MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
CONFIG = """tickTime=200
dataDir={folder}/data
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
4lw.commands.whitelist=*
minSessionTimeout=400
maxSessionTimeout=60000
"""


@contextmanager
def zookeeper(
    folder: Path, port: int = 0, more: str = "", flags: tuple[str, ...] = ()
) -> Iterator[tuple[int, Program]]:
    """Run a server that keeps its data in `folder`; gives its port.

    `more` follows in its configuration, `flags` are Java's.
    """
    if not port:
        (port,) = free_ports(1)
    with started(folder, port, more, flags) as program:
        program.wait_open(port)
        yield port, program


@contextmanager
def started(
    folder: Path, port: int, more: str = "", flags: tuple[str, ...] = ()
) -> Iterator[Program]:
    """Run a server, without waiting for it."""
    java = find("java", "default-jre-headless")
    if not os.path.exists(JAR):
        missing("zookeeper", "apt-get install --no-install-recommends zookeeper")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "zoo.cfg").write_text(CONFIG.format(folder=folder, port=port) + more)
    small = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *flags]
    command = [java, *small, "-cp", CLASSES, MAIN, str(folder / "zoo.cfg")]
    with running(command, folder / "zookeeper.log", None, folder) as program:
        yield program


class Ensemble:
    """Three servers, of which any can be stopped in every way and started again."""

    def __init__(self, folder: Path, flags: tuple[str, ...] = (), more: str = "") -> None:
        self.folder = folder
        self.flags = flags
        self.ports = free_ports(3)
        quorum = free_ports(6)
        lines = [
            f"server.{number + 1}=127.0.0.1:{quorum[2 * number]}:{quorum[2 * number + 1]}\n"
            for number in range(3)
        ]
        self._more = more + "initLimit=50\nsyncLimit=20\n" + "".join(lines)
        self._stack = ExitStack()
        self.programs: dict[int, Program] = {}

    def __enter__(self) -> Ensemble:
        for number in range(3):
            self.start(number)
        self.wait_for_leader()
        return self

    def __exit__(self, *_: object) -> None:
        for number in self.programs:
            self.signal(number, signal.SIGCONT)
        self._stack.close()

    @property
    def hosts(self) -> str:
        """All of them, as clients are told."""
        return ",".join(f"127.0.0.1:{port}" for port in self.ports)

    @property
    def zk_addrs(self) -> str:
        """All of them, as a configuration has them."""
        return json.dumps([{"host": "127.0.0.1", "port": port} for port in self.ports])

    def start(self, number: int) -> None:
        """Start one, with the data it had."""
        folder = self.folder / f"zk{number}"
        (folder / "data").mkdir(parents=True, exist_ok=True)
        (folder / "data" / "myid").write_text(f"{number + 1}")
        server = started(folder, self.ports[number], self._more, self.flags)
        self.programs[number] = self._stack.enter_context(server)

    def signal(self, number: int, which: signal.Signals) -> None:
        """Freeze one, or let it go on."""
        process = self.programs[number].process
        if process.poll() is None:
            process.send_signal(which)

    def kill(self, number: int) -> None:
        """End one, as a crash does."""
        self.programs[number].end(signal.SIGKILL)

    def mode(self, number: int) -> str:
        """What one says of itself: `leader`, `follower`, `read-only`, or "" if nothing."""
        try:
            with socket.create_connection(("127.0.0.1", self.ports[number]), 1) as asked:
                asked.settimeout(1)
                asked.sendall(b"srvr")
                answer = b""
                while more := asked.recv(4096):
                    answer += more
        except OSError:
            return ""
        found = re.search(rb"Mode: (\S+)", answer)
        return found[1].decode() if found else ""

    def leader(self) -> int | None:
        """Which of them leads."""
        return next((number for number in range(3) if self.mode(number) == "leader"), None)

    def wait_for_leader(self) -> int:
        """Wait until one of them leads."""
        end = time.monotonic() + 30  # noqa: TID251
        while time.monotonic() < end:  # noqa: TID251
            leader = self.leader()
            if leader is not None:
                return leader
            time.sleep(0.05)
        raise AssertionError("none of the three leads")
