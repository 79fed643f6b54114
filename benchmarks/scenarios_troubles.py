"""The scenarios in real time: how many hosts there are, how often requests come, what goes wrong.

In: the hosts of a run, and a way to announce more of them. Out: trouble, from its onset on; each
function is started then and takes as long as it needs. The same on a virtual clock, with every
balancer, accrual and retry policy, are those of `balancing_hosts.py`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios_hosts import SLOW_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scenarios_hosts import Hosts

COLD_REQUESTS = 20
KNOWN_AT_FIRST = 3


@dataclass(frozen=True)
class Field:
    """What a scenario has at its hands: the hosts, and discovery."""

    hosts: Hosts
    announce: Callable[[Sequence[int]], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """`seconds` is the time from the onset on; `known` hosts are there from the beginning, 0: all.

    `bad` tells that requests to bad hosts can be counted: not those that find nobody there.
    """

    name: str
    title: str
    text: str
    trouble: Callable[[Field], Awaitable[None]]
    hosts: int = 10
    known: int = 0
    rate: float = 300.0
    seconds: float = 12.0
    bad: bool = False


async def steady(field: Field) -> None:
    """Nothing happens."""


async def slow(field: Field) -> None:
    """One host is slow."""
    host = field.hosts.all[0]
    host.takes_s = SLOW_S
    host.bad = True


async def failing(field: Field) -> None:
    """One host answers 500 at once."""
    host = field.hosts.all[0]
    host.failing = host.bad = True


async def dying(field: Field) -> None:
    """One host is gone."""
    field.hosts.all[0].stop()


async def flapping(field: Field) -> None:
    """One host fails for two seconds, works for two, and so on."""
    host = field.hosts.all[0]
    for _ in range(3):
        for failing in (True, False):
            host.failing = host.bad = failing
            await asyncio.sleep(2.0)


async def pauses(field: Field) -> None:
    """Every host stands still now and then."""
    loop = asyncio.get_running_loop()
    end = loop.time() + 12.0
    for host in field.hosts.all:
        when = loop.time()
        while (when := when + host.rng.expovariate(0.25)) < end:
            until = when + host.rng.uniform(0.2, 0.5)
            loop.call_at(when, host.stand, until)
            when = until


async def restart(field: Field) -> None:
    """One host after the other is killed and started again."""
    for host in field.hosts.all:
        host.stop()
        await asyncio.sleep(1.0)
        await host.start()
        await asyncio.sleep(0.5)


async def outage(field: Field) -> None:
    """All hosts are gone, and come back one by one."""
    for host in field.hosts.all:
        host.stop()
    await asyncio.sleep(29.0)
    for host in field.hosts.all:
        await asyncio.sleep(1.0)
        await host.start()


async def growth(field: Field) -> None:
    """Many new hosts are announced, all of them cold."""
    for host in field.hosts.all[KNOWN_AT_FIRST:]:
        host.cold = COLD_REQUESTS
    await field.announce(field.hosts.ports())


async def heavy(field: Field) -> None:
    """Few requests take very long, on every host."""
    for host in field.hosts.all:
        host.heavy = True


SCENARIOS = (
    Scenario("steady", "All alike", "Ten hosts that take 5 ms.", steady),
    Scenario("slow", "One slow host", "One of ten begins to take 500 ms.", slow, bad=True),
    Scenario(
        "failing",
        "One host that fails fast",
        "One of ten begins to answer 500 at once.",
        failing,
        bad=True,
    ),
    Scenario("dying", "One host that dies", "One of ten ends, with all its connections.", dying),
    Scenario(
        "flapping",
        "One host that flaps",
        "One of ten answers 500 for two seconds, is well for two seconds, and so on.",
        flapping,
        bad=True,
    ),
    Scenario(
        "pauses",
        "Pauses",
        "Each of ten hosts stands still for 0.2 to 0.5 seconds, every four seconds or so.",
        pauses,
    ),
    Scenario(
        "restart",
        "A rolling restart",
        "One of ten hosts after the other is killed, is back after a second, and half a second"
        " later it is the next one's turn.",
        restart,
        rate=1000.0,
        seconds=16.0,
    ),
    Scenario(
        "restart3",
        "A rolling restart of three",
        "The same with three hosts: in the end all have failed within the last five seconds.",
        restart,
        hosts=3,
        rate=1000.0,
        seconds=10.0,
    ),
    Scenario(
        "outage",
        "A total outage",
        "All ten hosts are gone for thirty seconds, then come back one a second.",
        outage,
        seconds=60.0,
    ),
    Scenario(
        "growth",
        "From 3 hosts to 30",
        "Three hosts become thirty at once; each new one takes 100 ms for its first 20 requests.",
        growth,
        hosts=30,
        known=KNOWN_AT_FIRST,
    ),
    Scenario(
        "heavy",
        "Heavy-tailed latency",
        "Ten hosts; one request in a hundred takes 14 times the typical one, one in a thousand 60"
        " times.",
        heavy,
    ),
)
