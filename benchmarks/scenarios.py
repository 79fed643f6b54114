"""Plays scenarios in real time: the proxy of this checkout beside nginx, HAProxy and Envoy.

    .venv/bin/python benchmarks/scenarios.py
    .venv/bin/python benchmarks/scenarios.py --scenario slow,dying --balancer ewma,p2c
    .venv/bin/python benchmarks/scenarios.py --write docs

For each scenario and proxy there are fresh hosts, a fresh proxy and a load at a fixed rate; trouble
begins three seconds into the load, and figures count from then on. Latency counts from the instant
at which a request was due. All of it is on loopback, one proxy after the other. The same troubles
on a virtual clock, with all balancers and policies: `balancers.py`. `--write` puts a summary of all
into `docs/balancing.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Cpus, Failed, cpu_seconds, free_ports, started
from peers import ROOT
from scenarios_hosts import Hosts
from scenarios_load import Callers
from scenarios_proxies import PEERS, Linkerd
from scenarios_troubles import SCENARIOS, Field, Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios_load import Sample
    from scenarios_proxies import Proxy

PAGE = "balancing.md"
BEGIN = "<!-- real time -->\n"
END = "<!-- end of real time -->"
ONSET_S = 3.0
LEARNS_S = 1.0
"""Time for a proxy to do its health checks before the load."""


@dataclass(frozen=True)
class Row:
    """One proxy in one scenario; `bad` per cent of the requests came to bad hosts, -1: not counted.

    `last` is when the last of the failed requests was due, in seconds from the onset. `cpu` is
    per cent of one CPU.
    """

    scenario: str
    proxy: str
    requests: int
    failed: int
    last: float
    p50: float
    p99: float
    p999: float
    bad: float
    cpu: float
    remarks: str

    def cells(self) -> list[str]:
        """Show it."""
        return [
            self.proxy,
            f"{self.failed:,}" + (f", the last at {self.last:.1f} s" if self.failed else ""),
            *[f"{value:,.1f}" for value in (self.p50, self.p99, self.p999)],
            f"{self.bad:.2f} %" if self.bad >= 0.0 else "",
            f"{self.cpu:.0f} %",
        ]

    def summary(self) -> str:
        """Show what matters most, in one cell."""
        shown = f"{self.p99:,.0f} / {self.p999:,.0f}"
        if self.bad >= 0.0:
            shown += f", {self.bad:.2f} %"
        return shown + (f", **{self.failed:,} failed**" if self.failed else "")


def quantile(ordered: Sequence[float], share: float) -> float:
    """Give the value that `share` of the values do not exceed."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def row_of(
    scenario: Scenario, proxy: str, samples: list[Sample], hosts: Hosts, cpu: float, remarks: str
) -> Row:
    """Sum up what happened from the onset on."""
    samples = [each for each in samples if each.due >= ONSET_S]
    took = sorted(1000.0 * each.took for each in samples)
    failed = [each.due for each in samples if not each.good]
    return Row(
        scenario=scenario.name,
        proxy=proxy,
        requests=len(samples),
        failed=len(failed),
        last=max(failed, default=ONSET_S) - ONSET_S,
        p50=quantile(took, 0.5),
        p99=quantile(took, 0.99),
        p999=quantile(took, 0.999),
        bad=100.0 * hosts.asked_bad / max(hosts.asked, 1) if scenario.bad else -1.0,
        cpu=cpu,
        remarks=remarks,
    )


