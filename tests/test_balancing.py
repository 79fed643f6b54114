"""The benchmark of balancers runs, says the same each time, and the page says what it says."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from tests.support.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (ROOT / "docs" / "balancing.md").read_text()
MODULES = ("balancers", "balancing_hosts", "balancing_report", "balancing_world")


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    """The programs, under their names."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
        for name in MODULES:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def scenarios(bench: Any) -> dict[str, Any]:
    return {scenario.name: scenario for scenario in bench.balancing_hosts.SCENARIOS}


def test_every_scenario_is_in_the_page_with_its_picture(scenarios: dict[str, Any]) -> None:
    for name, scenario in scenarios.items():
        block = PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]
        assert scenario.text in block
        assert f"(balancing/{name}.svg)" in block
        ET.parse(ROOT / "docs" / "balancing" / f"{name}.svg")


def figures_in_the_page(name: str, first_cells: str) -> list[float]:
    """Give the numbers of the row that begins so; ones in per cent are per cent."""
    block = PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]
    [row] = [line for line in block.split("\n") if line.startswith(first_cells)]
    cells = row.removeprefix(first_cells).strip("| ").split(" | ")
    return [float(cell.replace(",", "").replace(" %", "")) for cell in cells]


def test_the_pages_figures_are_the_programs(bench: Any, scenarios: dict[str, Any]) -> None:
    run = bench.balancers.run(scenarios["slow"], "ewma", bench.balancers.DEFAULT, False)
    figures = run.figures()
    shown = figures_in_the_page("slow", "| `ewma` |")
    assert shown[:3] == pytest.approx([figures.p50, figures.p99, figures.p999], rel=0.1, abs=1.0)
    assert shown[3] == pytest.approx(figures.bad, abs=0.01)
    assert figures.p999 < 50.0
    assert figures.bad < 0.1


def test_a_scenario_with_retries(bench: Any, scenarios: dict[str, Any]) -> None:
    runs = [
        bench.balancers.run(scenarios["outage"], "p2c", bench.balancers.DEFAULT, retries)
        for retries in (False, True)
    ]
    shown = figures_in_the_page("outage", f"| `p2c` | {bench.balancers.DEFAULT} |")
    without, with_retries = (run.figures() for run in runs)
    assert shown[3:5] == pytest.approx([without.failed, with_retries.failed], rel=0.1)
    assert 1.0 < with_retries.tries < 1.2 + 0.01
    assert bench.balancing_report.table(runs).count("\n") == 2


def short(bench: Any, scenario: Any, balancer: str, seed: int) -> Any:
    """Play a scenario at a tenth of its rate."""
    slower = bench.balancing_hosts.Scenario(
        scenario.name, scenario.title, scenario.text, scenario.prepare, rate=scenario.rate / 10
    )
    return bench.balancers.run(slower, balancer, bench.balancers.DEFAULT, False, seed)


def test_the_same_seed_gives_the_same_figures(bench: Any, scenarios: dict[str, Any]) -> None:
    shown = [
        bench.balancing_report.picture([short(bench, scenarios["restart"], "aperture", seed)])
        for seed in (1, 1, 2)
    ]
    assert shown[0] == shown[1] != shown[2]


def test_requests_are_neither_lost_nor_doubled(bench: Any, scenarios: dict[str, Any]) -> None:
    world = bench.balancing_world.World(
        scenarios["outage"],
        bench.balancers.BALANCERS["heap"],
        bench.balancers.DEFAULT_ACCRUAL,
        True,
        1,
    )
    begun = 0
    arrive = world.arrive

    def counted() -> None:
        nonlocal begun
        begun += 1
        arrive()

    world.arrive = counted
    record = world.run()
    assert begun == sum(len(second) for second in record.latencies) > 0
    assert world.client.balancer.outstanding() == 0
    assert world.under_way == {}


def test_the_page_is_written_anew(bench: Any, scenarios: dict[str, Any], tmp_path: Any) -> None:
    page = tmp_path / "balancing.md"
    page.write_text("Before.\n<!-- steady -->\nOld.\n<!-- end of steady -->\nBehind.\n")
    runs = [short(bench, scenarios["steady"], "p2c", 1)]
    bench.balancers.write(tmp_path, scenarios["steady"], runs)
    text = page.read_text()
    assert text.startswith("Before.\n<!-- steady -->\nTen hosts, all well.\n\n| balancer |")
    assert text.endswith("(balancing/steady.svg)\n<!-- end of steady -->\nBehind.\n")
    ET.parse(tmp_path / "balancing" / "steady.svg")
