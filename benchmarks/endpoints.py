"""Measures changes of a large address file: how soon they are in effect, how long they stall.

    .venv/bin/python benchmarks/endpoints.py
    .venv/bin/python benchmarks/endpoints.py --endpoints 10000 --balancer ewma --rounds 5

The proxy serves one name whose file has many addresses, and requests go on at a steady rate while
the file is replaced by others: none to all, one of all, all of all, all to none. For each change:

* `effect`: from the rename of the file until the balancer has exactly the new set,
* `lag`: the longest time meanwhile that the reactor did not come to a timer that was due,
* `request`: the slowest request meanwhile, from when it was due to when it was answered.

The pages of the admin server that show all endpoints are asked for, too; there `effect` is the time
to the answer. `at rest` has the same of times without a change: what the machine itself adds. All
of it is on loopback; two ports stand for two sets of servers, each on every address of 127.0.0.0/8.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measure import cpu_seconds, free_ports, memory_kib, started

now = time.monotonic  # noqa: TID251

HERE = Path(__file__).resolve().parent
CLIENT = "#/io.l5d.fs/web"
REQUEST = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"
PAGES = ("/", "/client_state.json", "/admin/metrics.json", "/namer_state/io.l5d.fs.json")
AFTER_S = 0.5
REST_S = 0.5

CONFIG = """
admin: {{ip: 127.0.0.1, port: {admin}}}
namers: [{{kind: io.l5d.fs, rootDir: {folder}/disco}}]
routers:
- protocol: http
  label: in
  dtab: /svc => /#/io.l5d.fs ;
  client: {{loadBalancer: {{kind: {balancer}}}}}
  servers: [{{ip: 127.0.0.1, port: {port}}}]
"""


@dataclass(frozen=True)
class Figure:
    """One change: seconds until it was in effect, the longest lag, the slowest request."""

    change: str
    effect: float
    lag: float
    request: float
    errors: int


def addresses(count: int, port: int) -> str:
    """Text of an address file: `count` loopback addresses, one port."""
    lines = [f"127.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255} {port}\n" for i in range(1, count + 1)]
    return "".join(lines)


class Answering(asyncio.Protocol):
    """A back end: the same short answer to whatever comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
        self.transport.write(answer * data.count(b"\r\n\r\n"))  # type: ignore[attr-defined]


async def serve(*ports: str) -> None:
    """Be the back ends, until killed."""
    loop = asyncio.get_running_loop()
    for port in ports:
        await loop.create_server(Answering, "0.0.0.0", int(port), backlog=4096)
    await asyncio.Event().wait()


class Load:
    """Requests at a steady rate over as many connections as that takes.

    `samples` are (due, done, good).
    """

    def __init__(self, port: int, rate: float) -> None:
        self.port = port
        self.pause = 1.0 / rate
        self.samples: list[tuple[float, float, bool]] = []
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send until cancelled."""
        due = now()
        while True:
            due += self.pause
            await asyncio.sleep(due - now())
            task = asyncio.ensure_future(self.one(due))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def one(self, due: float) -> None:
        """One request."""
        good = False
        try:
            if self.idle:
                reader, writer = self.idle.pop()
            else:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            good = head.startswith(b"HTTP/1.1 200")
            self.idle.append((reader, writer))
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass
        self.samples.append((due, now(), good))

    def between(self, begin: float, end: float) -> tuple[float, int]:
        """The slowest of the requests that were under way between the two times, and failures."""
        found = [each for each in self.samples if each[1] >= begin and each[0] <= end]
        slowest = max([done - due for due, done, _ in found], default=0.0)
        return slowest, sum([not good for _, _, good in found])


class Record:
    """What `watched.py` has written."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def lines(self, kind: str) -> list[list[float]]:
        """All lines of a kind."""
        lines = [line.split() for line in self.file.read_text().splitlines()]
        return [[float(each) for each in line[1:]] for line in lines if line[0] == kind]

    def lag(self, begin: float, end: float) -> float:
        """The longest lag that reaches into that time."""
        return max([b - a for a, b in self.lines("lag") if b >= begin and a <= end], default=0.0)

    def in_effect(self, since: float, size: int) -> float:
        """When the set had become what it is now; raises if that is not the one that is wanted."""
        at, now_size, *_ = self.lines("set")[-1]
        if now_size != size:
            raise SystemExit(f"{size} endpoints were written, {now_size:.0f} are in use")
        return max(at, since)