async def play(scenario: Scenario, proxy: Proxy, cpus: Cpus, scale: float) -> Row:
    """Play a scenario with one proxy."""
    hosts = Hosts(scenario.hosts, scenario.name)
    await hosts.start()
    command = proxy.command(hosts.ports()[: scenario.known or None])
    running = started(command, cpus.proxy, proxy.port, proxy.folder / "log", PYTHONPATH=str(ROOT))
    with ExitStack() as stack:
        stack.callback(hosts.stop)
        proxy.pid, _ = await asyncio.to_thread(stack.enter_context, running)
        await asyncio.sleep(LEARNS_S)
        rate = scenario.rate * scale
        callers = Callers(proxy.port, rate)
        load = asyncio.ensure_future(callers.run(ONSET_S + scenario.seconds))
        await asyncio.sleep(ONSET_S)
        hosts.count_anew()
        cpu = cpu_seconds(proxy.pid)
        trouble = asyncio.ensure_future(scenario.trouble(Field(hosts, proxy.announce)))
        await load
        cpu = 100.0 * (cpu_seconds(proxy.pid) - cpu) / scenario.seconds
        await trouble
        remarks = await proxy.remarks(callers.count, ONSET_S + scenario.seconds)
        return row_of(scenario, proxy.name, callers.samples, hosts, cpu, remarks)


def table(rows: Sequence[Row]) -> str:
    """Give the rows of one scenario as Markdown."""
    lines = [
        "| proxy | failed | p50 ms | p99 ms | p99.9 ms | to the bad host | CPU |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *[f"| {' | '.join(row.cells())} |" for row in rows],
    ]
    return "\n".join([*lines, "", *[f"{row.remarks}\n" for row in rows if row.remarks]])


def summary(rows: Sequence[Row]) -> str:
    """Give all rows as one table, a line a scenario."""
    proxies = list(dict.fromkeys(row.proxy for row in rows))
    cells = {(row.scenario, row.proxy): row.summary() for row in rows}
    lines = [f"| | {' | '.join(proxies)} |", f"|---{'|--:' * len(proxies)}|"]
    for scenario in SCENARIOS:
        found = [cells.get((scenario.name, proxy), "") for proxy in proxies]
        if any(found):
            lines.append(f"| {scenario.title}: {scenario.text} | {' | '.join(found)} |")
    return "\n".join(lines)


def write(docs: Path, rows: Sequence[Row]) -> None:
    """Put the summary into its place in the page."""
    page = docs / PAGE
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{page} has no place for the summary")
    page.write_text(f"{before}{begin}{summary(rows)}\n{end}{after}")


def rows_of(scenario: Scenario, names: Sequence[str], cpus: Cpus, scale: float) -> list[Row]:
    """Play a scenario with all proxies."""
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="scenarios-") as scratch:
            folder = Path(scratch)
            folder.chmod(0o755)
            proxy = PEERS.get(name, Linkerd)(name, folder, free_ports(1)[0])
            gc.collect()
            try:
                rows.append(asyncio.run(play(scenario, proxy, cpus, scale)))
            except Failed as why:
                print(f"{name}: {why}", file=sys.stderr)
    return rows


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("--scenario", default=",".join(names), help="which, by comma")
    parser.add_argument("--balancer", default="ewma", help="of our proxy, by comma")
    parser.add_argument("--peers", default=",".join(PEERS), help="which to run beside, by comma")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all rates")
    parser.add_argument("--write", type=Path, metavar="DOCS", help="write the page in this folder")
    parser.add_argument("--json", type=Path, help="also write every figure there")
    asked = parser.parse_args()
    asked.scenario = asked.scenario.split(",")
    asked.peers = [name for name in asked.peers.split(",") if name]
    unknown = {*asked.scenario, *asked.peers} - {*names, *PEERS}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return asked


def main() -> None:
    """Play and print."""
    asked = options()
    cpus = Cpus.choose()
    if cpus.client is not None:
        os.sched_setaffinity(0, {cpus.client})
    names = [*asked.peers, *[f"linkerd {kind}" for kind in asked.balancer.split(",") if kind]]
    rows: list[Row] = []
    for scenario in SCENARIOS:
        if scenario.name in asked.scenario:
            print(f"### {scenario.title}\n\n{scenario.text}", end=" ")
            print(f"{scenario.rate * asked.scale:,.0f} requests/s, {scenario.seconds:.0f} s.\n")
            found = rows_of(scenario, names, cpus, asked.scale)
            print(table(found) if found else "", flush=True)
            rows += found
    if asked.write:
        write(asked.write, rows)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))


if __name__ == "__main__":
    main()
