"""Real name servers on a port of their own: BIND, whose zones tests change, and dnsmasq.

Debian's `bind9` and `dnsmasq-base`; `nsupdate` is in `bind9-dnsutils`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.support.processes import running
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.processes import Program

ZONE = "example.test"

_NAMED_CONF = """
options {
  directory "%(folder)s";
  listen-on port %(port)d { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file "%(folder)s/named.pid";
  session-keyfile "%(folder)s/session.key";
  recursion no;
  max-records-per-type 0;
  dnssec-validation no;
};
controls { };
zone "%(zone)s" { type primary; file "%(zone)s"; allow-update { 127.0.0.1; }; };
"""

_HEAD = """
$ORIGIN example.test.
@ 60 IN SOA ns hostmaster 1 3600 600 86400 1
@ 60 IN NS ns
ns 60 IN A 127.0.0.1
"""


def free_port() -> int:
    """Give a port on which nobody listens, be it TCP or UDP."""
    for _ in range(100):
        with (
            socket.socket() as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


class Bind:
    """BIND as the authority of `example.test`, with the rows that `zone` has besides its head."""

    def __init__(self, folder: Path, zone: str) -> None:
        # A copy: where AppArmor confines /usr/sbin/named, it may read nothing of ours.
        self._named = str(shutil.copy2(find("named", "bind9"), folder))
        self._nsupdate = find("nsupdate", "bind9-dnsutils")
        self.port = free_port()
        self._folder = folder
        names = {"folder": folder, "port": self.port, "zone": ZONE}
        (folder / "named.conf").write_text(_NAMED_CONF % names)
        (folder / ZONE).write_text(_HEAD + zone)
        self._stack = ExitStack()
        self._program: Program | None = None

    def start(self) -> None:
        """Start it; it serves when this returns."""
        command = [self._named, "-g", "-4", "-n", "1", "-c", str(self._folder / "named.conf")]
        log = self._folder / "named.log"
        begin = log.stat().st_size if log.exists() else 0
        program = self._stack.enter_context(running(command, log, dict(os.environ), self._folder))
        running_now = re.compile(r" running$", re.MULTILINE)
        program.wait_until(lambda: bool(running_now.search(log.read_text()[begin:])), "up", 10)
        self._program = program

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._program is not None
        self._program.process.send_signal(number)

    def kill(self) -> None:
        """End it on the spot."""
        assert self._program is not None
        self._program.end(signal.SIGKILL)

    def update(self, *changes: str) -> None:
        """Change the zone, as `delete web A` or `add web 60 A 10.0.0.1`."""
        lines = [f"server 127.0.0.1 {self.port}", f"zone {ZONE}"]
        for change in changes:
            verb, name, *rest = change.split(" ")
            lines.append(" ".join(["update", verb, f"{name}.{ZONE}.", *rest]))
        text = "\n".join([*lines, "send", ""])
        subprocess.run([self._nsupdate], input=text.encode(), check=True, timeout=10)

    def close(self) -> None:
        """End it."""
        self._stack.close()


@contextmanager
def dnsmasq(folder: Path, options: Sequence[str]) -> Iterator[int]:
    """Run dnsmasq with further options until the block ends, and give its port."""
    port = free_port()
    command = [
        find("dnsmasq", "dnsmasq-base"),
        "--no-daemon",
        "--no-resolv",
        "--no-hosts",
        "--conf-file=/dev/null",
        f"--port={port}",
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
        *options,
    ]
    with running(command, folder / "dnsmasq.log", dict(os.environ), folder) as program:
        program.wait_until(lambda: "started" in program.output, "started", 10)
        yield port
