"""Constant waits, and milliseconds that become seconds."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest

from linkerd.backoff.constant import ConstantConfig


@pytest.mark.parametrize(("ms", "seconds"), [(0, 0.0), (250, 0.25), (60_000, 60.0)])
def test_always_the_same(ms, seconds):
    state = ConstantConfig(ms=ms).mk().start(random.Random(1))
    assert [state.next() for _ in range(5)] == [seconds] * 5


def test_at_once_if_nothing_is_said():
    assert ConstantConfig().mk().start(random.Random(1)).next() == 0.0
