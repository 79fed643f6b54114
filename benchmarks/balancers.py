"""Tries every balancer, failure accrual and retry policy in scenarios, on a virtual clock.

    .venv/bin/python benchmarks/balancers.py
    .venv/bin/python benchmarks/balancers.py --scenario slow,pauses --balancer p2c,ewma --seed 2
    .venv/bin/python benchmarks/balancers.py --write docs

prints a table for each scenario; all of them take some minutes. The parts are the proxy's own, see
`balancing_world.py`; what the hosts do is in `balancing_hosts.py`. `--write` puts tables and
pictures into `docs/balancing.md`. The same seed gives the same figures.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

from balancing_hosts import END, SCENARIOS, Scenario
from balancing_report import Run, picture, table
from balancing_world import World
from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.accrual.none import NoneConfig
from linkerd.accrual.success_rate import SuccessRateConfig
from linkerd.accrual.success_rate_windowed import SuccessRateWindowedConfig
from linkerd.balancer.aperture import ApertureConfig
from linkerd.balancer.ewma import EwmaConfig
from linkerd.balancer.heap import HeapConfig
from linkerd.balancer.p2c import P2cConfig
from linkerd.balancer.round_robin import RoundRobinConfig

BALANCERS = {
    config.kind: config
    for config in (P2cConfig(), EwmaConfig(), ApertureConfig(), HeapConfig(), RoundRobinConfig())
}
DEFAULT = "5 in a row"
ACCRUALS = {
    DEFAULT: DEFAULT_ACCRUAL,
    "rate of 20": SuccessRateConfig(success_rate=0.8, requests=20),
    "rate of 10 s": SuccessRateWindowedConfig(success_rate=0.8, window=10),
    "none": NoneConfig(),
}
PAGE = "balancing.md"
PICTURES = "balancing"


def run(scenario: Scenario, balancer: str, accrual: str, retries: bool, seed: int = 1) -> Run:
    """Play a scenario to its end."""
    world = World(scenario, BALANCERS[balancer], ACCRUALS[accrual], retries, seed)
    return Run(scenario, balancer, accrual, retries, world.run())


def runs_of(scenario: Scenario, balancers: list[str], seed: int) -> list[Run]:
    """Play a scenario with all that matters in it."""
    if not scenario.accruals:
        return [run(scenario, balancer, DEFAULT, False, seed) for balancer in balancers]
    return [
        run(scenario, balancer, accrual, retries, seed)
        for balancer in balancers
        for accrual in ACCRUALS
        for retries in (False, True)
    ]


def block(scenario: Scenario, runs: list[Run]) -> str:
    """Give what stands in the page between a scenario's marks."""
    return (
        f"{scenario.text}\n\n{table(runs)}\n\n"
        f"![{scenario.title}: latency and load]({PICTURES}/{scenario.name}.svg)"
    )


def write(docs: Path, scenario: Scenario, runs: list[Run]) -> None:
    """Put a scenario's table into the page, and its picture beside it."""
    page = docs / PAGE
    begin, end = f"<!-- {scenario.name} -->\n", f"<!-- end of {scenario.name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    text, found = pattern.subn(lambda _: f"{begin}{block(scenario, runs)}\n{end}", page.read_text())
    if found != 1:
        raise SystemExit(f"{page} has no place for {scenario.name}")
    page.write_text(text)
    shown = [each for each in runs if each.accrual == DEFAULT and not each.retries]
    (docs / PICTURES).mkdir(exist_ok=True)
    (docs / PICTURES / f"{scenario.name}.svg").write_text(picture(shown))


def main(arguments: list[str]) -> None:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("--scenario", default=",".join(names), help="which, by comma")
    parser.add_argument("--balancer", default=",".join(BALANCERS), help="which, by comma")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, metavar="DOCS", help="write the page in this folder")
    options = parser.parse_args(arguments)
    chosen, balancers = options.scenario.split(","), options.balancer.split(",")
    unknown = {*chosen, *balancers} - {*names, *BALANCERS}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    for scenario in SCENARIOS:
        if scenario.name in chosen:
            began = time.perf_counter()
            runs = runs_of(scenario, balancers, options.seed)
            print(f"{scenario.title}. {scenario.text}\n\n{table(runs)}\n")
            took = time.perf_counter() - began
            print(f"{len(runs) * END:g} simulated seconds took {took:.1f} s\n", flush=True)
            if options.write:
                write(options.write, scenario, runs)


if __name__ == "__main__":
    main(sys.argv[1:])
