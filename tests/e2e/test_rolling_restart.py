"""All back ends are killed and started again, one after the other, under load: nobody notices."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import open_loop
from tests.support.processes import free_ports

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.processes import Program

NAMES = ("one", "two", "three")
RATE = 200
SECONDS = 6.0
DOWN_S = 0.3
SERVICE = "service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}}\n"
SOON_PROBED = """
client:
  failureAccrual:
    kind: io.l5d.consecutiveFailures
    failures: 5
    backoff: {kind: constant, ms: 200}
"""


class Replicas:
    """Three back ends of one name, each of which can be killed and started again."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
        self.running: dict[str, Program] = {}
        for name in NAMES:
            self.start(name)
        (folder / "disco").mkdir()
        lines = [f"127.0.0.1 {port}\n" for port in self.ports.values()]
        (folder / "disco" / "web").write_text("".join(lines))
        self.namers = f"namers: [{{kind: io.l5d.fs, rootDir: {folder / 'disco'}}}]"

    def start(self, name: str) -> None:
        """Start one; it serves when this is over."""
        begun = origin(name, self.ports[name], self.folder, 0.005)
        self.running[name] = self.stack.enter_context(begun)

    def kill(self, name: str) -> None:
        """End one as a crash would, with all that is under way."""
        self.running[name].process.kill()
        self.running[name].process.wait(5)

    def restart_all(self, up_s: float) -> None:
        """One after the other; each serves for `up_s` before it is the next one's turn."""
        for name in NAMES:
            self.kill(name)
            time.sleep(DOWN_S)
            self.start(name)
            time.sleep(up_s)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("client", "up_s"),
    [
        pytest.param(SOON_PROBED, 0.6, id="each-probed-before-the-next-dies"),
        pytest.param("", 0.0, id="in-the-end-all-marked-dead"),
    ],
)
def test_no_read_fails(start: Start, tmp_path: Path, client: str, up_s: float) -> None:
    """By default a mark lasts five seconds: then all are marked while one only is down."""
    with ExitStack() as stack:
        replicas = Replicas(tmp_path, stack)
        proxy = start("/svc => /#/io.l5d.fs", SERVICE + client, replicas.namers)
        events = [(0.5, lambda: replicas.restart_all(up_s))]
        report = open_loop(proxy.port, RATE, SECONDS, events=events)
        metrics = proxy.metrics()
        removals = metrics["rt/http/client/#/io.l5d.fs/web/failure_accrual/removals"]
    assert [(each.status, each.error, each.body) for each in report.failed()] == []
    assert report.refused == 0
    assert len(report.samples) == RATE * SECONDS
    assert removals >= len(NAMES)
