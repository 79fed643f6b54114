"""What holds for every schedule: it is endless, and beginning again forgets."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest

from linkerd.backoff.base import BackoffConfig
from linkerd.backoff.constant import Constant
from linkerd.backoff.equal_jittered import EqualJittered
from linkerd.backoff.jittered import Jittered

SCHEDULES = [Constant(0.5), Jittered(0.1, 3.0), EqualJittered(5.0, 300.0)]


@pytest.mark.parametrize("backoff", SCHEDULES, ids=lambda b: type(b).__name__)
def test_each_start_begins_anew_and_runs_are_apart(backoff):
    one = backoff.start(random.Random(1))
    other = backoff.start(random.Random(1))
    first = [one.next() for _ in range(50)]
    assert [other.next() for _ in range(50)] == first
    assert all(wait >= 0.0 for wait in first)


def test_a_kind_must_say_its_schedule():
    with pytest.raises(NotImplementedError):
        BackoffConfig().mk()
