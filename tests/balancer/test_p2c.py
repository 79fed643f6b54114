"""Power of two choices: exact choices from scripted draws, and the spread of seeded ones."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here
from collections import Counter

import pytest
from tests.balancer.test_base import STEPS, Updates
from tests.contracts.balancer import Script, balancer_contract, endpoints, picked, update

from linkerd.balancer.base import BUSY, CLOSED, OPEN
from linkerd.balancer.p2c import P2c, P2cConfig


def make(rng):
    return P2cConfig().mk(rng)


@pytest.mark.parametrize("rule", balancer_contract(make))
def test_contract(rule):
    rule()


def scripted(n, *numbers):
    balancer = P2c(Script(numbers), 5)
    update(balancer, endpoints(n))
    return balancer


@pytest.mark.parametrize(
    ("numbers", "first", "second"),
    [
        ((0.0, 0.0), 0, 1),  # the second skips the first
        ((0.0, 0.99), 0, 3),
        ((0.3, 0.2), 1, 0),
        ((0.3, 0.34), 1, 2),
        ((0.99, 0.99), 3, 2),
        ((0.75, 0.75), 3, 2),
    ],
)
def test_which_two_are_drawn(numbers, first, second):
    tie = scripted(4, *numbers)
    assert picked(tie) is tie.endpoints[first]
    loaded = scripted(4, *numbers)
    loaded.endpoints[first].pending = 1
    assert picked(loaded) is loaded.endpoints[second]


def test_a_sequence():
    balancer = scripted(3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9, 0.5, 0.0, 0.99, 0.99)
    a, b, c = balancer.endpoints
    # (a, b) tie; (a, b): b is idle; (a, c): c is idle; (b, a) tie; (c, b): c has less.
    assert [picked(balancer) for _ in range(5)] == [a, b, c, b, c]
    assert [e.pending for e in balancer.endpoints] == [1, 2, 2]


@pytest.mark.parametrize(
    ("one", "other", "chosen"),
    [(OPEN, BUSY, 0), (BUSY, OPEN, 1), (OPEN, CLOSED, 0), (CLOSED, OPEN, 1)],
)
def test_status_comes_before_load(one, other, chosen):
    balancer = scripted(2)
    both = list(balancer.endpoints)
    both[0].become(one)
    both[1].become(other)
    both[chosen].pending = 1000
    assert picked(balancer) is both[chosen]


def test_busy_is_better_than_closed():
    balancer = scripted(2, *[0.0] * 12)
    closed, busy = balancer.endpoints
    closed.become(CLOSED)
    busy.become(BUSY)
    busy.pending = 1000
    assert picked(balancer) is busy
    assert balancer.max_effort_exhausted == 1


def test_two_are_drawn_of_the_open_ones_alone():
    balancer = scripted(5, 0.0, 0.99, 0.99, 0.99)
    a, b, c, d, e = balancer.endpoints
    a.become(BUSY)
    d.become(BUSY)
    e.pending = 1
    assert balancer.endpoints[:3] == [e, b, c]
    assert [picked(balancer), picked(balancer)] == [c, b]
    assert balancer.uniform.__self__.numbers == []


def test_the_only_open_one_is_found_without_a_draw():
    balancer = P2c(Script([]), 5)
    update(balancer, endpoints(100))
    for endpoint in balancer.endpoints[1:]:
        endpoint.become(BUSY)
    [only] = [e for e in balancer.endpoints if e.status == OPEN]
    assert [picked(balancer) for _ in range(3)] == [only] * 3
    assert balancer.max_effort_exhausted == 0


class P2cUpdates(Updates):
    config = P2cConfig()


TestP2cUpdates = P2cUpdates.TestCase
TestP2cUpdates.settings = STEPS


def test_equal_endpoints_share_equally():
    balancer = P2c(random.Random(4), 5)
    update(balancer, endpoints(10))
    for _ in range(10_000):
        picked(balancer)
    # Two choices keep the fullest and the emptiest within a few requests of each other.
    pending = [endpoint.pending for endpoint in balancer.endpoints]
    assert max(pending) - min(pending) <= 6


def test_when_nothing_is_pending_the_draws_are_even():
    balancer = P2c(random.Random(4), 5)
    update(balancer, endpoints(10))
    taken = Counter()
    for _ in range(10_000):
        endpoint = picked(balancer)
        taken[endpoint] += 1
        balancer.release(endpoint, 0.0, 0.0)
    assert min(taken.values()) > 850
    assert max(taken.values()) < 1150


def test_a_pick_looks_at_two_of_ten_thousand():
    balancer = P2c(Script([0.5, 0.25]), 5)
    update(balancer, endpoints(10_000))
    assert picked(balancer) is balancer.endpoints[5000]
    assert balancer.uniform.__self__.numbers == []


def test_configuration():
    balancer = P2cConfig(max_effort=3).mk(random.Random(1))
    assert (balancer.max_effort, balancer.algorithm) == (3, "p2c_least_loaded")
    assert P2cConfig().max_effort == 5
    assert P2cConfig().enable_probation is False