class Bench:
    """The changes, one after the other, against a running proxy."""

    def __init__(self, folder: Path, count: int, ports: tuple[int, int], load: Load) -> None:
        self.file = folder / "disco" / "web"
        self.record = Record(folder / "record")
        self.load = load
        a, b = addresses(count, ports[0]), addresses(count, ports[1])
        other = f"127.255.0.1 {ports[0]}\n"
        self.changes = {
            f"0 to {count}": (a, count),
            f"1 of {count}": (a[: a.rstrip("\n").rfind("\n") + 1] + other, count),
            f"{count} of {count}": (b, count),
            f"{count} to 0": ("\n", 0),
        }
        self.figures: list[Figure] = []

    async def round(self) -> None:
        """Each change once."""
        for change, (text, size) in self.changes.items():
            await self.rest()
            new = self.file.with_name(".new")
            new.write_text(text)
            begin = now()
            os.replace(new, self.file)
            await asyncio.sleep(AFTER_S)
            end = self.record.in_effect(begin, size)
            slowest, errors = self.load.between(begin, end)
            lag = self.record.lag(begin, end)
            self.figures.append(Figure(change, end - begin, lag, slowest, errors))

    async def look(self, admin: int) -> None:
        """Ask for the pages that show all endpoints, of which there are as many as can be."""
        text, size = next(iter(self.changes.values()))
        self.file.write_text(text)
        await asyncio.sleep(AFTER_S)
        self.record.in_effect(0.0, size)
        for page in PAGES:
            begin = now()
            reader, writer = await asyncio.open_connection("127.0.0.1", admin)
            writer.write(f"GET {page} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            answer = await reader.read(-1)
            writer.close()
            if b" 200 " not in answer[:20]:
                raise SystemExit(f"{page}: {answer[:200]!r}")
            end = now()
            await asyncio.sleep(0.1)
            slowest, errors = self.load.between(begin, end)
            lag = self.record.lag(begin, end)
            self.figures.append(Figure(f"GET {page}", end - begin, lag, slowest, errors))

    async def rest(self) -> None:
        """Some time in which nothing changes."""
        begin = now()
        await asyncio.sleep(REST_S)
        end = now()
        slowest, errors = self.load.between(begin, end)
        self.figures.append(Figure("at rest", 0.0, self.record.lag(begin, end), slowest, errors))

    def table(self) -> str:
        """The figures as Markdown, in milliseconds: median and worst of the rounds."""
        lines = ["| change | effect | lag | request |", "|---|---|---|---|"]
        for change in dict.fromkeys([each.change for each in self.figures]):
            found = [each for each in self.figures if each.change == change]
            cells = []
            for name in ("effect", "lag", "request"):
                values = [1000 * getattr(each, name) for each in found]
                cells.append(f"{statistics.median(values):.1f} ({max(values):.1f})")
            lines.append(f"| {change} | {' | '.join(cells)} |")
        return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--balancer", default="p2c")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=200.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "disco").mkdir()
        port, admin, *backends = free_ports(4)
        (folder / "disco" / "any").write_text(addresses(1, backends[0]))  # for `started`
        (folder / "disco" / "web").write_text("\n")
        config = folder / "config.yaml"
        config.write_text(
            CONFIG.format(folder=folder, port=port, admin=admin, balancer=options.balancer)
        )
        serving = [sys.executable, __file__, "serve", *map(str, backends)]
        with subprocess.Popen(serving, stdin=subprocess.DEVNULL) as server:
            try:
                watched = [sys.executable, str(HERE / "watched.py"), str(config), CLIENT]
                command = [*watched, str(folder / "record")]
                with started(command, None, port, folder / "log") as (pid, _):
                    asyncio.run(
                        measured(options, folder, (backends[0], backends[1]), (port, admin), pid)
                    )
            finally:
                server.kill()


async def measured(
    options: argparse.Namespace,
    folder: Path,
    backends: tuple[int, int],
    ports: tuple[int, int],
    pid: int,
) -> None:
    """All rounds."""
    load = Load(ports[0], options.rate)
    bench = Bench(folder, options.endpoints, backends, load)
    running = asyncio.ensure_future(load.run())
    await asyncio.sleep(1)
    for _ in range(options.rounds):
        await bench.round()
        await bench.look(ports[1])
        bench.file.write_text("\n")
    running.cancel()
    print(f"{options.balancer}, {options.rounds} rounds, milliseconds: median (worst)\n")
    print(bench.table())
    print(f"\nCPU {cpu_seconds(pid):.1f} s, memory {memory_kib(pid) / 1024:.0f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(*sys.argv[2:]))
    else:
        main()
