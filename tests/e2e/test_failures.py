"""Back ends that die or are slow, under load: what the callers notice."""

from __future__ import annotations

import http.client
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import now, open_loop
from tests.support.processes import Program, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start

NAMES = ("one", "two", "three")
Origins = dict[str, tuple[Program, int]]


@pytest.fixture
def origins(tmp_path: Path) -> Iterator[Callable[..., Origins]]:
    """Starts three back ends with the given delays in seconds."""
    with ExitStack() as stack:

        def begin(*delays: float) -> Origins:
            ports = free_ports(len(NAMES))
            found = {
                name: (stack.enter_context(origin(name, port, tmp_path, delay, False)), port)
                for name, port, delay in zip(NAMES, ports, delays, strict=True)
            }
            for program, port in found.values():
                program.wait_open(port)
            return found

        yield begin


def union(origins: Origins) -> str:
    return "/svc/web => " + " & ".join(f"/$/inet/127.0.0.1/{port}" for _, port in origins.values())


def replicas(origins: Origins, folder: Path) -> str:
    """The three as replicas of one name, by io.l5d.fs: YAML for the top level."""
    (folder / "disco").mkdir()
    lines = [f"127.0.0.1 {port}\n" for _, port in origins.values()]
    (folder / "disco" / "web").write_text("".join(lines))
    return f"namers: [{{kind: io.l5d.fs, rootDir: {folder / 'disco'}}}]"


def test_one_of_three_is_killed(
    start: Start, origins: Callable[..., Origins], tmp_path: Path
) -> None:
    """500 GETs a second; only those in flight on it when it dies may fail."""
    three = origins(0.01, 0.01, 0.01)
    victim, port = three["two"]
    proxy = start("/svc => /#/io.l5d.fs", "", replicas(three, tmp_path))
    moments: list[float] = []

    def kill() -> None:
        moments.append(now())
        victim.process.kill()
        victim.process.wait(5)
        moments.append(now())

    report = open_loop(proxy.port, 500, 2.4, events=[(0.8, kill)])
    began, dead = moments
    failed = report.failed()
    in_flight = [each for each in report.samples if each.sent < dead and each.done > began]
    print(f"\n{len(failed)} failed of {len(in_flight)} in flight")
    assert len(report.samples) == 1200
    assert report.refused == 0
    assert set(report.shares()) >= set(NAMES)
    for each in failed:
        assert each.sent < dead
        assert each.status == 502
        assert f"127.0.0.1:{port}".encode() in each.body
    assert len(failed) <= len(in_flight)
    after = [each for each in report.samples if each.sent > dead]
    assert len(after) > 600
    assert {each.backend for each in after} == {"one", "three"}


def test_one_of_three_is_killed_and_comes_back(
    start: Start, origins: Callable[..., Origins], tmp_path: Path
) -> None:
    """It is probed and gets requests again."""
    three = origins(0.002, 0.002, 0.002)
    victim, port = three["two"]
    router = (
        "client:\n  failureAccrual:\n    kind: io.l5d.consecutiveFailures\n    failures: 3\n"
        "    backoff: {kind: constant, ms: 300}\n"
    )
    proxy = start("/svc => /#/io.l5d.fs", router, replicas(three, tmp_path))
    open_loop(proxy.port, 200, 0.5)
    victim.process.kill()
    victim.process.wait(5)
    down = open_loop(proxy.port, 200, 0.6)
    assert down.failed() == []
    assert set(down.shares()) == {"one", "three"}
    with origin("two", port, tmp_path, 0.002):
        back = open_loop(proxy.port, 200, 1.6)
        assert back.failed() == []
        assert back.shares()["two"] > 0.15


def test_all_die_and_one_comes_back(
    start: Start, origins: Callable[..., Origins], tmp_path: Path
) -> None:
    three = origins(0.0, 0.0, 0.0)
    proxy = start("/svc => /#/io.l5d.fs", "", replicas(three, tmp_path))
    assert proxy.get()[0] == 200
    for program, _ in three.values():
        program.process.kill()
        program.process.wait(5)
    status, body = proxy.get()
    assert status == 502
    assert b"L5D-2005" in body
    with origin("one", three["one"][1], tmp_path):
        proxy.wait_until(lambda: proxy.get()[0] == 200, "serving again", 10)


def test_a_union_goes_on_without_its_dead_branch(
    start: Start, origins: Callable[..., Origins]
) -> None:
    """Each branch of a union has its own client: its share of requests fails, no more."""
    three = origins(0.0, 0.0, 0.0)
    proxy = start(union(three))
    victim, _ = three["two"]
    victim.process.kill()
    victim.process.wait(5)
    report = open_loop(proxy.port, 200, 1.0)
    failed = report.failed()
    assert 0.2 < len(failed) / len(report.samples) < 0.46
    assert {each.status for each in failed} == {502}


def test_a_slow_one_of_three_under_ewma(
    start: Start, origins: Callable[..., Origins], tmp_path: Path
) -> None:
    """200 ms against 2 ms: less than 2 % of the requests."""
    three = origins(0.002, 0.2, 0.002)
    router = "client: {loadBalancer: {kind: ewma}}"
    proxy = start("/svc => /#/io.l5d.fs", router, replicas(three, tmp_path))
    report = open_loop(proxy.port, 400, 3.0)
    share = report.shares().get("two", 0.0)
    p50, p99 = report.late_ms(0.5), report.late_ms(0.99)
    print(f"\nto the slow one: {share:.2%}; p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    assert report.failed() == []
    assert share < 0.02


def test_idle_connections_to_the_dead_are_not_tried_one_after_another(
    start: Start, origins: Callable[..., Origins], tmp_path: Path
) -> None:
    """The requests are there before the proxy learns that its idle connections are dead."""
    three = origins(0.05, 0.05, 0.05)
    proxy = start("/svc => /#/io.l5d.fs", "", replicas(three, tmp_path))
    with ExitStack() as stack:
        clients = []
        for _ in range(24):
            client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
            stack.callback(client.close)
            client.connect()
            clients.append(client)

        def send() -> None:
            for client in clients:
                client.request("GET", "/", headers={"Host": "web"})

        def statuses() -> list[int]:
            answers = [client.getresponse() for client in clients]
            return [answer.status for answer in answers if answer.read()]

        send()
        assert statuses() == [200] * 24
        proxy.process.send_signal(signal.SIGSTOP)
        send()
        for name in ("one", "two"):
            three[name][0].process.kill()
            three[name][0].process.wait(5)
        proxy.process.send_signal(signal.SIGCONT)
        assert statuses() == [200] * 24
