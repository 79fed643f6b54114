"""Round robin: the order, what is passed over, and that changes of the set are fair to all."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.balancer.test_base import STEPS, Updates
from tests.contracts.balancer import balancer_contract, endpoints, picked, update

from linkerd.balancer.base import BUSY, OPEN
from linkerd.balancer.round_robin import RoundRobin, RoundRobinConfig


def make(rng):
    return RoundRobinConfig().mk(rng)


@pytest.mark.parametrize("rule", balancer_contract(make))
def test_contract(rule):
    rule()


class RoundRobinUpdates(Updates):
    config = RoundRobinConfig()


TestRoundRobinUpdates = RoundRobinUpdates.TestCase
TestRoundRobinUpdates.settings = STEPS


def robin(n):
    balancer = make(random.Random(1))
    all_of_them = endpoints(n)
    update(balancer, all_of_them)
    return balancer, all_of_them


def test_one_after_the_other():
    balancer, (a, b, c) = robin(3)
    a.pending = 100
    assert [picked(balancer) for _ in range(7)] == [a, b, c, a, b, c, a]


def test_what_is_not_open_is_passed_over_and_comes_back():
    balancer, (a, b, c) = robin(3)
    b.become(BUSY)
    assert [picked(balancer) for _ in range(4)] == [a, c, a, c]
    b.become(OPEN)
    assert {picked(balancer) for _ in range(3)} == {a, b, c}


def test_with_none_open_all_take_turns():
    balancer, known = robin(3)
    for endpoint in known:
        endpoint.become(BUSY)
    assert sorted(picked(balancer).address.port for _ in range(6)) == [
        8000,
        8000,
        8001,
        8001,
        8002,
        8002,
    ]


@given(st.integers(1, 20), st.sets(st.integers(0, 19)), st.integers(0, 200))
def test_no_open_endpoint_is_ahead_by_more_than_one(n, down, picks):
    balancer, known = robin(n)
    for index in down:
        if index < n:
            known[index].become(BUSY)
    open_ones = [e for e in known if e.status == OPEN] or known
    taken = Counter(dict.fromkeys(open_ones, 0))
    for _ in range(picks):
        taken[picked(balancer)] += 1
    assert set(taken) == set(open_ones)
    assert max(taken.values()) - min(taken.values()) <= 1


def test_a_flapping_endpoint_does_not_favour_the_first():
    balancer, known = robin(10)
    taken = Counter()
    rng = random.Random(1)
    for _ in range(1000):
        flapping = rng.choice(known)
        flapping.become(BUSY)
        flapping.become(OPEN)
        taken[picked(balancer)] += 1
    assert max(taken.values()) < 2 * min(taken.values())


def test_configuration():
    balancer = RoundRobinConfig(max_effort=3).mk(random.Random(1))
    assert isinstance(balancer, RoundRobin)
    assert (balancer.max_effort, balancer.algorithm) == (3, "round_robin")
