"""Exponential jitter from 1 s to 32 s, for `failFast`."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest
from tests.backoff.test_equal_jittered import Fixed

from linkerd.backoff.exponential_jittered import LEAST, ExponentialJittered


def waits(number, n=6):
    state = ExponentialJittered(1.0, 32.0).start(Fixed(number))
    return [state.next() for _ in range(n)]


def test_the_bound_of_each_is_two_four_eight_times_the_last():
    assert waits(0.5) == [1, 1, 2, 8, 32, 32]


def test_the_greatest():
    assert waits(0.999) == [1, 0.999 * 2, 0.999 * 4 * 0.999 * 2, 32, 32, 32]


def test_chance_cannot_stop_it():
    assert waits(0.0, 14) == [1, *[LEAST] * 11, 32, 32]


@pytest.mark.parametrize("seed", range(20))
def test_it_ends_at_the_greatest(seed):
    state = ExponentialJittered(1.0, 32.0).start(random.Random(seed))
    assert state.next() == 1.0
    seen = [state.next() for _ in range(16)]
    assert all(LEAST <= wait <= 32.0 for wait in seen)
    assert seen[12:] == [32.0] * 4
