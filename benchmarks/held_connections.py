"""Measures what clients that hold connections cost: the traffic of others, and memory.

    .venv/bin/python benchmarks/held_connections.py
    .venv/bin/python benchmarks/held_connections.py --count 10000 --modes idle,head --peers nginx

Each mode is one way to hold: `idle` (not a byte is sent), `head` (half a head, then a byte now and
then), `body` (the same with a body), `read` (a megabyte is asked for and hardly read). A fresh
proxy answers good requests at a steady rate, first alone, then with all connections held. For each
proxy and mode: p50 and p99 of the good requests before and meanwhile, how many of them failed, and
the memory (PSS) that each held connection adds. All of it on loopback, one proxy after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from endpoints import Load, now
from holding import MODES
from measure import Failed, cpu_seconds, free_ports, memory_kib, started
from peers import PEERS, ROOT, linkerd

HERE = Path(__file__).resolve().parent
WARM_S = 1.0
SETTLE_S = 1.0
RAMP_S = 40.0
FRESH_EACH = 10


class Good(Load):
    """The good traffic; one request in ten has a connection of its own."""

    count = 0

    async def one(self, due: float) -> None:
        """One request."""
        self.count += 1
        if self.count % FRESH_EACH == 0 and self.idle:
            self.idle.pop()[1].close()
        await super().one(due)

    def quantiles(self, begin: float, end: float) -> tuple[float, float, int, int]:
        """p50 and p99 in ms of what was due in that time, how many failed, how many there were."""
        found = [each for each in self.samples if begin <= each[0] < end]
        late = sorted((done - due) * 1000 for due, done, _ in found)
        failed = sum(not good for _, _, good in found)
        return late[len(late) // 2], late[int(len(late) * 0.99)], failed, len(found)


def command_of(proxy: str, folder: Path, port: int, backend: int) -> list[str]:
    """The command that runs a proxy with room for all connections."""
    if proxy == "linkerd":
        return linkerd(folder, port, [backend])
    command = PEERS[proxy](folder, port, [backend])
    for file in folder.glob("*.c*f*"):
        # As many as the limit lets them; their benchmark needs far fewer.
        text = file.read_text().replace("rlimit_nofile 8192", "rlimit_nofile 20000")
        file.write_text(text.replace("connections 4000", "connections 19990"))
    return command


async def held(options: argparse.Namespace, mode: str, port: int, pid: int, log: Path) -> list[str]:
    """One proxy, one mode: the cells of its line."""
    load = Good(port, options.rate)
    running = asyncio.ensure_future(load.run())
    await asyncio.sleep(WARM_S)
    begin = now()
    await asyncio.sleep(options.seconds)
    alone = load.quantiles(begin, now() - 0.2)
    memory = memory_kib(pid)
    holder = [sys.executable, str(HERE / "holding.py"), "hold", mode, str(port)]
    holder += [str(options.count), str(options.period)]
    with (
        log.open("wb") as output,
        subprocess.Popen(holder, stdin=subprocess.DEVNULL, stdout=output) as holding,
    ):
        try:
            limit = now() + RAMP_S
            while now() < limit and last(log)[0] < options.count * 0.99:
                await asyncio.sleep(0.2)
            await asyncio.sleep(SETTLE_S)
            begin, cpu = now(), cpu_seconds(pid)
            await asyncio.sleep(options.seconds)
            end = now()
            cpu = (cpu_seconds(pid) - cpu) / (end - begin)
            added = memory_kib(pid) - memory
            await asyncio.sleep(1)
            meanwhile = load.quantiles(begin, end)
            count, again = last(log)
        finally:
            holding.kill()
    running.cancel()
    return [
        f"{count}",
        f"{again}",
        f"{alone[0]:.1f} / {alone[1]:.1f}",
        f"{meanwhile[0]:.1f} / {meanwhile[1]:.1f}",
        f"{meanwhile[2]} of {meanwhile[3]}",
        f"{added / max(count, 1):.1f}",
        f"{cpu * 100:.0f} %",
    ]


def last(log: Path) -> tuple[int, int]:
    """How many connections were held when the holder last said so, and how many opened again."""
    lines = log.read_text().splitlines()
    count, again = lines[-1].split() if lines else ("0", "0")
    return int(count), int(again)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--period", type=float, default=5.0)
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--peers", default="nginx")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(
        f"{options.count} connections, a byte each {options.period:.0f} s;"
        f" {options.rate:.0f} good requests/s; limit of descriptors {hard}\n\n"
        "| held by | proxy | held | opened again | ms alone p50 / p99 | ms meanwhile"
        " | failed | KiB each | CPU |\n|---|---|---|---|---|---|---|---|---|"
    )
    for mode in options.modes.split(","):
        for proxy in ["linkerd", *filter(None, options.peers.split(","))]:
            try:
                cells = measured(options, mode, proxy)
            except Failed as error:
                print(f"{proxy}: {error}", file=sys.stderr)
                continue
            print(f"| {mode} | {proxy} | {' | '.join(cells)} |", flush=True)


def measured(options: argparse.Namespace, mode: str, proxy: str) -> list[str]:
    """A fresh proxy, a fresh back end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        port, backend = free_ports(2)
        serving = [sys.executable, str(HERE / "holding.py"), "serve", str(backend)]
        with started(serving, None, backend, folder / "backend.log"):
            command = command_of(proxy, folder / proxy, port, backend)
            env = {"PYTHONPATH": str(ROOT)}
            with started(command, None, port, folder / "log", **env) as (pid, _):
                return asyncio.run(held(options, mode, port, pid, folder / "held"))


if __name__ == "__main__":
    main()
