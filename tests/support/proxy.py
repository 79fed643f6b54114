"""The proxy as a test sees it: started as a user starts it, asked over real sockets, ended.

In come a dtab and further YAML of one router; out comes a `Proxy` that serves. Whoever starts one
checks `troubles` at the end: nothing that a client or a back end does may leave a traceback.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import textwrap
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.processes import (
    Program,
    environment,
    fetch,
    free_ports,
    proxy_command,
    running,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CARRIERS = ("pure", "twisted")
TROUBLE = re.compile(r"^.*(?:Traceback|Unhandled|reason of our own).*$", re.MULTILINE)


class Proxy(Program):
    """A running proxy with one router on `port` and its admin server on `admin`."""

    def __init__(self, program: Program, port: int, admin: int, config: Path) -> None:
        super().__init__(program.process, program.log)
        self.port = port
        self.admin = admin
        self.config = config

    def get(
        self, path: str = "/", host: str = "web", method: str = "GET", **headers: str
    ) -> tuple[int, bytes]:
        """One request on a connection of its own: status and body."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return fetch(self.port, path, {"Host": host, **fields}, method)

    def say(self, raw: bytes, limit_s: float = 5.0, patience_s: float = 0.5) -> bytes:
        """Send bytes and read until the proxy closes.

        If nothing comes for `patience_s` the client closes for writing.
        """
        with socket.create_connection(("127.0.0.1", self.port), limit_s) as sock:
            sock.settimeout(patience_s)
            answer = b""
            try:
                sock.sendall(raw)
                while True:
                    try:
                        data = sock.recv(65536)
                    except TimeoutError:
                        if sock.gettimeout() == limit_s:
                            raise
                        sock.shutdown(socket.SHUT_WR)
                        sock.settimeout(limit_s)
                        continue
                    if not data:
                        return answer
                    answer += data
            except (ConnectionResetError, BrokenPipeError):
                return answer

    def admin_json(self, path: str) -> Any:
        """Decoded JSON of an admin page."""
        status, body = fetch(self.admin, path)
        assert status == 200, (status, body)
        return json.loads(body)

    def metrics(self) -> dict[str, float]:
        """All metrics by their flat name."""
        found = self.admin_json("/admin/metrics.json")
        assert isinstance(found, dict)
        return found

    def memory(self) -> dict[str, int]:
        """Resident (`rss`), proportional (`pss`) and highest (`peak`) memory in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        smaps = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        found = {}
        for name, text, key in (
            ("rss", status, "VmRSS"),
            ("peak", status, "VmHWM"),
            ("pss", smaps, "Pss"),
        ):
            match = re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)
            assert match is not None, key
            found[name] = int(match[1])
        return found

    def forget_peak(self) -> None:
        """Let `peak` begin anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def troubles(self) -> list[str]:
        """Lines of the log that must never be there."""
        return TROUBLE.findall(self.output)

    def stop(self, number: int = signal.SIGTERM, limit_s: float = 15) -> bool:
        """End it unless it has ended; whether it ended in an orderly way.

        twistd, once all is done, ends by the signal that it was sent.
        """
        if self.process.poll() is None:
            self.end(number, limit_s)
        orderly = self.process.returncode in (0, -signal.SIGTERM, -signal.SIGINT)
        return orderly and "Server Shut Down." in self.output


def write_config(
    folder: Path, dtab: str, router: str = "", top: str = "", more: str = "", server: str = ""
) -> tuple[Path, int, int]:
    """Write a configuration with an HTTP router: the file, the router's port, admin's port.

    `router` is YAML that belongs into the router, `server` into its server (in one line), `top`
    YAML for the top level, `more` further entries under `routers`. ADMIN stands for admin's port,
    also in a `top` with `admin` in it.
    """
    port, admin = free_ports(2)
    file = folder / f"linkerd-{port}.yaml"
    text = (
        (top if top.startswith("admin:") else "admin: {port: ADMIN}\n" + top).rstrip("\n")
        + "\nrouters:\n- protocol: http\n  dtab: |\n"
        + textwrap.indent(textwrap.dedent(dtab).strip("\n"), "    ")
        + f"\n  servers: [{{port: {port}{', ' if server else ''}{server}}}]\n"
        + textwrap.indent(textwrap.dedent(router).strip("\n"), "  ")
        + f"\n{more}"
    )
    file.write_text(text.replace("ADMIN", str(admin)))
    return file, port, admin


@contextmanager
def running_proxy(
    folder: Path,
    carrier: str,
    dtab: str,
    router: str = "",
    top: str = "",
    more: str = "",
    env: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
    server: str = "",
) -> Iterator[Proxy]:
    """Run the proxy until the block ends; it serves once the block begins.

    `command` stands before the command line that starts the proxy (strace, for example).
    """
    config, port, admin = write_config(folder, dtab, router, top, more, server)
    started = [*command, *proxy_command(config)]
    variables = environment(LINKERD_ENGINE=carrier, **(env or {}))
    with running(started, folder / f"linkerd-{port}.log", variables, folder) as program:
        proxy = Proxy(program, port, admin, config)
        proxy.wait_open(admin)
        yield proxy


def inet(port: int, name: str = "web") -> str:
    """Rule that leads `name` to a port of this machine."""
    return f"/svc/{name} => /$/inet/127.0.0.1/{port} ;"
