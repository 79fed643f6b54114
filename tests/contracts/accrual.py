"""What every failure accrual policy does, whatever its kind.

In: a function that gives the maker of a client's policies, made with a random generator. Out: rules
to parametrize a test with.
"""

from __future__ import annotations

import random  # noqa: TID251  # each rule seeds its own
from collections.abc import Callable
from functools import partial

import pytest

from linkerd.accrual.base import Policy, PolicyMaker

Make = Callable[[random.Random], PolicyMaker]

MANY = 1000


def marks(policy: Policy, n: int) -> list[float]:
    """Let `n` requests fail, one a second, and give the verdicts."""
    return [policy.mark_dead_on_failure(float(second)) for second in range(n)]


def success_alone_never_marks(make: Make) -> None:
    policy = make(random.Random(1)).make()
    for second in range(MANY):
        policy.record_success(float(second))
    assert policy.mark_dead_on_failure(float(MANY)) == -1.0


def a_verdict_is_minus_one_or_a_time(make: Make) -> None:
    verdicts = marks(make(random.Random(1)).make(), MANY)
    assert all(verdict == -1.0 or verdict >= 0.0 for verdict in verdicts)


def endpoints_are_judged_apart(make: Make) -> None:
    maker = make(random.Random(1))
    failing, fresh = maker.make(), maker.make()
    marks(failing, MANY)
    assert fresh.mark_dead_on_failure(0.0) == -1.0


def revival_forgets(make: Make) -> None:
    maker = make(random.Random(1))
    policy = maker.make()
    first = marks(maker.make(), 20)
    marks(policy, MANY)
    policy.revived()
    again = marks(policy, 20)
    assert [verdict < 0.0 for verdict in again] == [verdict < 0.0 for verdict in first]


def it_describes_itself(make: Make) -> None:
    assert make(random.Random(1)).make().show()


RULES = (
    success_alone_never_marks,
    a_verdict_is_minus_one_or_a_time,
    endpoints_are_judged_apart,
    revival_forgets,
    it_describes_itself,
)


def accrual_contract(make: Make) -> list[object]:
    """Give the rules, bound to one kind, as parameters of a test."""
    return [pytest.param(partial(rule, make), id=rule.__name__) for rule in RULES]
