"""One client of the proxy among simulated hosts, on a virtual clock.

In: a scenario and the client's parts to be tried. Out: every request's latency and end, and where
the tries went. The client is the proxy's own, with its endpoints, balancer, failure accrual and
budgets; only what carries the bytes is left out, so that a million requests take some seconds. What
a request does follows `linkerd.router`: a refused connection is tried elsewhere while the requeue
budget lasts, a bad answer is tried again if the retry policy says so and its budget lasts.
"""

from __future__ import annotations

import heapq
import itertools
import random  # noqa: TID251 - seeded
from array import array
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from twisted.internet.task import Clock

from balancing_hosts import END, ONSET, Host, Scenario
from linkerd.balancer.base import OPEN
from linkerd.client.client import Client
from linkerd.client.http import HttpConnections
from linkerd.name.activity import Source
from linkerd.name.addr import Addr, AddrBound, Address, BoundName
from linkerd.name.path import Path
from linkerd.net.wheel import Wheel
from linkerd.retry.budget import RetryBudget
from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope
from linkerd.wire.http1 import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.accrual.base import AccrualConfig
    from linkerd.balancer.base import BalancerConfig
    from linkerd.client.endpoint import ClientEndpoint

REFUSED_S = 0.001
MAX_DIALS = 25
MAX_RETRIES = 10
TICK_S = 0.05


@dataclass(slots=True)
class Request:
    """One request of a caller, however often it is tried."""

    began: float
    dials: int = 0
    retries: int = 0


class Record:
    """What became of the requests, second by second, from `ONSET` on for the figures."""

    def __init__(self) -> None:
        self.latencies: list[array[float]] = [array("d") for _ in range(int(END))]
        self.tries = [0] * int(END)
        self.bad_tries = [0] * int(END)
        self.busiest = [0] * int(END)
        self.failed = 0

    def tried(self, now: float, endpoint: ClientEndpoint, bad: bool) -> None:
        """A try went to this endpoint."""
        second = min(int(now), int(END) - 1)
        self.tries[second] += 1
        self.bad_tries[second] += bad
        if endpoint.pending > self.busiest[second]:
            self.busiest[second] = endpoint.pending

    def ended(self, request: Request, now: float, good: bool) -> None:
        """A request is over."""
        self.latencies[int(request.began)].append(now - request.began)
        if not good and request.began >= ONSET:
            self.failed += 1


class World:
    """The client, the hosts and the events that are to come."""

    def __init__(
        self,
        scenario: Scenario,
        balancer: BalancerConfig,
        accrual: AccrualConfig,
        retries: bool,
        seed: int,
    ) -> None:
        self.now = 0.0
        self.scenario = scenario
        self.retries = retries
        self.record = Record()
        self.arrivals = random.Random(f"{seed} arrivals")
        self.hosts = [
            Host(port, random.Random(f"{seed} host {port}"))
            for port in range(1, scenario.hosts + 1)
        ]
        self.announced = dict.fromkeys(host.port for host in self.hosts)
        self.events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self.order = itertools.count()
        self.under_way: dict[int, tuple[Request, ClientEndpoint, float]] = {}
        self.budget = RetryBudget()
        self.requeues = RetryBudget()
        self.wheel = Wheel(TICK_S)
        self.addr: Source[Addr] = Source(self.addresses())
        self.client = self.make_client(balancer, accrual, seed)
        scenario.prepare(self)

    def make_client(self, balancer: BalancerConfig, accrual: AccrualConfig, seed: int) -> Client:
        """Make the proxy's client, whose time is ours."""
        runtime = Runtime(
            reactor=Clock(),
            clock=lambda: self.now,
            wall=lambda: self.now,
            rng=random.Random(f"{seed} client"),
            metrics=Scope(),
            network=SimpleNamespace(wheel=self.wheel),
        )
        name = BoundName(Path.read("/#/bench/hosts"), self.addr)
        return Client(name, runtime, balancer, accrual, HttpConnections(Limits()))

    # -- what scenarios use

    def later(self, when: float, work: Callable[..., None], *arguments: Any) -> None:
        """Have something done at `when`."""
        heapq.heappush(self.events, (when, next(self.order), work, arguments))

    def addresses(self) -> AddrBound:
        """What discovery says."""
        return AddrBound(frozenset(Address("192.0.2.1", port) for port in self.announced))

    def announce(self, host: Host) -> None:
        """Have discovery know a host."""
        self.announced[host.port] = None
        self.addr.set(self.addresses())

    def withdraw(self, host: Host) -> None:
        """Have discovery forget a host."""
        self.announced.pop(host.port, None)
        self.addr.set(self.addresses())

    def stop(self, host: Host) -> None:
        """Kill a host: what is under way there breaks off, and nothing new begins."""
        host.down = host.bad = True
        for token, (_, endpoint, _) in list(self.under_way.items()):
            if endpoint.address.port == host.port:
                self.ended(token, False)

    def favourite(self) -> Host:
        """Give the host that has had the most requests, so that no balancer is lucky."""
        return max(self.hosts, key=lambda host: host.asked)

    # -- a request

    def run(self) -> Record:
        """Let requests come until the end."""
        self.later(0.0, self.arrive)
        events = self.events
        swept = 0.0
        while events:
            when, _, work, arguments = heapq.heappop(events)
            if when > END and not self.under_way:
                break
            while when - swept >= TICK_S:
                swept += TICK_S
                self.now = max(self.now, swept)
                self.wheel.sweep(swept)
            self.now = when
            work(*arguments)
        return self.record

    def arrive(self) -> None:
        """A caller sends a request, and will send another."""
        now = self.now
        following = now + self.arrivals.expovariate(self.scenario.rate)
        if following < END:
            self.later(following, self.arrive)
        self.budget.deposit(now)
        self.attempt(Request(now))

    def attempt(self, request: Request) -> None:
        """Pick an endpoint, and let its host answer."""
        now = self.now
        endpoint: Any = self.client.balancer.pick(now)
        if endpoint is None:
            self.record.ended(request, now, False)
            return
        if endpoint.revival is None:
            endpoint.prepare()
        host = self.hosts[endpoint.address.port - 1]
        self.record.tried(now, endpoint, host.bad)
        if host.down:
            self.later(now + REFUSED_S, self.refused, request, endpoint, now)
            return
        endpoint.started()
        ends, good = host.answer(now)
        token = next(self.order)
        self.under_way[token] = (request, endpoint, now)
        self.later(ends, self.ended, token, good)

    def refused(self, request: Request, endpoint: ClientEndpoint, began: float) -> None:
        """No connection: try elsewhere, as `Attempt.not_connected` does."""
        now = self.now
        balancer = self.client.balancer
        endpoint.started()
        endpoint.failed(now)
        balancer.release(endpoint, now, now - began)
        request.dials += 1
        if (
            request.dials <= MAX_DIALS
            and balancer.status() == OPEN
            and self.requeues.try_withdraw(now)
        ):
            self.attempt(request)
        else:
            self.record.ended(request, now, False)

    def ended(self, token: int, good: bool) -> None:
        """An answer, or the end of a connection; it may have been dealt with already."""
        found = self.under_way.pop(token, None)
        if found is None:
            return
        request, endpoint, began = found
        now = self.now
        self.client.balancer.release(endpoint, now, now - began)
        if good:
            endpoint.succeeded(now)
            self.requeues.deposit(now)
        else:
            endpoint.failed(now)
            if self.retries and request.retries < MAX_RETRIES and self.budget.try_withdraw(now):
                request.retries += 1
                self.attempt(request)
                return
        self.record.ended(request, now, good)
