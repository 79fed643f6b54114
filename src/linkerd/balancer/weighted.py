"""The traffic distributor: endpoints of one weight form a class, each class has its own balancer.

In: endpoints whose addresses carry weights. Out: an endpoint of a class chosen with a probability
of weight times size. `changed` leaves a client the plain balancer of its kind for as long as all
weights are equal, which is nearly always and costs nothing.

HOT: the runtime class of this module compiles as it stands.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING

from linkerd.balancer.base import BUSY, CLOSED, OPEN, Balancer, BalancerConfig, Endpoint

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only
    from collections.abc import Callable


class Weighted(Balancer):
    """One balancer per distinct weight, each made by `make`; the rules are Finagle's.

    A class that has no open endpoint is passed over for the next one, in ascending order of weight,
    that has. `bounds` are the running sums of weight times size, `total` the last of them. Its own
    list of endpoints stays empty: each endpoint is at home in its class. `spare` is told of the
    endpoints that have left, and goes on with the counts of classes that have.
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
            if balancer.statuses[OPEN] == 0:
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
            if balancer.statuses[OPEN]:
                return balancer
        return self.classes[index]

    def release(self, endpoint: Endpoint, now: float, elapsed: float) -> None:
        """Tell the endpoint's class; an endpoint may have left meanwhile."""
        home = endpoint.home
        if home is None:
            home = self.spare
        home.release(endpoint, now, elapsed)

    def score(self, endpoint: Endpoint, now: float) -> float:
        """Ask the endpoint's class."""
        return (endpoint.home or self.spare).score(endpoint, now)

    def unit(self) -> str:
        """All classes are of one kind."""
        return self.spare.unit()

    def adopt(self, plain: Balancer) -> None:
        """Go on from a balancer whose endpoints all have one weight: it becomes a class."""
        if plain.size:
            self.by_weight[plain.weight] = plain
        else:
            self.spare.absorb(plain)
        self.adds = plain.adds
        self.removes = plain.removes
        self.rebuilds = plain.rebuilds
        self.updates = plain.updates
        self.max_effort_exhausted = plain.max_effort_exhausted
        self.arrange()

    def change(self, added: list[Endpoint], removed: list[Endpoint], moved: list[Endpoint]) -> None:
        """Take endpoints in, leave others out, and have the moved ones change class."""
        for endpoint in added:
            self.put(endpoint)
        for endpoint in removed:
            self.drop(endpoint)
        for endpoint in moved:
            self.drop(endpoint)
            self.put(endpoint)
        self.count_change(added, removed, moved)
        self.arrange()

    def put(self, endpoint: Endpoint) -> None:
        """Take one endpoint into its class."""
        weight = endpoint.address.weight
        balancer = self.by_weight.get(weight)
        if balancer is None:
            balancer = self.by_weight[weight] = self.make()
            balancer.weight = weight
        balancer.put(endpoint)

    def drop(self, endpoint: Endpoint) -> None:
        """Leave one endpoint out of its class."""
        home = endpoint.home
        if home is not None:
            home.drop(endpoint)

    def arrange(self) -> None:
        """Put the classes in order, without the empty ones, and sum them up."""
        self.classes = []
        self.bounds = []
        self.total = 0.0
        self.size = 0
        for weight in sorted(self.by_weight):
            balancer = self.by_weight[weight]
            if balancer.size == 0:
                self.spare.absorb(self.by_weight.pop(weight))
                continue
            self.classes.append(balancer)
            self.size += balancer.size
            self.total += weight * balancer.size
            self.bounds.append(self.total)

    def status(self) -> int:
        """Give the best status of the endpoints, CLOSED when there are none."""
        best = CLOSED
        for balancer in self.classes:
            if balancer.statuses[OPEN]:
                return OPEN
            if balancer.statuses[BUSY]:
                best = BUSY
        return best

    def count(self, status: int) -> int:
        """Count the endpoints that have this status."""
        return sum([balancer.statuses[status] for balancer in self.classes])

    def outstanding(self) -> int:
        """Sum the requests under way: the gauge `load`."""
        return sum([balancer.outstanding() for balancer in self.classes])

    def weight_classes(self) -> int:
        """Give the number of classes; an empty set counts as one, as in Finagle."""
        return max(len(self.classes), 1)

    def mean_weight(self) -> float:
        """Give the mean weight of the endpoints, 0 when there are none: the gauge `meanweight`."""
        return self.total / self.size if self.size else 0.0


def changed(
    balancer: Balancer,
    config: BalancerConfig,
    rng: random.Random,
    added: list[Endpoint],
    removed: list[Endpoint],
    moved: list[Endpoint],
) -> Balancer:
    """Change the set of `balancer` and answer the balancer to use from now on.

    See `Balancer.change`. It is another one only when weights begin to differ; its counters go on
    from the old one's.
    """
    if not isinstance(balancer, Weighted) and weights_differ(balancer, added, removed, moved):
        plain = balancer
        balancer = Weighted(rng, plain.max_effort, partial(config.mk, rng))
        balancer.adopt(plain)
    balancer.change(added, removed, moved)
    return balancer


def weights_differ(
    plain: Balancer, added: list[Endpoint], removed: list[Endpoint], moved: list[Endpoint]
) -> bool:
    """Tell whether there will be two weights or more."""
    weights = {endpoint.address.weight for endpoint in added}
    weights.update([endpoint.address.weight for endpoint in moved])
    if plain.size > len(removed) + len(moved):
        weights.add(plain.weight)
    return len(weights) > 1


__all__ = ["Weighted", "changed", "weights_differ"]
