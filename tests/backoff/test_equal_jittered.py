"""Equal jitter from 5 s to 300 s, the default time an endpoint stays dead."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest

from linkerd.backoff.equal_jittered import EqualJittered


class Fixed(random.Random):
    def __init__(self, number):
        super().__init__()
        self.number = number

    def random(self):
        return self.number


def waits(number, n=10):
    state = EqualJittered(5.0, 300.0).start(Fixed(number))
    return [state.next() for _ in range(n)]


def test_the_least():
    assert waits(0.0) == [5, 5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_the_greatest():
    assert waits(1.0) == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_half_way():
    assert waits(0.5) == [5, 7.5, 15, 30, 60, 120, 240, 300, 300, 300]


def test_once_the_bound_is_reached_it_stays():
    state = EqualJittered(5.0, 300.0).start(Fixed(0.9))
    for _ in range(6):
        state.next()
    assert state.next() == 300.0
    state.rng.number = 0.0
    assert [state.next() for _ in range(3)] == [300.0] * 3


@pytest.mark.parametrize("seed", range(20))
def test_the_bounds_of_each_wait(seed):
    state = EqualJittered(5.0, 300.0).start(random.Random(seed))
    assert state.next() == 5.0
    for half in (5, 10, 20, 40, 80, 160):
        assert half <= state.next() <= min(2 * half, 300)
    assert state.next() == 300.0
