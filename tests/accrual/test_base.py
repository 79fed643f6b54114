"""The policy that never marks, and the time an endpoint stays dead by default."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest

from linkerd.accrual.base import AccrualConfig, Policy
from linkerd.backoff.constant import Constant, ConstantConfig
from linkerd.backoff.equal_jittered import EqualJittered


def test_the_base_never_marks():
    policy = Policy()
    assert {policy.mark_dead_on_failure(float(i)) for i in range(100)} == {-1.0}


def test_the_schedule():
    assert AccrualConfig().schedule() == EqualJittered(5.0, 300.0)
    assert AccrualConfig(backoff=ConstantConfig(ms=250)).schedule() == Constant(0.25)


def test_a_kind_must_make_policies():
    with pytest.raises(NotImplementedError):
        AccrualConfig().mk(random.Random(1))
