"""Hosts in real time: HTTP/1.1 servers on loopback, in this process, that can be made unwell.

In: GET requests, and what a scenario does to a host. Out: an answer of 100 bytes after the time
that the host takes, 200 or 500; or none, when the host is stopped and its connections are aborted.
A host takes any number of requests at once. `Hosts` counts what came to those that were bad then.
"""

from __future__ import annotations

import asyncio
import random  # noqa: TID251 - a load, not the proxy
from typing import cast

from measure import free_ports

TYPICAL_S = 0.005
SLOW_S = 0.5
COLD_S = 0.1
LONGEST_S = 3.0
BODY = b"Content-Length: 100\r\n\r\n" + b"x" * 100
GOOD = b"HTTP/1.1 200 OK\r\n" + BODY
BAD = b"HTTP/1.1 500 Internal Server Error\r\n" + BODY


class Host:
    """One back end. `bad` tells that a good balancer would avoid it.

    So many of its next requests are `cold`. Nothing is answered before `stands_until`, a time of
    the loop.
    """

    def __init__(self, port: int, rng: random.Random, hosts: Hosts) -> None:
        self.port = port
        self.rng = rng
        self.hosts = hosts
        self.bad = False
        self.failing = False
        self.heavy = False
        self.takes_s = TYPICAL_S
        self.cold = 0
        self.stands_until = 0.0
        self.server: asyncio.Server | None = None
        self.serving: set[Serving] = set()

    async def start(self) -> None:
        """Listen."""
        self.bad = False
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(
            lambda: Serving(self), "127.0.0.1", self.port, backlog=1024
        )

    def stop(self) -> None:
        """Be gone at once, as a process that is killed."""
        self.bad = True
        if self.server is not None:
            self.server.close()
            self.server = None
        for each in list(self.serving):
            each.transport.abort()

    def stand(self, until: float) -> None:
        """Answer nothing before that time."""
        self.stands_until = until

    def time_for_next(self, now: float) -> float:
        """Say when the request that came at `now` is answered."""
        takes = 0.0 if self.failing else self.takes_s
        if self.heavy:
            takes = min(0.4 * TYPICAL_S * self.rng.paretovariate(1.5), LONGEST_S)
        elif self.cold > 0:
            self.cold -= 1
            takes = COLD_S
        return max(now, self.stands_until) + takes


class Serving(asyncio.Protocol):
    """One connection of a host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.unread = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.host.serving.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.host.serving.discard(self)

    def data_received(self, data: bytes) -> None:
        data = self.unread + data
        heads = data.split(b"\r\n\r\n")
        self.unread = heads.pop()
        loop = asyncio.get_running_loop()
        host = self.host
        for _ in heads:
            host.hosts.count(host)
            answer = BAD if host.failing else GOOD
            loop.call_at(host.time_for_next(loop.time()), self.transport.write, answer)


class Hosts:
    """All hosts of a run; `asked` requests came to them, `asked_bad` to those that were bad."""

    def __init__(self, count: int, seed: str) -> None:
        self.asked = 0
        self.asked_bad = 0
        self.all = [
            Host(port, random.Random(f"{seed} {place}"), self)
            for place, port in enumerate(free_ports(count))
        ]

    async def start(self) -> None:
        """Have all listen."""
        for host in self.all:
            await host.start()

    def stop(self) -> None:
        """End all."""
        for host in self.all:
            host.stop()

    def count(self, host: Host) -> None:
        """A request has come."""
        self.asked += 1
        self.asked_bad += host.bad

    def count_anew(self) -> None:
        """Trouble begins: what was before does not count."""
        self.asked = self.asked_bad = 0

    def ports(self) -> list[int]:
        """Where they are."""
        return [host.port for host in self.all]
