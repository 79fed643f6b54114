"""What every balancer does, whatever its kind.

In: a function that makes a balancer from a random generator. Out: rules to parametrize a test with.
"""

from __future__ import annotations

import random  # noqa: TID251  # each rule seeds its own
from collections.abc import Callable, Iterable
from functools import partial

import pytest

from linkerd.balancer.base import BUSY, CLOSED, OPEN, Balancer, Endpoint
from linkerd.name.addr import Address

Make = Callable[[random.Random], Balancer]


class Script(random.Random):
    """A generator that gives the numbers it was told to, and then complains."""

    def __init__(self, numbers: Iterable[float]) -> None:
        super().__init__()
        self.numbers = list(numbers)

    def random(self) -> float:
        """Give the next number."""
        return self.numbers.pop(0)


def endpoints(n: int, weight: float = 1.0) -> list[Endpoint]:
    """Make `n` open endpoints."""
    return [Endpoint(Address("192.0.2.1", 8000 + i, weight=weight), 0.0) for i in range(n)]


def held(balancer: Balancer) -> list[Endpoint]:
    """Give all endpoints, also those that are sorted into classes."""
    classes: list[Balancer] = getattr(balancer, "classes", [])
    return balancer.endpoints + [endpoint for each in classes for endpoint in each.endpoints]


def difference(
    balancer: Balancer, wanted: Iterable[Endpoint]
) -> tuple[list[Endpoint], list[Endpoint], list[Endpoint]]:
    """Say which endpoints are to be added, removed and moved to have the wanted ones."""
    after = dict.fromkeys(wanted)
    before = dict.fromkeys(held(balancer))
    stay = [e for e in before if e in after]
    return (
        [e for e in after if e not in before],
        [e for e in before if e not in after],
        [e for e in stay if e.home and e.home.weight != e.address.weight],
    )


def update(balancer: Balancer, wanted: Iterable[Endpoint]) -> None:
    """Make `wanted` the whole set."""
    balancer.change(*difference(balancer, wanted))


def picked(balancer: Balancer, now: float = 0.0) -> Endpoint:
    """Pick where there is something to pick."""
    endpoint = balancer.pick(now)
    assert endpoint is not None
    return endpoint


def nothing_to_pick(make: Make) -> None:
    balancer = make(random.Random(1))
    assert balancer.pick(0.0) is None
    assert balancer.status() == CLOSED
    assert balancer.max_effort_exhausted == 0
    update(balancer, endpoints(2))
    update(balancer, [])
    assert balancer.pick(0.0) is None
    assert (balancer.size, balancer.removes) == (0, 2)


def one_endpoint_takes_all(make: Make) -> None:
    balancer = make(random.Random(1))
    [only] = endpoints(1)
    update(balancer, [only])
    assert [picked(balancer) for _ in range(3)] == [only] * 3
    assert only.pending == 3


def a_pick_counts_and_a_release_uncounts(make: Make) -> None:
    balancer = make(random.Random(1))
    update(balancer, endpoints(5))
    taken = [picked(balancer, 0.1 * i) for i in range(50)]
    assert balancer.outstanding() == 50
    for i, endpoint in enumerate(taken):
        balancer.release(endpoint, 5.0 + 0.1 * i, 5.0)
    assert [endpoint.pending for endpoint in held(balancer)] == [0] * 5


def every_endpoint_is_used(make: Make) -> None:
    balancer = make(random.Random(1))
    all_of_them = endpoints(10)
    update(balancer, all_of_them)
    assert {picked(balancer) for _ in range(1000)} == set(all_of_them)


def busy_endpoints_are_avoided(make: Make) -> None:
    balancer = make(random.Random(1))
    all_of_them = endpoints(4)
    all_of_them[0].become(BUSY)
    all_of_them[1].become(CLOSED)
    update(balancer, all_of_them)
    balancer.max_effort = 100
    assert {picked(balancer) for _ in range(200)} == {all_of_them[2], all_of_them[3]}
    assert (balancer.count(OPEN), balancer.count(BUSY), balancer.count(CLOSED)) == (2, 1, 1)


def traffic_goes_on_when_all_are_busy(make: Make) -> None:
    for size in (1, 2, 7):
        balancer = make(random.Random(1))
        all_of_them = endpoints(size)
        update(balancer, all_of_them)
        for endpoint in all_of_them:
            endpoint.become(BUSY)
        rebuilds = balancer.rebuilds
        assert {picked(balancer) for _ in range(100)} == set(all_of_them)
        assert balancer.max_effort_exhausted == 100
        assert balancer.rebuilds == rebuilds + 100


def the_status_is_the_best(make: Make) -> None:
    balancer = make(random.Random(1))
    all_of_them = endpoints(3)
    update(balancer, all_of_them)
    for endpoint in all_of_them:
        endpoint.become(CLOSED)
    assert balancer.status() == CLOSED
    all_of_them[2].become(BUSY)
    assert balancer.status() == BUSY
    all_of_them[1].become(OPEN)
    assert balancer.status() == OPEN


def survivors_keep_their_state(make: Make) -> None:
    balancer = make(random.Random(1))
    a, b, c = endpoints(3)
    update(balancer, [a, b])
    for _ in range(10):
        picked(balancer)
    before = (b.pending, b.cost, b.stamp)
    update(balancer, [b, c])
    assert (b.pending, b.cost, b.stamp) == before
    assert set(held(balancer)) == {b, c}
    assert (balancer.adds, balancer.removes) == (3, 1)
    assert balancer.rebuilds == 2
    gone = a.pending
    balancer.release(a, 1.0, 1.0)
    assert a.pending == gone - 1


def the_same_set_is_no_rebuild(make: Make) -> None:
    balancer = make(random.Random(1))
    a, b = endpoints(2)
    update(balancer, [a, b])
    update(balancer, [b, a])
    assert balancer.rebuilds == 1
    assert (balancer.adds, balancer.removes) == (2, 0)


def the_callers_list_stays_the_callers(make: Make) -> None:
    balancer = make(random.Random(1))
    given = endpoints(2)
    balancer.change(given, [], [])
    given.clear()
    assert balancer.pick(0.0) is not None


def it_is_seen_through(make: Make) -> None:
    balancer = make(random.Random(1))
    update(balancer, endpoints(3, weight=2.0))
    assert balancer.algorithm
    assert f"{balancer.algorithm} open=3/3" in repr(balancer)
    assert balancer.mean_weight() == 2.0
    assert balancer.weight_classes() == 1


RULES = (
    nothing_to_pick,
    one_endpoint_takes_all,
    a_pick_counts_and_a_release_uncounts,
    every_endpoint_is_used,
    busy_endpoints_are_avoided,
    traffic_goes_on_when_all_are_busy,
    the_status_is_the_best,
    survivors_keep_their_state,
    the_same_set_is_no_rebuild,
    the_callers_list_stays_the_callers,
    it_is_seen_through,
)


def balancer_contract(make: Make) -> list[object]:
    """Give the rules, bound to one kind, as parameters of a test."""
    return [pytest.param(partial(rule, make), id=rule.__name__) for rule in RULES]
