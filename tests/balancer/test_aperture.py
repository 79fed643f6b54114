"""The aperture: its load band by exact figures, the window's size under load, who is in it."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here
from math import exp

import pytest
from hypothesis.stateful import invariant
from tests.balancer.test_base import STEPS, Updates
from tests.balancer.test_ewma import simulate
from tests.contracts.balancer import Script, balancer_contract, endpoints, picked, update

from linkerd.balancer.aperture import Aperture, ApertureConfig, positive
from linkerd.balancer.base import BUSY, OPEN, Endpoint


@pytest.mark.parametrize("rule", balancer_contract(ApertureConfig(min_aperture=10).mk))
def test_contract(rule):
    rule()


def check(balancer):
    assert balancer.total == sum(e.pending for e in balancer.endpoints)
    assert min(balancer.least, balancer.size) <= balancer.aperture <= max(balancer.size, 1)


class ApertureUpdates(Updates):
    config = ApertureConfig(smooth_window_ms=100, min_aperture=2)

    @invariant()
    def the_window_is_within_its_bounds(self):
        for each in getattr(self.balancer, "classes", [self.balancer]):
            check(each)


TestApertureUpdates = ApertureUpdates.TestCase
TestApertureUpdates.settings = STEPS


def aperture(n, seed=1, **keys):
    balancer = ApertureConfig(**keys).mk(random.Random(seed))
    update(balancer, endpoints(n))
    return balancer


def test_the_average_by_figures():
    balancer = aperture(10, smooth_window_ms=1000, high_load=100.0)
    one = picked(balancer, 5.0)
    assert balancer.average == 1.0  # the first is believed
    picked(balancer, 5.5)
    first = 2 * (1 - exp(-0.5)) + 1 * exp(-0.5)
    assert balancer.average == pytest.approx(first)
    balancer.release(one, 7.5, 2.5)
    assert balancer.average == pytest.approx(1 * (1 - exp(-2.0)) + first * exp(-2.0))
    before = balancer.average
    picked(balancer, 7.5)
    picked(balancer, 7.4)
    assert balancer.average == before  # no time has passed


def test_one_step_wider_at_the_upper_bound():
    balancer = aperture(3, low_load=0.5, high_load=1.0)
    picked(balancer, 0.0)  # 1 under way on 1
    assert (balancer.aperture, balancer.widened) == (2, 1)
    picked(balancer, 0.0)  # the average has not moved: 1 on 2, which is at the lower bound
    assert (balancer.aperture, balancer.narrowed) == (1, 1)


def test_it_ends_at_all_and_at_the_least():
    balancer = aperture(4, smooth_window_ms=1, min_aperture=2)
    under_way = [picked(balancer, float(i)) for i in range(100)]
    assert balancer.aperture == 4
    for i, endpoint in enumerate(under_way):
        balancer.release(endpoint, 100.0 + i, 1.0)
    assert (balancer.aperture, balancer.widened, balancer.narrowed) == (2, 2, 2)


@pytest.mark.parametrize("load", [1, 5, 20, 70])
def test_the_window_follows_the_load(load):
    """So many requests are under way that each endpoint in use has between 0.5 and 2 of them."""
    balancer = aperture(40, smooth_window_ms=500)
    simulate(balancer, seconds=10, rate=load * 10, latency=lambda e: 0.1)
    assert load / 2.0 <= balancer.aperture <= load / 0.5


def test_little_load_stays_on_few_endpoints():
    taken = simulate(aperture(100), seconds=60, rate=20, latency=lambda e: 0.010)
    assert len(taken) == 1


def test_one_step_narrower_at_the_lower_bound():
    balancer = aperture(8, smooth_window_ms=1, min_aperture=4)
    under_way = [picked(balancer, float(second)) for second in range(3)]
    balancer.least = 1
    under_way.append(picked(balancer, 3.0))  # 4 on 4
    balancer.release(under_way.pop(), 4.0, 0.0)  # 3 on 4
    assert (balancer.aperture, balancer.narrowed) == (4, 0)
    balancer.release(under_way.pop(), 5.0, 0.0)  # 2 on 4
    assert (balancer.aperture, balancer.narrowed) == (3, 1)


def test_the_counts_of_what_is_used_no_more_go_on():
    balancer, gone = aperture(1), aperture(1)
    gone.widened, gone.narrowed, gone.expired = 1, 2, 3
    balancer.absorb(gone)
    balancer.absorb(gone)
    assert (balancer.widened, balancer.narrowed, balancer.expired) == (2, 4, 6)


def test_the_window_is_of_open_endpoints():
    balancer = aperture(10, min_aperture=3)
    for endpoint in balancer.endpoints[:3]:
        endpoint.become(BUSY)
    for _ in range(100):
        assert picked(balancer).status == OPEN
    assert balancer.max_effort_exhausted == 0


def test_with_few_open_the_window_is_those():
    balancer = aperture(10, min_aperture=10)
    open_ones = set(balancer.endpoints[:2])
    for endpoint in balancer.endpoints[2:]:
        endpoint.become(BUSY)
    assert {picked(balancer) for _ in range(100)} == open_ones
    assert balancer.window() == 2


def test_the_less_busy_of_two_and_ties_to_the_first():
    balancer = Aperture(Script([0.99, 0.99, *[0.0] * 6]), 5, 5.0, 0.5, 1000.0, 3)
    update(balancer, endpoints(3))
    first, second, _ = balancer.endpoints
    assert [picked(balancer) for _ in range(3)] == [first, second, first]


def test_an_update_keeps_the_width():
    balancer = aperture(10, smooth_window_ms=1)
    for i in range(50):
        picked(balancer, float(i))
    assert balancer.aperture == 10
    update(balancer, balancer.endpoints[1:] + endpoints(1))
    assert balancer.aperture >= 9
    update(balancer, balancer.endpoints[:4])
    assert balancer.aperture == 4


def test_new_ones_are_as_likely_in_the_window_as_old_ones():
    inside = 0
    for seed in range(300):
        balancer = aperture(9, seed=seed, min_aperture=3)
        [new] = endpoints(1)
        balancer.change([new], [], [])
        inside += new.place < 3
    assert 60 < inside < 120  # 3 of 10 places


def test_a_pick_of_ten_thousand_draws_two_numbers():
    balancer = aperture(10_000, min_aperture=100)
    drawn = Script([0.5, 0.25])
    balancer.uniform = drawn.random
    assert picked(balancer) is balancer.endpoints[50]
    assert drawn.numbers == []


class Kept(Endpoint):
    """Has connections, until it lets go of them."""

    __slots__ = ("kept",)

    def abandon(self):
        had, self.kept = self.kept, False
        return had


def test_what_has_left_the_window_is_let_go_of_in_time():
    balancer = aperture(0, smooth_window_ms=1000)
    known = [Kept(e.address, 0.0) for e in endpoints(4)]
    for endpoint in known:
        endpoint.kept = True
    update(balancer, known)
    used, unused, late, busy = balancer.endpoints
    late.pending = 1
    balancer.total += 1
    balancer.release(late, 16.0, 0.1)
    busy.pending = 1
    balancer.expire(9.9)
    assert all(e.kept for e in known)
    balancer.expire(10.0)
    assert [e.kept for e in (used, unused, late, busy)] == [True, False, True, True]
    assert balancer.expired == 1
    balancer.expire(25.9)
    assert late.kept
    balancer.expire(26.0)
    assert not late.kept


def test_a_time_that_floats_miss_by_a_little_has_passed():
    balancer = aperture(0, smooth_window_ms=100)
    known = [Kept(e.address, 0.4) for e in endpoints(2)]
    update(balancer, known)
    for endpoint in known:
        endpoint.kept = True
    balancer.expire(1.4)
    assert [e.kept for e in balancer.endpoints] == [True, False]


def test_configuration():
    balancer = ApertureConfig().mk(random.Random(1))
    assert isinstance(balancer, Aperture)
    assert (balancer.max_effort, balancer.smooth) == (5, 5.0)
    assert (balancer.low, balancer.high, balancer.least) == (0.5, 2.0, 1)
    assert balancer.algorithm == "aperture_least_loaded"


def test_a_band_upside_down_is_refused():
    assert positive(0.0) is not None
    assert [key for key, _ in ApertureConfig(low_load=3.0).faults()] == ["highLoad"]
    assert not list(ApertureConfig(low_load=2.0).faults())


def test_the_window_holds_as_many_as_it_is_wide():
    balancer = aperture(5)
    for width in (1, 3):
        balancer.aperture = width
        held = [endpoint for endpoint in balancer.endpoints if balancer.holds(endpoint)]
        assert held == balancer.endpoints[:width]
