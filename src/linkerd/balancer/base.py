"""What a load balancer is: it knows a client's endpoints and says which one takes the next request.

In: endpoints that come and go, the time of a request's start and end. Out: an endpoint, already
counted as busier by one. A client owns one balancer; the endpoints belong to the client too, which
keeps their status true by `become`. A change of the set costs what changes, not what there is. The
frame here is Finagle's: at most `max_effort` draws for an open endpoint, then one more that is
taken whatever its status, so that a client whose every endpoint is marked dead still sends traffic.
A kind says how one draw goes and what load is.

HOT: the runtime classes of this module compile as they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, option
from linkerd.config.section import Plugin

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only
    from collections.abc import Callable

    from linkerd.name.addr import Address

OPEN = 2
BUSY = 1
CLOSED = 0


class Endpoint:
    """One address as a balancer sees it; the client derives its own endpoint from this.

    `status` is OPEN, BUSY or CLOSED, `pending` the number of picks not yet released. `cost`
    (seconds) and `stamp` (when `cost` was true) are for balancers that remember latencies.
    `failed_at` is when it last failed, 0.0 if it has answered well since; it tells nothing while
    the endpoint is open. `home` is the balancer whose `endpoints` has it, at `place`.
    """

    __slots__ = ("address", "cost", "failed_at", "home", "pending", "place", "stamp", "status")

    def __init__(self, address: Address, now: float) -> None:
        self.address = address
        self.status = OPEN
        self.pending = 0
        self.cost = 0.0
        self.stamp = now
        self.failed_at = 0.0
        self.home: Balancer | None = None
        self.place = 0

    def become(self, status: int) -> None:
        """Take on another status."""
        before = self.status
        self.status = status
        home = self.home
        if home is not None and before != status:
            home.statuses[before] -= 1
            home.statuses[status] += 1
            home.turned(self, before)

    def abandon(self) -> bool:
        """Let go of what is kept for the next request, for none is expected; was there anything?"""
        return False

    def __repr__(self) -> str:
        """Show the address, the status and what is under way."""
        status = ("closed", "busy", "open")[self.status]
        return f"<{type(self).__name__} {self.address} {status} pending={self.pending}>"


class Balancer:
    """The frame common to all kinds; a kind overrides `draw` and, if it must, the rest.

    `uniform` gives a float in [0, 1). `statuses` counts the endpoints by status. `weight` is that
    of all endpoints: where weights differ, each has a balancer (`linkerd.balancer.weighted`). The
    counters are read by the client's metrics; `updates` is counted by the client.
    """

    __slots__ = (
        "adds",
        "algorithm",
        "busy_weight_classes",
        "endpoints",
        "max_effort",
        "max_effort_exhausted",
        "rebuilds",
        "removes",
        "size",
        "statuses",
        "uniform",
        "updates",
        "weight",
    )

    def __init__(self, rng: random.Random, max_effort: int) -> None:
        self.uniform: Callable[[], float] = rng.random
        self.max_effort = max_effort
        self.algorithm = ""
        self.endpoints: list[Endpoint] = []
        self.size = 0
        self.statuses = [0, 0, 0]
        self.weight = 1.0
        self.adds = 0
        self.removes = 0
        self.rebuilds = 0
        self.updates = 0
        self.max_effort_exhausted = 0
        self.busy_weight_classes = 0

    def pick(self, now: float) -> Endpoint | None:
        """Choose an endpoint and count a request on it; None when there are no endpoints.

        `now` in seconds. Each pick is to be followed by one `release`.
        """
        size = self.size
        if size > 1:
            effort = self.max_effort
            endpoint = self.draw(now)
            while endpoint.status != OPEN and effort > 0:
                effort -= 1
                if effort == 0:
                    self.exhausted()
                endpoint = self.draw(now)
        elif size == 1:
            endpoint = self.endpoints[0]
            if endpoint.status != OPEN:
                self.exhausted()
        else:
            return None
        endpoint.pending += 1
        return endpoint

    def draw(self, now: float) -> Endpoint:
        """Choose once among two or more endpoints, not regarding `max_effort`."""
        raise NotImplementedError

    def draw_marked(self, now: float) -> Endpoint:
        """Choose once among two or more endpoints of which none is open.

        Of two drawn by chance one wins that has answered since it failed, or whose failure is
        longer ago: one that was restarted, while another is down that refuses faster than any load
        could show.
        """
        endpoints = self.endpoints
        size = self.size
        first = int(self.uniform() * size)
        second = int(self.uniform() * (size - 1))
        if second >= first:
            second += 1
        one = endpoints[first]
        other = endpoints[second]
        if one.status != other.status:
            return one if one.status > other.status else other
        if one.failed_at != other.failed_at:
            return one if one.failed_at < other.failed_at else other
        return one if self.load(one, now) <= self.load(other, now) else other

    def load(self, endpoint: Endpoint, now: float) -> float:
        """Say how busy an endpoint is: least loaded, unless a kind knows better."""
        return endpoint.pending

    def score(self, endpoint: Endpoint, now: float) -> float:
        """Say what `load` gives, in `unit`, to somebody who only looks: nothing is changed."""
        return endpoint.pending

    def unit(self) -> str:
        """Name what loads are counted in; "" where load plays no part."""
        return "requests"

    def release(self, endpoint: Endpoint, now: float, elapsed: float) -> None:
        """Say that a pick's request is over, `elapsed` seconds after it began.

        The endpoint may have left the set meanwhile.
        """
        endpoint.pending -= 1

    def exhausted(self) -> None:
        """Count that no open endpoint came up; Finagle rebuilds its distributor then."""
        self.max_effort_exhausted += 1
        self.rebuilds += 1

    def change(self, added: list[Endpoint], removed: list[Endpoint], moved: list[Endpoint]) -> None:
        """Take endpoints in and leave others out; no endpoint is in two of the lists.

        `moved` are those that stay but have another weight; their `address` is the new one already.
        """
        for endpoint in added:
            self.put(endpoint)
        for endpoint in removed:
            self.drop(endpoint)
        if added:
            self.weight = added[0].address.weight
        elif moved:
            self.weight = moved[0].address.weight
        self.count_change(added, removed, [])

    def turned(self, endpoint: Endpoint, before: int) -> None:
        """An endpoint of the set had the status `before`, and now has another."""
        return

    def absorb(self, other: Balancer) -> None:
        """Go on counting where `other`, which is used no more, has ended."""
        return

    def count_change(
        self, added: list[Endpoint], removed: list[Endpoint], moved: list[Endpoint]
    ) -> None:
        """Count what a change has done."""
        self.adds += len(added)
        self.removes += len(removed)
        if added or removed or moved:
            self.rebuilds += 1

    def put(self, endpoint: Endpoint) -> None:
        """Take one endpoint in, at the end."""
        endpoint.home = self
        endpoint.place = self.size
        self.endpoints.append(endpoint)
        self.size += 1
        self.statuses[endpoint.status] += 1

    def drop(self, endpoint: Endpoint) -> None:
        """Leave one endpoint out; the last one takes its place."""
        last = self.endpoints.pop()
        if last is not endpoint:
            self.endpoints[endpoint.place] = last
            last.place = endpoint.place
        endpoint.home = None
        self.size -= 1
        self.statuses[endpoint.status] -= 1

    def status(self) -> int:
        """Give the best status of the endpoints, CLOSED when there are none."""
        if self.statuses[OPEN]:
            return OPEN
        return BUSY if self.statuses[BUSY] else CLOSED

    def count(self, status: int) -> int:
        """Count the endpoints that have this status."""
        return self.statuses[status]

    def outstanding(self) -> int:
        """Sum the requests under way: the gauge `load`."""
        return sum([endpoint.pending for endpoint in self.endpoints])

    def weight_classes(self) -> int:
        """Give the number of weights that are told apart: the gauge `num_weight_classes`."""
        return 1

    def mean_weight(self) -> float:
        """Give the mean weight of the endpoints, 0 when there are none: the gauge `meanweight`."""
        return self.weight if self.size else 0.0

    def __repr__(self) -> str:
        """Show the algorithm, and how many endpoints there are and how many of them are open."""
        return f"<{type(self).__name__} {self.algorithm} open={self.count(OPEN)}/{self.size}>"


@attrs.frozen(kw_only=True)
class BalancerConfig(Plugin):
    """The section `loadBalancer` of a client."""

    family: ClassVar[str] = "balancer"
    default_kind: ClassVar[str] = "p2c"

    enable_probation: bool = option(
        "Keep endpoints that service discovery has removed for as long as they are healthy.",
        default=False,
    )

    def mk(self, rng: random.Random) -> Balancer:
        """Make a balancer without endpoints."""
        raise NotImplementedError


@attrs.frozen(kw_only=True)
class DrawingConfig(BalancerConfig):
    """What the kinds have in common that draw by chance."""

    max_effort: int = option(
        "How many draws may end at an endpoint that is not open before any endpoint is taken.",
        default=5,
        check=at_least_one,
        differs="An open endpoint is found whenever there is one, so that this seldom matters.",
    )


__all__ = ["BUSY", "CLOSED", "OPEN", "Balancer", "BalancerConfig", "DrawingConfig", "Endpoint"]
