"""Runs the proxy beside nginx, HAProxy and Envoy and prints what a request costs each of them.

    .venv/bin/python benchmarks/http_vs_peers.py
    .venv/bin/python benchmarks/http_vs_peers.py --cells 100x64,1mx16 --rounds 5 --json out.json

In each round every proxy is started, warmed up, loaded by wrk, and ended, one after the other, so
that a noisy minute hits all of them; of the rounds the lowest CPU time per request counts. All of
it is on loopback and every load is bounded in time. See README.md for how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import peers
from measure import Cpus, Failed, cpu_seconds, free_ports, memory_kib, on_cpu, program, started

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZES = {"100": 100, "1k": 1024, "10k": 10 * 1024, "100k": 100 * 1024, "1m": 1024 * 1024}
WRK_PACKAGE = "apt-get install --no-install-recommends wrk"


@dataclass(frozen=True)
class Cell:
    """One load: the size of the answers and how many connections ask for them."""

    size: str
    connections: int

    @classmethod
    def read(cls, text: str) -> Cell:
        """Read `SIZExCONNECTIONS`, such as `100x64`."""
        size, _, connections = text.partition("x")
        if size not in SIZES or not connections.isdecimal():
            raise argparse.ArgumentTypeError(f"{text}: not one of {', '.join(SIZES)} x a number")
        return cls(size, int(connections))

    def __str__(self) -> str:
        """Write it as it was read."""
        return f"{self.size}x{self.connections}"


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    requests: int
    rate: float
    errors: int


@dataclass(frozen=True)
class Figure:
    """What one proxy needed in one cell of one round."""

    proxy: str
    cell: str
    cpu_us: float
    rate: float
    errors: int


@dataclass(frozen=True)
class Start:
    """How one proxy began in one round."""

    proxy: str
    seconds: float
    idle_kib: int


@dataclass(frozen=True)
class Target:
    """A proxy to measure: its name, how to make its command, and what its environment says."""

    name: str
    peer: peers.Peer
    env: dict[str, str]


def load(port: int, cell: Cell, seconds: int, cpus: Cpus) -> Load:
    """Put the cell's load on `port` for `seconds`."""
    wrk = [program("wrk", WRK_PACKAGE), "-t1", f"-c{cell.connections}", f"-d{seconds}s"]
    command = on_cpu(
        cpus.client, [*wrk, "--timeout", "10s", f"http://127.0.0.1:{port}/{cell.size}"]
    )
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds + 60
    )
    requests = re.search(r"(\d+) requests in", done.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if requests is None or rate is None or not int(requests[1]):
        raise Failed(f"wrk: {(done.stdout + done.stderr)[-300:]}")
    broken = re.findall(r"(?:connect|read|write|timeout) (\d+)", done.stdout)
    refused = re.findall(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return Load(int(requests[1]), float(rate[1]), sum(map(int, broken + refused)))


class Bench:
    """Measures targets against the same back ends and keeps every figure."""

    def __init__(self, cells: Sequence[Cell], seconds: int, folder: Path, cpus: Cpus) -> None:
        self.cells = cells
        self.seconds = seconds
        self.folder = folder
        self.cpus = cpus
        self.figures: list[Figure] = []
        self.starts: list[Start] = []

    def run(self, targets: Iterable[Target], backends: Sequence[int]) -> None:
        """One round."""
        for target in targets:
            try:
                self._measure(target, backends)
            except Failed as why:
                print(f"{target.name}: {why}", file=sys.stderr)

    def _measure(self, target: Target, backends: Sequence[int]) -> None:
        (port,) = free_ports(1)
        command = target.peer(self.folder / f"{target.name}-{port}", port, backends)
        log = self.folder / f"{target.name}.log"
        with started(command, self.cpus.proxy, port, log, **target.env) as (pid, seconds):
            self.starts.append(Start(target.name, seconds, memory_kib(pid)))
            load(port, Cell("100", 16), 1, self.cpus)
            for cell in self.cells:
                before = cpu_seconds(pid)
                seen = load(port, cell, self.seconds, self.cpus)
                used = (cpu_seconds(pid) - before) * 1e6 / seen.requests
                self.figures.append(Figure(target.name, str(cell), used, seen.rate, seen.errors))


def table(bench: Bench, names: Sequence[str]) -> str:
    """The figures as Markdown: the lowest CPU time of the rounds, and ratios of it."""
    bases = [name for name in peers.PEERS if any(f.proxy == name for f in bench.figures)]
    lines = []
    for cell in map(str, bench.cells):
        found = {n: [f for f in bench.figures if (f.proxy, f.cell) == (n, cell)] for n in names}
        lowest = {n: min(f.cpu_us for f in figures) for n, figures in found.items() if figures}
        ratios = " | ".join(f"/ {base}" for base in bases)
        lines += ["", f"### {cell}", "", f"| proxy | CPU µs/request | {ratios} | rate/s | errors |"]
        lines.append("|---" * (4 + len(bases)) + "|")
        for name, cpu_us in lowest.items():
            shares = " | ".join(f"{cpu_us / lowest[base]:.2f}" for base in bases if base in lowest)
            rate = max(f.rate for f in found[name])
            errors = sum(f.errors for f in found[name])
            lines.append(f"| {name} | {cpu_us:.1f} | {shares} | {rate:.0f} | {errors} |")
    lines += [
        "",
        "### At rest",
        "",
        "| proxy | to the first answer, s | memory, MiB |",
        "|---|---|---|",
    ]
    for name in names:
        starts = [start for start in bench.starts if start.proxy == name]
        if starts:
            seconds = min(start.seconds for start in starts)
            mebibytes = min(start.idle_kib for start in starts) / 1024
            lines.append(f"| {name} | {seconds:.2f} | {mebibytes:.1f} |")
    return "\n".join(lines)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cells", default="100x64,1kx64,1mx16", help="SIZExCONNECTIONS, ...")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of load in each cell")
    parser.add_argument("--peers", default=",".join(peers.PEERS), help="which to run beside")
    parser.add_argument("--engines", default="auto", help="values of LINKERD_ENGINE to measure")
    parser.add_argument("--json", type=Path, help="also write every figure there")
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    asked = options()
    cells = [Cell.read(text) for text in asked.cells.split(",")]
    targets = [
        Target(
            f"linkerd-{engine}",
            peers.linkerd,
            {"LINKERD_ENGINE": engine, "PYTHONPATH": str(peers.ROOT)},
        )
        for engine in asked.engines.split(",")
    ]
    targets += [Target(name, peers.PEERS[name], {}) for name in asked.peers.split(",") if name]
    cpus = Cpus.choose()
    backends = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="http-vs-peers-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        bench = Bench(cells, asked.seconds, folder, cpus)
        try:
            serve = peers.back_ends(folder / "back", backends, SIZES)
            with started(serve, cpus.client, backends[0], folder / "back.log"):
                for _ in range(asked.rounds):
                    bench.run(targets, backends)
        except Failed as why:
            print(why, file=sys.stderr)
            return 1
    print(table(bench, [target.name for target in targets]))
    if asked.json:
        rows = [*map(asdict, bench.figures), *map(asdict, bench.starts)]
        asked.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
