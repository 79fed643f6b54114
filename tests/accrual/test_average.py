"""The moving average by exact figures and against the sum it stands for; the sliding count."""

from __future__ import annotations

from itertools import pairwise
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.accrual.average import SLICES, Ema, RecentCount


def test_the_first_value_is_believed():
    assert Ema(10.0).update(7.0, 0.25) == 0.25


def test_what_is_a_window_old_has_one_eth_of_its_weight():
    ema = Ema(10.0)
    ema.update(5.0, 1.0)
    assert ema.update(15.0, 0.0) == pytest.approx(0.36787944117144233)
    assert ema.update(20.0, 1.0) == pytest.approx(0.6165996376)


def test_without_time_nothing_moves():
    ema = Ema(10.0)
    ema.update(5.0, 1.0)
    assert ema.update(5.0, 0.0) == 1.0


def test_reset_forgets_the_first_too():
    ema = Ema(10.0)
    ema.update(5.0, 1.0)
    ema.reset()
    assert ema.update(6.0, 0.0) == 0.0


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.floats(0.0, 1.0)), min_size=1, max_size=30))
def test_it_is_a_weighted_sum(steps):
    """Each value weighs what it gained when it came, times what has been kept since."""
    ema, stamp, seen = Ema(3.0), 0.0, []
    for wait, value in steps:
        stamp += wait
        seen.append((stamp, value))
        ema.update(stamp, value)
    expected = seen[0][1] * exp((seen[0][0] - stamp) / 3.0)
    for (before, _), (when, value) in pairwise(seen):
        expected += value * (1.0 - exp((before - when) / 3.0)) * exp((when - stamp) / 3.0)
    assert ema.value == pytest.approx(expected, abs=1e-9)


def counted(steps):
    """Count at each of the times; give the sum after each."""
    count = RecentCount(5.0)
    sums = []
    for now in steps:
        count.increment(now)
        sums.append(count.sum(now))
    return sums


def test_a_request_is_forgotten_after_five_slices():
    # Slices of 1 s begin at 0, 1, 2 ...; the first request's is gone when the sixth begins.
    assert counted([0.0, 1.0, 2.0, 3.0, 4.0, 4.9, 5.0, 6.0]) == [1, 2, 3, 4, 5, 6, 6, 6]


@pytest.mark.parametrize(("pause", "left"), [(0.9, 3), (1.0, 3), (4.9, 3), (5.0, 1), (50.0, 1)])
def test_a_pause_skips_slices(pause, left):
    assert counted([0.0, 0.0, pause])[-1] == left


@pytest.mark.parametrize("begun", [0.0, 0.1, 4.1, 123.456])
@pytest.mark.parametrize("window", [1.0, 3.0, 5.0])
def test_a_pause_of_whole_slices_skips_all_of_them(window, begun):
    """Whatever the last digits of a float may be."""
    for slices in range(1, 6):
        count = RecentCount(window)
        count.reset(begun)
        count.increment(begun)
        count.sum(round(begun + slices * window / 5, 3))
        assert count.past == [int(i == slices - 1) for i in range(4)]


def test_a_slice_begins_when_it_is_looked_at():
    assert counted([0.0, 1.5, 2.4, 2.5, 5.5]) == [1, 2, 3, 4, 4]


def test_it_begins_anew():
    count = RecentCount(5.0)
    count.increment(0.5)
    count.increment(2.5)
    count.reset(3.0)
    assert (count.sum(3.0), count.started_ms) == (0, 3000)
    assert [count.sum(now) for now in (3.9, 5.0)] == [0, 0]
    count.increment(5.0)
    assert [count.sum(now) for now in (9.9, 10.9)] == [1, 0]


@given(st.lists(st.floats(0.0, 3.0), max_size=40))
def test_nothing_young_is_forgotten_and_nothing_old_remembered(waits):
    count, now, times = RecentCount(5.0), 0.0, []
    for wait in waits:
        now += wait
        count.increment(now)
        times.append(now)
        # A slice may be up to a wait longer than it should be.
        young = [t for t in times if now - t < SLICES - 1]
        old = [t for t in times if now - t > SLICES * (1 + max(waits))]
        assert len(young) <= count.sum(now) <= len(times) - len(old)
