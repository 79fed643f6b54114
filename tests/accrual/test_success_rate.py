"""The success rate over requests: exact verdicts, and any history against a plain model."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accrual.test_consecutive_failures import Rising
from tests.contracts.accrual import accrual_contract, marks

from linkerd.accrual.success_rate import SuccessRate, SuccessRateConfig, share


@pytest.mark.parametrize(
    "rule", accrual_contract(SuccessRateConfig(success_rate=0.8, requests=10).mk)
)
def test_contract(rule):
    rule()


def policy(rate=0.5, requests=4):
    return SuccessRate(rate, requests, Rising(), random.Random(1))


def test_not_before_there_were_enough_requests():
    assert marks(policy(), 6) == [-1.0, -1.0, -1.0, 1.0, 2.0, 3.0]


def test_after_successes_it_takes_several_failures():
    judge = policy(rate=0.5, requests=4)
    for second in range(100):
        judge.record_success(float(second))
    # The average is exp(-n/4) after n failures: below a half from the third on.
    assert marks(judge, 4) == [-1.0, -1.0, 1.0, 2.0]


def test_the_rate_itself_is_enough():
    """The average has to be less."""
    rate = exp(-1 / 4.0)
    judge = policy(rate=rate)
    for second in range(4):
        judge.record_success(float(second))
    assert marks(judge, 1) == [-1.0]
    judge = policy(rate=rate + 1e-9)
    for second in range(4):
        judge.record_success(float(second))
    assert marks(judge, 1) == [1.0]


def test_a_revival_forgets_requests_average_and_backoff():
    judge = policy()
    marks(judge, 10)
    judge.revived()
    judge.record_success(0.0)
    assert judge.average.value == 1.0
    assert marks(judge, 5) == [-1.0, -1.0, 1.0, 2.0, 3.0]


@given(
    st.floats(0.0, 1.0),
    st.integers(1, 10),
    st.lists(st.sampled_from("sfr"), max_size=60),
)
def test_any_history(rate, requests, events):
    """`s` is a success, `f` a failure, `r` a revival; the model keeps all results since."""
    judge = policy(rate, requests)
    kept = exp(-1.0 / requests)
    since, marked = [], 0
    for event in events:
        if event == "r":
            judge.revived()
            since, marked = [], 0
            continue
        since.append(event == "s")
        average = float(since[0])
        for value in since[1:]:
            average = value * (1.0 - kept) + average * kept
        if event == "s":
            judge.record_success(0.0)
            continue
        verdict = judge.mark_dead_on_failure(0.0)
        if abs(average - rate) < 1e-12:
            return  # too close to tell
        if len(since) >= requests and average < rate:
            marked += 1
            assert verdict == marked
        else:
            assert verdict == -1.0


def test_configuration():
    config = SuccessRateConfig(success_rate=0.9, requests=20)
    judge = config.mk(random.Random(1)).make()
    assert judge.show() == "successRate(successRate=0.9, requests=20)"
    assert marks(judge, 20) == [-1.0] * 19 + [5.0]


def test_a_share_is_between_none_and_all():
    assert [share(value) is None for value in (-0.1, 0.0, 1.0, 1.1)] == [False, True, True, False]


def test_it_says_what_the_rate_is():
    judge = policy(rate=0.5, requests=4)
    assert judge.success_rate() is None
    judge.record_success(0.0)
    assert judge.success_rate() == 1.0
    marks(judge, 4)
    assert judge.success_rate() == pytest.approx(exp(-1))
    assert judge.why() == "success rate 0.37 over 4 requests, below 0.5"
    assert judge.failures_in_a_row() is None
