"""Decorrelated jitter: exact waits from scripted draws, bounds for any."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.backoff.jittered import Jittered, JitteredConfig, positive


class Draws(random.Random):
    def __init__(self, *numbers):
        super().__init__()
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def test_between_the_last_wait_and_three_times_it():
    state = Jittered(1.0, 100.0).start(Draws(0.5, 0.0, 0.25, 0.5))
    assert [state.next() for _ in range(4)] == [1.0, 2.0, 2.0, 3.0]


def test_never_more_than_the_greatest():
    state = Jittered(1.0, 4.0).start(Draws(0.5, 0.5, 0.5))
    assert [state.next() for _ in range(3)] == [1.0, 2.0, 3.0]
    assert state.wait == 3.5


def test_equal_bounds_are_constant():
    state = Jittered(2.0, 2.0).start(random.Random(1))
    assert [state.next() for _ in range(5)] == [2.0] * 5


@given(
    least=st.integers(1, 10_000),
    more=st.integers(0, 100_000),
    seed=st.integers(0, 1000),
)
def test_begins_with_the_least_and_never_sinks(least, more, seed):
    config = JitteredConfig(min_ms=least, max_ms=least + more)
    state = config.mk().start(random.Random(seed))
    waits = [state.next() for _ in range(30)]
    assert waits[0] == least / 1000
    assert waits == sorted(waits)
    assert waits[-1] <= (least + more) / 1000 + 1e-9


def test_the_bounds_the_wrong_way_round():
    assert list(JitteredConfig(min_ms=5, max_ms=5).faults()) == []
    [(key, why)] = JitteredConfig(min_ms=6, max_ms=5).faults()
    assert key == "maxMs"
    assert "less than minMs" in why


def test_both_bounds_are_required():
    with pytest.raises(TypeError):
        JitteredConfig(min_ms=5)
    with pytest.raises(TypeError):
        JitteredConfig(max_ms=5)
    assert positive(1) is None
    assert positive(0)
