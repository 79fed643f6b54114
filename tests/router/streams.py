"""Playbooks of a router of raw connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.playbook import Playbook, PlaybookCase

from linkerd.net.relay_stats import CAUSES

if TYPE_CHECKING:
    from tests.support.memory import Recorder, TestClient, TestServer

STATIC = {"kind": "io.l5d.static", "path": "/web"}
RESET = "connection reset by peer"


class TcpCase(PlaybookCase):
    """Makes playbooks of such routers."""

    bench: Playbook
    server: TestServer

    def tcp(self, window: int = 65536, **settings: Any) -> Playbook:
        """A router whose connections are all named `/svc/web`, which is the endpoint at port 80."""
        settings.setdefault("identifier", STATIC)
        self.bench = self.play(window, protocol="tcp", **settings)
        self.server = self.bench.web()
        return self.bench

    def joined(self, **settings: Any) -> tuple[TestClient, Recorder]:
        """A client, and what it is joined to."""
        self.tcp(**settings)
        client = self.bench.client(end_with_peer=False)
        return client, self.server.peer

    def do(self, *steps: object) -> None:
        """Let what was just asked for happen."""
        self.bench.advance()

    def causes(self, of: str = "service/svc/web") -> dict[str, float]:
        """Why connections have ended, as far as any did."""
        found = {cause: self.bench.number(f"{of}/closed/{cause}") for cause in CAUSES}
        return {cause: count for cause, count in found.items() if count}

    def server_number(self, name: str) -> float:
        """A number of the server."""
        return self.bench.number(f"server/127.0.0.1/4140/{name}")


__all__ = ["RESET", "STATIC", "TcpCase"]
