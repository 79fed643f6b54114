"""The histogram: where values go, what a snapshot takes, what it leaves."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.telemetry.stat import Stat
from linkerd.telemetry.summary import EMPTY_SUMMARY, LAST_BUCKET, MAX_VALUE, midpoint, summarize


@pytest.mark.parametrize(
    ("value", "shown", "counted"),
    [
        (0, 0, 0),
        (1, 1, 1),
        (112, 112, 112),
        (-7, 0, 0),
        (MAX_VALUE - 1, MAX_VALUE, MAX_VALUE - 1),
        (MAX_VALUE, MAX_VALUE, MAX_VALUE),
        (10**18, MAX_VALUE, MAX_VALUE),
    ],
)
def test_one_value(value: int, shown: int, counted: int) -> None:
    stat = Stat()
    stat.add(value)
    summary = stat.snapshot()
    assert (summary.count, summary.min, summary.max, summary.p50) == (1, shown, shown, shown)
    assert summary.sum == counted


@given(st.integers(1, MAX_VALUE - 1))
def test_a_value_is_shown_within_one_percent(value: int) -> None:
    stat = Stat()
    stat.add(value)
    summary = stat.snapshot()
    assert summary.sum == value
    if value < 2137204091:
        assert abs(summary.p50 - value) <= value * 0.01


@given(st.lists(st.integers(-5, 10**10), max_size=300))
def test_growing_storage_loses_nothing(values: list[int]) -> None:
    stat = Stat()
    for value in values:
        stat.add(value)
    assert sum(stat.counts) == len(values)
    assert len(stat.counts) <= LAST_BUCKET + 1
    summary = stat.snapshot()
    assert summary.sum == sum(min(max(value, 0), MAX_VALUE) for value in values)


def test_a_snapshot_begins_a_new_interval() -> None:
    stat = Stat()
    assert stat.summary is None
    for value in (5, 7, 1000):
        stat.add(value)
    first = stat.snapshot()
    assert stat.summary is first
    assert (first.count, first.sum) == (3, 1012)
    stat.add(3)
    assert stat.summary is first
    assert stat.snapshot().sum == 3
    assert stat.snapshot() is EMPTY_SUMMARY
    assert stat.summary is EMPTY_SUMMARY


def test_reset_forgets_the_running_interval_only() -> None:
    stat = Stat()
    stat.add(5)
    kept = stat.snapshot()
    stat.add(5000)
    stat.reset()
    assert stat.summary is kept
    assert stat.snapshot() is EMPTY_SUMMARY


def test_an_idle_histogram_is_small() -> None:
    stat = Stat()
    assert sys.getsizeof(stat) + sys.getsizeof(stat.counts) < 300
    stat.add(10**9)
    assert sys.getsizeof(stat.counts) > 10_000
    stat.snapshot()
    assert sys.getsizeof(stat) + sys.getsizeof(stat.counts) < 300


def test_counts_are_those_of_the_summary() -> None:
    stat = Stat()
    for value in range(0, 3000, 7):
        stat.add(value)
    assert summarize(stat.counts, stat.beyond) == stat.snapshot()
    assert midpoint(0) == 0


def test_zeros_may_be_counted_apart() -> None:
    apart, added = Stat(), Stat()
    apart.add(0)
    apart.zeros += 3
    for _ in range(4):
        added.add(0)
    assert apart.snapshot() == added.snapshot()
    alone = Stat()
    alone.zeros += 2
    alone.add(5)
    assert (alone.snapshot().count, alone.snapshot()) == (3, EMPTY_SUMMARY)
    alone.zeros += 1
    assert alone.snapshot().count == 1
