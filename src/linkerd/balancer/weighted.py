"""The traffic distributor: endpoints of one weight form a class, each class has its own balancer.

In: endpoints whose addresses carry weights. Out: an endpoint of a class chosen with a probability
of weight times size. `make_balancer` and `updated` give a client the plain balancer of its kind for
as long as all weights are equal, which is nearly always and costs nothing.

HOT: the runtime class of this module compiles as it stands.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING

from linkerd.balancer.base import OPEN, Balancer, BalancerConfig, Endpoint

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only
    from collections.abc import Callable


class Weighted(Balancer):
    """One balancer per distinct weight, each made by `make`; the rules are Finagle's.

    A class that has no open endpoint is passed over for the next one, in ascending order of weight,
    that has. `bounds` are the running sums of weight times size, `total` the last of them.
    """

    __slots__ = ("bounds", "by_weight", "classes", "make", "spare", "total")

    def __init__(self, rng: random.Random, max_effort: int, make: Callable[[], Balancer]) -> None:
        Balancer.__init__(self, rng, max_effort)
        self.make = make
        self.spare = make()
        self.algorithm = self.spare.algorithm
        self.classes: list[Balancer] = []
        self.by_weight: dict[float, Balancer] = {}
        self.bounds: list[float] = []
        self.total = 0.0

    def pick(self, now: float) -> Endpoint | None:
        """Choose a class, then an endpoint of it; None when there are no endpoints."""
        last = len(self.classes) - 1
        if last < 0:
            return None
        balancer = self.classes[0]
        if last > 0:
            index = bisect_right(self.bounds, self.uniform() * self.total, 0, last)
            balancer = self.classes[index]
            if balancer.status() != OPEN:
                self.busy_weight_classes += 1
                balancer = self.next_open(index)
        before = balancer.max_effort_exhausted
        endpoint = balancer.pick(now)
        if balancer.max_effort_exhausted != before:
            self.exhausted()
        return endpoint

    def next_open(self, index: int) -> Balancer:
        """Find the next class with an open endpoint, cyclically, or stay with this one."""
        n = len(self.classes)
        for step in range(1, n):
            balancer = self.classes[(index + step) % n]
            if balancer.status() == OPEN:
                return balancer
        return self.classes[index]

    def release(self, endpoint: Endpoint, now: float, elapsed: float) -> None:
        """Tell the endpoint's class; an endpoint may have left together with its whole class."""
        balancer = self.by_weight.get(endpoint.address.weight)
        if balancer is None:
            balancer = self.spare
        balancer.release(endpoint, now, elapsed)

    def update(self, endpoints: list[Endpoint]) -> None:
        """Take over the whole new set; an endpoint whose address has a new weight changes class."""
        rebuilds = self.rebuilds
        Balancer.update(self, endpoints)
        if self.arrange() and self.rebuilds == rebuilds:
            self.rebuilds += 1

    def arrange(self) -> bool:
        """Sort the endpoints into classes, each with the balancer it had; True if any changed."""
        groups: dict[float, list[Endpoint]] = {}
        for endpoint in self.endpoints:
            groups.setdefault(endpoint.address.weight, []).append(endpoint)
        known = self.by_weight
        self.classes = []
        self.by_weight = {}
        self.bounds = []
        self.total = 0.0
        changed = False
        for weight in sorted(groups):
            balancer = known.get(weight)
            if balancer is None:
                balancer = self.make()
            rebuilds = balancer.rebuilds
            balancer.update(groups[weight])
            if balancer.rebuilds != rebuilds:
                changed = True
            self.classes.append(balancer)
            self.by_weight[weight] = balancer
            self.total += weight * balancer.size
            self.bounds.append(self.total)
        return changed

    def weight_classes(self) -> int:
        """Give the number of classes; an empty set counts as one, as in Finagle."""
        return max(len(self.classes), 1)


def make_balancer(
    config: BalancerConfig, rng: random.Random, endpoints: list[Endpoint]
) -> Balancer:
    """Make a client's balancer with its first set of endpoints."""
    return updated(config.mk(rng), config, rng, endpoints)


def updated(
    balancer: Balancer, config: BalancerConfig, rng: random.Random, endpoints: list[Endpoint]
) -> Balancer:
    """Give `balancer` the whole new set and answer the balancer to use from now on.

    It is another one only when weights begin to differ; its counters go on from the old one's.
    An endpoint whose weight changed has its new `address` already.
    """
    if not isinstance(balancer, Weighted) and weights_differ(endpoints):
        plain = balancer
        balancer = Weighted(rng, config.max_effort, partial(config.mk, rng))
        balancer.update(plain.endpoints)
        balancer.adds = plain.adds
        balancer.removes = plain.removes
        balancer.rebuilds = plain.rebuilds
        balancer.updates = plain.updates
        balancer.max_effort_exhausted = plain.max_effort_exhausted
    balancer.update(endpoints)
    return balancer


def weights_differ(endpoints: list[Endpoint]) -> bool:
    """Tell whether the addresses have two weights or more."""
    return any(endpoint.address.weight != endpoints[0].address.weight for endpoint in endpoints)


__all__ = ["Weighted", "make_balancer", "updated", "weights_differ"]
