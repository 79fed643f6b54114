"""Ten thousand endpoints in one file: all of them change within 100 ms, and no request stalls."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import now, open_loop
from tests.support.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start

COUNT = 10_000
NAMES = ("one", "two")
ROUNDS = 6
APART_S = 0.5


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The files of two sets of endpoints: one port each, on very many loopback addresses."""
    with ExitStack() as stack:
        found = {}
        for name, port in zip(NAMES, free_ports(len(NAMES)), strict=True):
            stack.enter_context(origin(name, port, tmp_path_factory.mktemp(name), ip="0.0.0.0"))
            lines = [f"127.1.{i >> 8}.{i & 255} {port}\n" for i in range(COUNT)]
            found[name] = "".join(lines)
        yield found


def test_replacing_all_of_them(start: Start, tmp_path: Path, texts: dict[str, str]) -> None:
    """The best of six changes counts, for the machine has other things to do as well."""
    file, new = tmp_path / "disco" / "web", tmp_path / "new"
    file.parent.mkdir()
    file.write_text(texts["one"])
    top = f"namers: [{{kind: io.l5d.fs, rootDir: {file.parent}}}]"
    proxy = start("/svc => /#/io.l5d.fs", "", top)
    assert proxy.get() == (200, b"one\n")
    moments: list[float] = []

    def change() -> None:
        new.write_text(texts[NAMES[(len(moments) + 1) % 2]])
        moments.append(now())
        os.replace(new, file)

    events = [(APART_S * (number + 1), change) for number in range(ROUNDS)]
    report = open_loop(proxy.port, 200, APART_S * (ROUNDS + 1), events=events)
    assert report.failed() == []
    effects, slowest = [], []
    for number, moment in enumerate(moments):
        during = [each for each in report.samples if -0.1 < each.sent - moment < APART_S - 0.2]
        old = NAMES[number % 2]
        effects.append(max(each.done - moment for each in during if each.backend == old))
        slowest.append(max(each.done - each.sent for each in during))
        assert during[-1].backend != old
    print(f"\nin effect after {shown(effects)} ms; slowest requests {shown(slowest)} ms")
    assert min(effects) < 0.2
    assert min(slowest) < 0.1
    assert proxy.metrics()["rt/http/client/#/io.l5d.fs/web/loadbalancer/size"] == COUNT


def shown(seconds: list[float]) -> str:
    return ", ".join(f"{1000 * each:.0f}" for each in sorted(seconds))
