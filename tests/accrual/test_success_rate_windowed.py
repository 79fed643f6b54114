"""The success rate over time: when there is a verdict at all, and what it is."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accrual.test_consecutive_failures import Rising
from tests.contracts.accrual import accrual_contract

from linkerd.accrual.success_rate_windowed import SuccessRateWindowed, SuccessRateWindowedConfig


@pytest.mark.parametrize(
    "rule", accrual_contract(SuccessRateWindowedConfig(success_rate=0.8, window=10).mk)
)
def test_contract(rule):
    rule()


def policy(rate=0.5, window=10.0):
    return SuccessRateWindowed(rate, window, Rising(), random.Random(1))


def verdicts(judge, *times):
    return [judge.mark_dead_on_failure(now) for now in times]


def test_not_before_the_window_has_passed():
    assert verdicts(policy(), 100.0, 102, 104, 106, 108, 109.9, 110, 111) == [-1.0] * 6 + [1.0, 2.0]


@pytest.mark.parametrize("first_ms", [400, 900, 3100, 123_456])
def test_exactly_when_the_window_has_passed(first_ms):
    """Though 1.4 s - 0.4 s is less than a second by floats."""
    steps = [(first_ms + wait) / 1000 for wait in (0, 200, 400, 600, 800, 999, 1000)]
    assert verdicts(policy(window=1.0), *steps) == [-1.0] * 6 + [1.0]


def test_not_with_fewer_than_five_requests_in_the_window():
    judge = policy()
    # Slices of two seconds: at 12 only what came at 4, 8 and 12 is left.
    assert verdicts(judge, 0.0, 4.0, 8.0, 12.0, 12.1) == [-1.0] * 5
    assert verdicts(judge, 12.2) == [1.0]


def test_the_rate_itself_is_enough():
    """The average has to be less."""
    assert verdicts(policy(rate=0.0), *map(float, range(20))) == [-1.0] * 20


def test_successes_count_as_requests():
    judge = policy(rate=0.99)
    for now in (0.0, 8.0, 9.0, 10.0, 11.0):
        judge.record_success(now)
    assert verdicts(judge, 12.0) == [1.0]


@pytest.mark.parametrize(("seconds", "verdict"), [(6.8, -1.0), (7.0, 1.0)])
def test_the_average_is_over_time(seconds, verdict):
    """It is exp(-t/10) when failures alone have come for t seconds: a half after 6.93 s."""
    judge = policy()
    for tenth in range(200):
        judge.record_success(tenth / 10)
    last = 19.9
    verdicts(judge, *(last + seconds * part / 50 for part in range(1, 50)))
    assert verdicts(judge, last + seconds) == [verdict]
    assert judge.average.value == pytest.approx(exp(-seconds / 10))


def test_a_revival_begins_another_window():
    judge = policy()
    verdicts(judge, *map(float, range(20)))
    judge.revived()
    judge.record_success(20.0)
    assert verdicts(judge, *map(float, range(21, 30))) == [-1.0] * 9
    assert verdicts(judge, 30.0) == [1.0]


@given(st.floats(0.0, 1.0), st.lists(st.tuples(st.floats(0.001, 3.0), st.booleans()), max_size=60))
def test_any_history(rate, steps):
    """Never early, never while the average is good, always once failures have lasted."""
    judge = policy(rate, 5.0)
    now, average, first, before = 0.0, 0.0, None, 0.0
    for wait, good in steps:
        now += wait
        if first is None:
            first, average = now, float(good)
        else:
            kept = exp((before - now) / 5.0)
            average = good * (1.0 - kept) + average * kept
        before = now
        if good:
            judge.record_success(now)
            continue
        verdict = judge.mark_dead_on_failure(now)
        if now - first < 5.0 or average > rate + 1e-9:
            assert verdict == -1.0
        elif average < rate - 1e-9 and judge.recent.sum(now) >= 5:
            assert verdict > 0.0


def test_configuration():
    judge = SuccessRateWindowedConfig(success_rate=0.9, window=30).mk(random.Random(1)).make()
    assert judge.show() == "successRateWindowed(successRate=0.9, window=30 s)"
    assert verdicts(judge, *map(float, range(31))) == [-1.0] * 30 + [5.0]


def test_it_says_what_the_rate_is():
    judge = policy(rate=0.5, window=10.0)
    assert judge.success_rate() is None
    judge.record_success(0.0)
    judge.mark_dead_on_failure(10.0)
    assert judge.success_rate() == pytest.approx(exp(-1))
    assert judge.why() == "success rate 0.37 over 10 s, below 0.5"
