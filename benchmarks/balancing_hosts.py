"""Hosts that answer on a virtual clock, and the scenarios they are put through.

In: when a request arrives at a host. Out: when its answer leaves it, and whether it is a good one.
A host has a few workers and a queue; it may be slow, fail, pause, refuse connections or be cold. A
scenario says how many hosts there are, how often requests come, and what happens when.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type only
    from collections.abc import Callable

    from balancing_world import World

ONSET = 20.0
"""When the trouble begins; figures count from here."""

END = 100.0
TYPICAL_S = 0.010
COLD_REQUESTS = 20


class Host:
    """One back end. `bad` tells that a good balancer would avoid it; `down` refuses connections.

    `slowness` multiplies the time it takes; so many of its next requests are `cold`.
    """

    def __init__(self, port: int, rng: random.Random, workers: int = 4) -> None:
        self.port = port
        self.rng = rng
        self.free_at = [0.0] * workers
        self.bad = False
        self.down = False
        self.failing = False
        self.slowness = 1.0
        self.heavy = False
        self.cold = 0
        self.asked = 0
        self.pauses: list[tuple[float, float]] = []

    def answer(self, now: float) -> tuple[float, bool]:
        """Take a request; give when the answer leaves and whether it is good."""
        self.asked += 1
        if self.failing:
            return now + 0.001, False
        began = max(now, heapq.heappop(self.free_at))
        ends = self.after_pauses(began, self.work())
        heapq.heappush(self.free_at, ends)
        return ends, True

    def work(self) -> float:
        """Say how long the next request keeps a worker busy."""
        if self.heavy:
            return min(0.4 * TYPICAL_S * self.rng.paretovariate(1.5), 5.0)
        seconds = self.rng.lognormvariate(log(TYPICAL_S), 0.4) * self.slowness
        if self.cold > 0:
            self.cold -= 1
            seconds *= 20.0
        return seconds

    def after_pauses(self, began: float, work: float) -> float:
        """Give when `work` that starts at `began` is done; nothing moves during a pause."""
        for start, end in self.pauses:
            if end <= began:
                continue
            if start >= began + work:
                break
            work -= max(start - began, 0.0)
            began = end
        return began + work

    def restart(self) -> None:
        """Come up again, with nothing queued."""
        self.down = self.bad = False
        self.free_at = [0.0] * len(self.free_at)


@dataclass(frozen=True)
class Scenario:
    """`prepare` sets hosts up and books what happens; `accruals` tells that these matter here."""

    name: str
    title: str
    text: str
    prepare: Callable[[World], None]
    hosts: int = 10
    rate: float = 1500.0
    accruals: bool = False


def steady(world: World) -> None:
    """Nothing happens."""


def slow(world: World) -> None:
    """One host takes a hundred times as long."""

    def turn() -> None:
        host = world.favourite()
        host.slowness = 100.0
        host.bad = True

    world.later(ONSET, turn)


def failing(world: World) -> None:
    """One host answers 500 at once."""

    def turn() -> None:
        host = world.favourite()
        host.failing = host.bad = True

    world.later(ONSET, turn)


def flapping(world: World) -> None:
    """One host fails for five seconds, works for five, and so on."""

    def turn(host: Host) -> None:
        host.failing = host.bad = not host.bad
        world.later(world.now + 5.0, turn, host)

    world.later(ONSET, lambda: turn(world.favourite()))


def pauses(world: World) -> None:
    """Every host stands still now and then."""
    for host in world.hosts:
        when = ONSET
        while when < END:
            when += host.rng.expovariate(0.1)
            host.pauses.append((when, when + host.rng.uniform(0.2, 0.5)))
            when = host.pauses[-1][1]


def restart(world: World) -> None:
    """One host after the other goes down for five seconds; discovery is two seconds late."""

    def stop(index: int) -> None:
        host = world.hosts[index]
        world.stop(host)
        world.later(world.now + 2.0, world.withdraw, host)
        world.later(world.now + 5.0, host.restart)
        world.later(world.now + 7.0, world.announce, host)

    for index in range(len(world.hosts)):
        world.later(ONSET + 7.5 * index, stop, index)


def outage(world: World) -> None:
    """All hosts are down for thirty seconds, and come back one by one."""

    def stop() -> None:
        for index, host in enumerate(world.hosts):
            world.stop(host)
            world.later(world.now + 30.0 + index, host.restart)

    world.later(ONSET, stop)


def growth(world: World) -> None:
    """Three hosts become three hundred; a new one is slow for its first requests."""
    for host in world.hosts[3:]:
        world.withdraw(host)
        host.cold = COLD_REQUESTS
        world.later(ONSET, world.announce, host)


def heavy(world: World) -> None:
    """Few requests take very long, on every host."""
    for host in world.hosts:
        host.heavy = True


SCENARIOS = (
    Scenario("steady", "All alike", "Ten hosts, all well.", steady),
    Scenario("slow", "One slow host", "One of ten hosts begins to take 100 times as long.", slow),
    Scenario(
        "failing",
        "One host that fails fast",
        "One of ten hosts begins to answer 500 within a millisecond, and stays so.",
        failing,
        accruals=True,
    ),
    Scenario(
        "flapping",
        "One host that flaps",
        "One of ten hosts answers 500 for five seconds, is well for five seconds, and so on.",
        flapping,
        accruals=True,
    ),
    Scenario(
        "pauses",
        "Pauses",
        "Each of ten hosts stands still for 0.2 to 0.5 seconds, every ten seconds or so.",
        pauses,
    ),
    Scenario(
        "restart",
        "A rolling restart",
        "One of ten hosts after the other is killed and refuses connections for five seconds;"
        " discovery takes it out two seconds late and puts it in two seconds late.",
        restart,
        accruals=True,
    ),
    Scenario(
        "outage",
        "A total outage",
        "All ten hosts refuse connections for thirty seconds, then come back one a second. Any one"
        " of them can do all the work.",
        outage,
        rate=300.0,
        accruals=True,
    ),
    Scenario(
        "growth",
        "From 3 hosts to 300",
        "Three hosts become three hundred at once; each new one takes 20 times as long for its"
        " first 20 requests.",
        growth,
        hosts=300,
        rate=600.0,
    ),
    Scenario(
        "heavy",
        "Heavy-tailed latency",
        "Ten hosts that are all well, but one request in a hundred takes 14 times the typical"
        " one, one in a thousand 60 times.",
        heavy,
    ),
)
