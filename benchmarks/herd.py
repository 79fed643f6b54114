"""Measures changes of a large serverset in a real ZooKeeper: how long they stall the proxy.

    .venv/bin/python benchmarks/herd.py
    .venv/bin/python benchmarks/herd.py --members 10000 --rounds 3

The proxy serves one serverset with many members at a steady rate of requests while one member
comes and goes, a tenth of them goes and comes, all of them are replaced, and the session ends. For
each: `effect`, from the last write until the balancer has exactly the new set, `lag`, the longest
time meanwhile that the reactor did not come to a timer that was due, and requests that failed.
All but the proxy runs at a lower priority: it would be on other machines.
Needs Debian's package `zookeeper` and a Java.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient

from endpoints import Load, Record
from measure import cpu_seconds, free_ports, memory_kib, started

now = time.monotonic  # noqa: TID251

HERE = Path(__file__).resolve().parent
SET = "/discovery/web"
CLIENT = f"#/io.l5d.serversets{SET}"
JAVA = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", "/usr/share/java/zookeeper.jar"]
MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"

ZOO_CFG = """tickTime=200
dataDir={folder}/zk
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
minSessionTimeout=400
maxSessionTimeout=60000
"""

CONFIG = """
admin: {{ip: 127.0.0.1, port: {admin}}}
namers:
- kind: io.l5d.serversets
  zkAddrs: [{{host: 127.0.0.1, port: {zookeeper}}}]
routers:
- protocol: http
  label: in
  dtab: /svc => /#/io.l5d.serversets/discovery ; /svc/any => /$/inet/127.0.0.1/{backend} ;
  servers: [{{ip: 127.0.0.1, port: {port}}}]
"""


def member(number: int, port: int) -> bytes:
    """What a member's node holds."""
    host = f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    endpoint = {"host": host, "port": port}
    return json.dumps(
        {"serviceEndpoint": endpoint, "additionalEndpoints": {}, "status": "ALIVE"}
    ).encode()


class Registry:
    """The set, as those write it who are in it."""

    def __init__(self, port: int) -> None:
        self.client: Any = KazooClient(f"127.0.0.1:{port}", timeout=30)
        self.client.start(60)
        self.client.ensure_path(SET)

    def join(self, numbers: range, port: int) -> list[str]:
        """Let members come; gives their nodes."""
        asked = [
            self.client.create_async(f"{SET}/member_", member(number, port), sequence=True)
            for number in numbers
        ]
        return [each.get() for each in asked]

    def leave(self, nodes: list[str]) -> None:
        """Let members go."""
        for each in [self.client.delete_async(node) for node in nodes]:
            each.get()


class Herd:
    """The changes, one after the other."""

    def __init__(self, registry: Registry, record: Record, load: Load, count: int) -> None:
        self.registry = registry
        self.record = record
        self.load = load
        self.count = count
        self.lines: list[str] = []

    async def change(self, name: str, write: Any, size: int) -> Any:
        """Do it, and wait until the balancer has `size` endpoints for good."""
        begin = now()
        done = await asyncio.get_running_loop().run_in_executor(None, write)
        written = now()
        effect = await self.settled(size, begin)
        await asyncio.sleep(0.3)
        lag = self.record.lag(begin, now())
        slowest, errors = self.load.between(begin, now())
        self.lines.append(
            f"| {name} | {1000 * max(0.0, effect - written):.0f} | {1000 * lag:.1f} |"
            f" {1000 * slowest:.1f} | {errors} |"
        )
        print(self.lines[-1], flush=True)
        return done

    async def settled(self, size: int, since: float) -> float:
        """When the balancer had that size, and did not change for a second any more."""
        end = now() + 60
        while now() < end:
            found = self.record.lines("set")
            if found and found[-1][1] == size and now() - max(found[-1][0], since) > 1:
                return found[-1][0]
            await asyncio.sleep(0.05)
        raise SystemExit(f"not {size} endpoints after a minute")

    async def rounds(self, rounds: int, ports: tuple[int, int]) -> None:
        """All changes, several times."""
        count = self.count
        tenth = count // 10
        registry = self.registry
        print("| change | effect | lag | request | failed |\n|---|---|---|---|---|")
        nodes = await self.change(
            f"0 to {count}", lambda: registry.join(range(1, count + 1), ports[0]), count
        )
        for _ in range(rounds):
            await self.change("at rest", lambda: time.sleep(1), count)
            here, there = ports
            one = await self.change(
                "one comes",
                lambda here=here: registry.join(range(count + 1, count + 2), here),
                count + 1,
            )
            await self.change("one goes", lambda one=one: registry.leave(one), count)
            some, nodes = nodes[:tenth], nodes[tenth:]
            await self.change(
                "a tenth goes", lambda some=some: registry.leave(some), count - len(some)
            )
            some = await self.change(
                "a tenth comes", lambda here=here: registry.join(range(1, tenth + 1), here), count
            )
            nodes += some

            def replace(nodes: list[str] = nodes, there: int = there) -> list[str]:
                come = registry.join(range(1, count + 1), there)
                registry.leave(nodes)
                return come

            nodes = await self.change("all are replaced", replace, count)
            ports = there, here


async def measured(options: argparse.Namespace, folder: Path, ports: list[int], pid: int) -> None:
    """All rounds."""
    zookeeper, port, _, *backends = ports
    registry = Registry(zookeeper)
    load = Load(port, options.rate)
    running = asyncio.ensure_future(load.run())
    await asyncio.sleep(1)
    herd = Herd(registry, Record(folder / "record"), load, options.members)
    await herd.rounds(options.rounds, (backends[0], backends[1]))
    running.cancel()
    print(f"\nCPU {cpu_seconds(pid):.1f} s, memory {memory_kib(pid) / 1024:.0f} MiB")
    registry.client.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=200.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ports = free_ports(5)
        zookeeper, port, admin, *backends = ports
        (folder / "zk").mkdir()
        (folder / "zoo.cfg").write_text(ZOO_CFG.format(folder=folder, port=zookeeper))
        config = folder / "config.yaml"
        config.write_text(
            CONFIG.format(zookeeper=zookeeper, port=port, admin=admin, backend=backends[0])
        )
        serving = [sys.executable, str(HERE / "endpoints.py"), "serve", *map(str, backends)]
        java = [*JAVA, MAIN, str(folder / "zoo.cfg")]
        quiet: Any = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        os.nice(10)
        with subprocess.Popen(serving, **quiet) as server, subprocess.Popen(java, **quiet) as zk:
            try:
                watched = [sys.executable, str(HERE / "watched.py"), str(config), CLIENT]
                command = ["nice", "-n", "-10", *watched, str(folder / "record")]
                with started(command, None, port, folder / "log") as (pid, _):
                    asyncio.run(measured(options, folder, ports, pid))
            finally:
                server.kill()
                zk.kill()


if __name__ == "__main__":
    main()
