"""Failures in a row: when they mark, for how long, and what makes the count begin anew."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import attrs
import pytest
from tests.contracts.accrual import accrual_contract, marks

from linkerd.accrual.consecutive_failures import (
    DEFAULT_ACCRUAL,
    ConsecutiveFailures,
    ConsecutiveFailuresConfig,
)
from linkerd.backoff.base import Backoff, BackoffState
from linkerd.backoff.constant import ConstantConfig
from linkerd.config.option import OPTION, at_least_one


@pytest.mark.parametrize("rule", accrual_contract(ConsecutiveFailuresConfig(failures=3).mk))
def test_contract(rule):
    rule()


class Counting(BackoffState):
    def next(self):
        self.wait += 1.0
        return self.wait


class Rising(Backoff):
    """1, 2, 3 ... seconds."""

    def start(self, rng):
        return Counting(0.0)


def policy(limit):
    return ConsecutiveFailures(limit, Rising(), random.Random(1))


def test_the_last_of_the_row_marks_and_each_one_after_it():
    assert marks(policy(3), 6) == [-1.0, -1.0, 1.0, 2.0, 3.0, 4.0]


def test_one_is_enough_if_one_is_the_limit():
    assert marks(policy(1), 2) == [1.0, 2.0]


def test_a_success_breaks_the_row_but_not_the_schedule():
    judge = policy(2)
    assert marks(judge, 3) == [-1.0, 1.0, 2.0]
    judge.record_success(3.0)
    assert marks(judge, 3) == [-1.0, 3.0, 4.0]


def test_revival_begins_everything_anew():
    judge = policy(2)
    marks(judge, 5)
    judge.revived()
    assert marks(judge, 3) == [-1.0, 1.0, 2.0]


def test_the_default_is_five_in_a_row_then_five_seconds():
    judge = DEFAULT_ACCRUAL.mk(random.Random(1)).make()
    assert marks(judge, 5) == [-1.0] * 4 + [5.0]
    assert 5.0 <= judge.mark_dead_on_failure(6.0) <= 10.0
    assert judge.show() == "consecutiveFailures(failures=5)"


def test_the_configured_backoff():
    config = ConsecutiveFailuresConfig(failures=2, backoff=ConstantConfig(ms=100))
    assert marks(config.mk(random.Random(1)).make(), 3) == [-1.0, 0.1, 0.1]


def test_failures_are_required_and_at_least_one():
    with pytest.raises(TypeError):
        ConsecutiveFailuresConfig()
    (said,) = [each for each in attrs.fields(ConsecutiveFailuresConfig) if each.name == "failures"]
    assert said.metadata[OPTION].check is at_least_one


def test_it_says_how_many_there_were():
    judge = policy(3)
    marks(judge, 1)
    assert (judge.failures_in_a_row(), judge.why()) == (1, "1 failure in a row")
    marks(judge, 2)
    assert (judge.failures_in_a_row(), judge.why()) == (3, "3 failures in a row")
    assert judge.success_rate() is None
