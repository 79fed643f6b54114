"""What a load balancer is: it knows a client's endpoints and says which one takes the next request.

In: the whole set of endpoints whenever it changes, the time of a request's start and end. Out: an
endpoint, already counted as busier by one. A client owns one balancer; the endpoints belong to the
client too, which keeps their `status` true. The frame here is Finagle's: at most `max_effort` draws
for an open endpoint, then one more that is taken whatever its status, so that a client whose every
endpoint is marked dead still sends traffic. A kind says how one draw goes and what load is.

HOT: the runtime classes of this module compile as they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
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
    """

    __slots__ = ("address", "cost", "pending", "stamp", "status")

    def __init__(self, address: Address, now: float) -> None:
        self.address = address
        self.status = OPEN
        self.pending = 0
        self.cost = 0.0
        self.stamp = now

    def __repr__(self) -> str:
        """Show the address, the status and what is under way."""
        status = ("closed", "busy", "open")[self.status]
        return f"<{type(self).__name__} {self.address} {status} pending={self.pending}>"


class Balancer:
    """The frame common to all kinds; a kind overrides `draw` and, if it must, the rest.

    `uniform` gives a float in [0, 1). The counters are read by the client's metrics.
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
        "uniform",
        "updates",
    )

    def __init__(self, rng: random.Random, max_effort: int) -> None:
        self.uniform: Callable[[], float] = rng.random
        self.max_effort = max_effort
        self.algorithm = ""
        self.endpoints: list[Endpoint] = []
        self.size = 0
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

    def load(self, endpoint: Endpoint, now: float) -> float:
        """Say how busy an endpoint is: least loaded, unless a kind knows better."""
        return endpoint.pending

    def release(self, endpoint: Endpoint, now: float, elapsed: float) -> None:
        """Say that a pick's request is over, `elapsed` seconds after it began.

        The endpoint may have left the set meanwhile.
        """
        endpoint.pending -= 1

    def exhausted(self) -> None:
        """Count that no open endpoint came up; Finagle rebuilds its distributor then."""
        self.max_effort_exhausted += 1
        self.rebuilds += 1

    def update(self, endpoints: list[Endpoint]) -> None:
        """Take over the whole new set, without duplicates; the same objects stay as they are."""
        self.updates += 1
        before = set(self.endpoints)
        after = set(endpoints)
        added = len(after - before)
        removed = len(before - after)
        self.adds += added
        self.removes += removed
        if added or removed:
            self.rebuilds += 1
            self.endpoints = list(endpoints)
            self.size = len(endpoints)

    def status(self) -> int:
        """Give the best status of the endpoints, CLOSED when there are none."""
        best = CLOSED
        for endpoint in self.endpoints:
            if endpoint.status > best:
                best = endpoint.status
                if best == OPEN:
                    break
        return best

    def count(self, status: int) -> int:
        """Count the endpoints that have this status."""
        found = 0
        for endpoint in self.endpoints:
            if endpoint.status == status:
                found += 1
        return found

    def outstanding(self) -> int:
        """Sum the requests under way: the gauge `load`."""
        total = 0
        for endpoint in self.endpoints:
            total += endpoint.pending
        return total

    def weight_classes(self) -> int:
        """Give the number of weights that are told apart: the gauge `num_weight_classes`."""
        return 1

    def mean_weight(self) -> float:
        """Give the mean weight of the endpoints, 0 when there are none: the gauge `meanweight`."""
        if self.size == 0:
            return 0.0
        total = 0.0
        for endpoint in self.endpoints:
            total += endpoint.address.weight
        return total / self.size

    def __repr__(self) -> str:
        """Show the algorithm, and how many endpoints there are and how many of them are open."""
        return f"<{type(self).__name__} {self.algorithm} open={self.count(OPEN)}/{self.size}>"


def at_least_one(value: int) -> str | None:
    """Check a count that cannot be zero."""
    return None if value >= 1 else "must be at least 1"


@attrs.frozen(kw_only=True)
class BalancerConfig(Plugin):
    """The section `loadBalancer` of a client."""

    family: ClassVar[str] = "balancer"
    default_kind: ClassVar[str] = "p2c"

    max_effort: int = option(
        "How many draws may end at an endpoint that is not open before any endpoint is taken.",
        default=5,
        check=at_least_one,
    )
    enable_probation: bool = option(
        "Keep endpoints that service discovery has removed for as long as they are healthy.",
        default=False,
    )

    def mk(self, rng: random.Random) -> Balancer:
        """Make a balancer without endpoints."""
        raise NotImplementedError


__all__ = ["BUSY", "CLOSED", "OPEN", "Balancer", "BalancerConfig", "Endpoint", "at_least_one"]
