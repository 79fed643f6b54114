"""The traffic distributor: shares of the weight classes, moves between them, when it is used."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here
from collections import Counter
from functools import partial

import pytest
from tests.contracts.balancer import (
    Script,
    balancer_contract,
    difference,
    endpoints,
    held,
    picked,
    update,
)

from linkerd.balancer.base import BUSY, OPEN, Endpoint
from linkerd.balancer.ewma import EwmaConfig
from linkerd.balancer.p2c import P2cConfig
from linkerd.balancer.weighted import Weighted, changed
from linkerd.name.addr import Address


def make(rng, config=None):
    config = config or P2cConfig()
    return Weighted(rng, config.max_effort, partial(config.mk, rng))


@pytest.mark.parametrize("rule", balancer_contract(make))
def test_contract(rule):
    rule()


def weighing(*weights):
    return [Endpoint(Address("192.0.2.1", 8000 + i, weight=w), 0.0) for i, w in enumerate(weights)]


def shares(balancer, n=20_000):
    taken = Counter()
    for _ in range(n):
        endpoint = picked(balancer)
        balancer.release(endpoint, 0.0, 0.0)
        taken[endpoint.address.weight] += 1
    return {weight: count / n for weight, count in taken.items()}


def test_a_class_gets_its_weight_times_its_size():
    balancer = make(random.Random(3))
    update(balancer, weighing(1.0, 1.0, 3.0, 0.5))
    got = shares(balancer)
    assert got == pytest.approx({1.0: 2 / 5.5, 3.0: 3 / 5.5, 0.5: 0.5 / 5.5}, abs=0.015)
    assert balancer.weight_classes() == 3
    assert balancer.mean_weight() == pytest.approx(5.5 / 4)


def test_the_bounds_between_the_classes():
    # Ascending: 1.0 x 2 ends at 2, 3.0 x 1 at 5. Each class of two costs two more draws.
    balancer = make(Script([0.0, 0.0, 0.0, 0.399, 0.9, 0.0, 0.4, 0.999]))
    a, b, heavy = weighing(1.0, 1.0, 3.0)
    update(balancer, [heavy, a, b])
    assert [picked(balancer) for _ in range(4)] == [a, b, heavy, heavy]


def test_no_weight_no_requests():
    balancer = make(random.Random(3))
    update(balancer, weighing(0.0, 1.0, 2.0))
    assert 0.0 not in shares(balancer)


def test_weights_of_zero_alone_still_serve():
    balancer = make(random.Random(3))
    update(balancer, weighing(0.0, 0.0))
    assert balancer.pick(0.0) is not None


@pytest.mark.parametrize(("open_one", "expected"), [(0, 0), (2, 2)])
def test_a_busy_class_is_passed_over_upwards_and_round(open_one, expected):
    balancer = make(Script([0.3]))  # of 1 + 2 + 3: the class of weight 2
    three = weighing(1.0, 2.0, 3.0)
    update(balancer, three)
    three[1].become(BUSY)
    for i in (0, 2):
        three[i].become(OPEN if i == open_one else BUSY)
    assert picked(balancer) is three[expected]
    assert balancer.busy_weight_classes == 1
    assert balancer.max_effort_exhausted == 0


def test_the_next_open_class_is_the_heavier_one():
    balancer = make(Script([0.0]))
    three = weighing(1.0, 2.0, 3.0)
    update(balancer, three)
    three[0].become(BUSY)
    assert picked(balancer) is three[1]


def test_all_classes_busy():
    balancer = make(Script([0.3]))
    three = weighing(1.0, 2.0, 3.0)
    update(balancer, three)
    for endpoint in three:
        endpoint.become(BUSY)
    rebuilds = balancer.rebuilds
    assert picked(balancer) is three[1]
    assert (balancer.busy_weight_classes, balancer.max_effort_exhausted) == (1, 1)
    assert balancer.rebuilds == rebuilds + 1


def test_one_class_is_never_a_busy_one():
    balancer = make(random.Random(1))
    update(balancer, weighing(2.0, 2.0))
    for endpoint in held(balancer):
        endpoint.become(BUSY)
    picked(balancer)
    assert balancer.busy_weight_classes == 0


def test_a_new_weight_moves_the_endpoint_with_its_state():
    balancer = make(random.Random(3))
    a, b, c = weighing(1.0, 1.0, 2.0)
    update(balancer, [a, b, c])
    classes = dict(balancer.by_weight)
    b.pending = 4
    b.address = Address("192.0.2.1", 8001, weight=2.0)
    update(balancer, [a, b, c])
    assert b.pending == 4
    assert balancer.by_weight == classes
    assert [inner.endpoints for inner in balancer.classes] == [[a], [c, b]]
    assert (balancer.adds, balancer.removes) == (3, 0)
    assert balancer.rebuilds == 2
    balancer.release(b, 1.0, 1.0)
    assert b.pending == 3


def test_weights_that_change_places_are_a_rebuild():
    balancer = make(random.Random(3))
    a, b = weighing(1.0, 2.0)
    update(balancer, [a, b])
    a.address, b.address = b.address, a.address
    update(balancer, [a, b])
    assert balancer.rebuilds == 2
    assert balancer.by_weight[2.0].endpoints == [a]


def test_a_class_that_is_gone_still_releases():
    balancer = make(random.Random(3), EwmaConfig())
    a, b = weighing(1.0, 2.0)
    update(balancer, [a, b])
    b.pending = 1
    update(balancer, [a])
    balancer.release(b, 1.0, 0.25)
    assert (b.pending, b.cost) == (0, 0.25)
    assert (balancer.weight_classes(), list(balancer.by_weight)) == (1, [1.0])


def set_to(balancer, wanted, config=None):
    config = config or P2cConfig()
    return changed(balancer, config, random.Random(1), *difference(balancer, wanted))


def test_classes_are_the_kind_that_was_asked_for():
    config = EwmaConfig(max_effort=2)
    balancer = set_to(config.mk(random.Random(1)), weighing(1.0, 2.0), config)
    assert balancer.algorithm == "p2c_peak_ewma"
    assert [inner.algorithm for inner in balancer.classes] == ["p2c_peak_ewma"] * 2
    assert [inner.max_effort for inner in balancer.classes] == [2, 2]


def test_equal_weights_need_no_distributor():
    plain = P2cConfig().mk(random.Random(1))
    balancer = set_to(plain, endpoints(3, weight=7.0))
    assert balancer is plain
    assert (balancer.size, balancer.mean_weight()) == (3, 7.0)
    assert set_to(balancer, endpoints(2, weight=1.0)) is plain
    assert balancer.mean_weight() == 1.0
    assert set_to(balancer, []) is plain


def test_one_new_weight_for_all_needs_no_distributor():
    a, b, c = weighing(1.0, 1.0, 3.0)
    plain = set_to(P2cConfig().mk(random.Random(1)), [a, b])
    a.address = b.address = c.address
    assert changed(plain, P2cConfig(), random.Random(1), [c], [], [a, b]) is plain
    assert (plain.mean_weight(), plain.rebuilds) == (3.0, 2)


def test_the_distributor_comes_when_weights_begin_to_differ_and_stays():
    a, b, c = weighing(1.0, 1.0, 2.0)
    plain = set_to(P2cConfig().mk(random.Random(1)), [a, b])
    b.pending = 3
    plain.updates, plain.max_effort_exhausted = 5, 9
    balancer = set_to(plain, [b, c])
    assert isinstance(balancer, Weighted)
    assert [inner.endpoints for inner in balancer.classes] == [[b], [c]]
    assert (balancer.adds, balancer.removes, balancer.rebuilds) == (3, 1, 2)
    assert (balancer.updates, balancer.max_effort_exhausted) == (5, 9)
    balancer.release(b, 1.0, 1.0)
    assert b.pending == 2
    assert set_to(balancer, [b]) is balancer


def test_a_large_set_changes_by_what_is_new():
    """The endpoints that stay are not looked at, whatever their number."""

    class Untouched(list):
        def __iter__(self):
            raise AssertionError("all endpoints were gone through")

    many = endpoints(1000)
    balancer = set_to(P2cConfig().mk(random.Random(1)), many)
    balancer.endpoints = Untouched(many)
    new = endpoints(1)
    assert changed(balancer, P2cConfig(), random.Random(1), new, many[:1], []) is balancer
    assert (balancer.size, balancer.adds, balancer.removes) == (1000, 1001, 1)
    assert (new[0].place, balancer.endpoints[0]) == (0, new[0])
    assert balancer.count(OPEN) == 1000


def test_whoever_looks_is_answered_by_the_endpoints_class():
    balancer = make(random.Random(1), EwmaConfig())
    update(balancer, weighing(1.0, 2.0))
    endpoint = balancer.classes[1].endpoints[0]
    endpoint.cost, endpoint.stamp = 0.5, 1.0
    assert (balancer.score(endpoint, 1.0), balancer.unit()) == (0.5, "s")
    endpoint.home = None
    assert balancer.score(endpoint, 1.0) == 0.5
