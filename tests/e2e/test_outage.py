"""All back ends are gone for a while: no storm of retries, and nothing fails once one is back."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import now, open_loop
from tests.support.processes import free_ports

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Start

NAMES = ("one", "two", "three")
RATE = 200
SECONDS = 9.0
OUTAGE_S = 5.0
WAIT_S = 0.5
ROUTER = f"""
service: {{responseClassifier: {{kind: io.l5d.http.retryableRead5XX}}}}
client:
  failureAccrual:
    kind: io.l5d.consecutiveFailures
    failures: 5
    backoff: {{kind: constant, ms: {int(1000 * WAIT_S)}}}
"""
CLIENT = "rt/http/client/#/io.l5d.fs/web/"
SERVICE = "rt/http/service/svc/web/"


@pytest.mark.slow
def test_tries_are_bounded_and_the_first_that_lives_ends_it(start: Start, tmp_path: Path) -> None:
    """The budget is the default: a fifth of the requests, ten a second, a hundred in reserve."""
    ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    (tmp_path / "disco").mkdir()
    lines = [f"127.0.0.1 {port}\n" for port in ports.values()]
    (tmp_path / "disco" / "web").write_text("".join(lines))
    top = f"namers: [{{kind: io.l5d.fs, rootDir: {tmp_path / 'disco'}}}]"
    moments: list[float] = []
    with ExitStack() as stack:
        programs = [
            stack.enter_context(origin(name, port, tmp_path, 0.005)) for name, port in ports.items()
        ]
        proxy = start("/svc => /#/io.l5d.fs", ROUTER, top)

        def outage() -> None:
            for program in programs:
                program.process.kill()
                program.process.wait(5)
            moments.append(now())
            time.sleep(OUTAGE_S)
            before = proxy.metrics()[f"{CLIENT}failure_accrual/revivals"]
            stack.enter_context(origin("one", ports["one"], tmp_path, 0.005))
            moments.append(now())
            while proxy.metrics()[f"{CLIENT}failure_accrual/revivals"] == before:
                time.sleep(0.02)
            moments.append(now())

        report = open_loop(proxy.port, RATE, SECONDS, events=[(1.0, outage)])
        metrics = proxy.metrics()
    dead, serving, probed = moments
    failed = report.failed()
    meanwhile = [each for each in report.samples if dead < each.sent < serving - 0.5]
    after = [each for each in report.samples if each.sent > probed]
    assert {each.status for each in meanwhile} == {502}
    assert probed - serving < WAIT_S + 1.0
    assert len(after) > RATE
    assert [(each.status, each.error, each.body) for each in after if not each.ok] == []
    assert {each.backend for each in after} == {"one"}

    length = max(each.done for each in report.samples) - report.samples[0].sent
    allowed = 0.2 * len(report.samples) + 10.0 * length + 100.0
    retries = metrics[f"{SERVICE}retries/total"]
    requeues = metrics[f"{CLIENT}retries/requeues"]
    refused = metrics[f"{CLIENT}service_creation/failures"]
    print(
        f"\n{len(failed)} failed, {retries} retries, {requeues} requeues, {refused} refused dials"
    )
    assert retries <= allowed
    assert requeues <= allowed
    assert refused <= len(report.samples) + allowed
