"""Peak EWMA: the arithmetic of the cost, and where the requests go in a simulated cluster."""

from __future__ import annotations

import heapq
import random  # noqa: TID251  # seeded here
from collections import Counter
from math import exp

import pytest
from tests.balancer.test_base import STEPS, Updates
from tests.contracts.balancer import Script, balancer_contract, endpoints, picked, update

from linkerd.balancer.ewma import PENALTY, Ewma, EwmaConfig


def make(rng):
    return EwmaConfig().mk(rng)


@pytest.mark.parametrize("rule", balancer_contract(make))
def test_contract(rule):
    rule()


def ewma(n=2, decay=10.0, numbers=()):
    balancer = Ewma(Script(numbers), 5, decay)
    update(balancer, endpoints(n))
    return balancer


def served(balancer, endpoint, now, elapsed):
    endpoint.pending += 1
    balancer.release(endpoint, now, elapsed)


def test_a_new_endpoint_is_free_until_it_is_busy():
    balancer = ewma()
    [endpoint, _] = balancer.endpoints
    assert balancer.load(endpoint, 5.0) == 0.0
    endpoint.pending = 3
    assert balancer.load(endpoint, 5.0) == PENALTY + 3
    assert pytest.approx((2**47 - 1) / 1e9) == PENALTY


def test_a_peak_is_believed_at_once():
    balancer = ewma()
    [endpoint, _] = balancer.endpoints
    served(balancer, endpoint, 1.0, 0.010)
    assert endpoint.cost == 0.010
    served(balancer, endpoint, 1.1, 0.500)
    assert (endpoint.cost, endpoint.stamp) == (0.500, 1.1)


def test_good_news_is_believed_slowly():
    balancer = ewma(decay=10.0)
    [endpoint, _] = balancer.endpoints
    served(balancer, endpoint, 0.0, 1.0)
    served(balancer, endpoint, 10.0, 0.1)
    assert endpoint.cost == pytest.approx(1.0 * exp(-1) + 0.1 * (1 - exp(-1)))
    assert endpoint.stamp == 10.0


def test_reading_lets_the_cost_fade():
    balancer = ewma(decay=10.0)
    [endpoint, _] = balancer.endpoints
    served(balancer, endpoint, 0.0, 1.0)
    endpoint.pending = 2
    assert balancer.load(endpoint, 5.0) == pytest.approx(3 * exp(-0.5))
    assert balancer.load(endpoint, 10.0) == pytest.approx(3 * exp(-1.0))
    assert endpoint.stamp == 10.0


def test_a_clock_that_stands_still_changes_nothing():
    balancer = ewma()
    [endpoint, _] = balancer.endpoints
    served(balancer, endpoint, 3.0, 1.0)
    served(balancer, endpoint, 3.0, 0.1)
    assert endpoint.cost == 1.0
    assert balancer.load(endpoint, 2.0) == 1.0


def test_the_cheaper_of_two_is_taken_and_ties_go_to_the_first():
    balancer = ewma(numbers=[0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    slow, fast = balancer.endpoints
    assert picked(balancer, 0.0) is slow
    balancer.release(slow, 1.0, 1.0)
    assert picked(balancer, 1.0) is fast
    # The other one is busy and has never answered: that costs more than any latency.
    assert picked(balancer, 1.0) is slow


def simulate(balancer, seconds, rate, latency):
    """Send `rate` requests a second; `latency(endpoint)` is how long one takes. Count the picks."""
    taken = Counter()
    ends = []
    for i in range(int(seconds * rate)):
        now = i / rate
        while ends and ends[0][0] <= now:
            end, _, endpoint, began = heapq.heappop(ends)
            balancer.release(endpoint, end, end - began)
        endpoint = picked(balancer, now)
        taken[endpoint] += 1
        heapq.heappush(ends, (now + latency(endpoint), i, endpoint, now))
    return taken


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_slow_endpoint_gets_hardly_anything(seed):
    balancer = Ewma(random.Random(seed), 5, 10.0)
    update(balancer, endpoints(10))
    slow = balancer.endpoints[3]
    jitter = random.Random(seed)
    taken = simulate(
        balancer,
        seconds=120,
        rate=200,
        latency=lambda e: (1.0 if e is slow else 0.010) * jitter.uniform(0.8, 1.2),
    )
    assert 0 < taken[slow] < 0.02 * taken.total()
    others = [taken[endpoint] for endpoint in balancer.endpoints if endpoint is not slow]
    assert min(others) > 0.5 * taken.total() / 9


def test_it_comes_back_when_it_is_fast_again():
    balancer = Ewma(random.Random(1), 5, 10.0)
    update(balancer, endpoints(10))
    once_slow = balancer.endpoints[3]
    once_slow.cost = 1.0
    taken = simulate(balancer, seconds=300, rate=100, latency=lambda e: 0.010)
    assert taken[once_slow] > 0.05 * taken.total()


class EwmaUpdates(Updates):
    config = EwmaConfig()


TestEwmaUpdates = EwmaUpdates.TestCase
TestEwmaUpdates.settings = STEPS


def test_configuration():
    balancer = EwmaConfig(decay_time_ms=2500, max_effort=3).mk(random.Random(1))
    assert isinstance(balancer, Ewma)
    assert (balancer.decay, balancer.max_effort) == (2.5, 3)
    assert balancer.algorithm == "p2c_peak_ewma"
    assert EwmaConfig().decay_time_ms == 10_000


def test_whoever_only_looks_sees_the_load_and_changes_nothing():
    balancer = ewma(decay=10.0)
    [endpoint, _] = balancer.endpoints
    assert (balancer.score(endpoint, 5.0), balancer.unit()) == (0.0, "s")
    endpoint.pending = 3
    assert balancer.score(endpoint, 5.0) == PENALTY + 3
    served(balancer, endpoint, 5.0, 0.1)
    score = balancer.score(endpoint, 15.0)
    assert (endpoint.cost, endpoint.stamp) == (0.1, 5.0)
    assert balancer.latency(endpoint, 15.0) == pytest.approx(0.1 * exp(-1))
    assert score == balancer.load(endpoint, 15.0)
