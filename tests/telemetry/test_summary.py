"""Buckets and percentiles, against Finagle's definitions spelt out naively."""

from __future__ import annotations

from itertools import pairwise
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.telemetry.summary import (
    BUCKET_OF,
    DIRECT,
    EMPTY_SUMMARY,
    EXACT,
    LAST_BUCKET,
    LIMITS,
    MAX_VALUE,
    midpoint,
    summarize,
)


def bucket_of(value: int) -> int:
    """Find the bucket with L[i-1] <= value < L[i] by looking at each."""
    return next((bucket for bucket, limit in enumerate(LIMITS) if value < limit), LAST_BUCKET)


def test_limits_are_finagles() -> None:
    assert len(LIMITS) == 1797
    assert LIMITS[:5] == [1, 2, 3, 4, 5]
    assert sorted(set(LIMITS)) == LIMITS
    assert LIMITS[-1] < MAX_VALUE
    steps = [after / before for before, after in pairwise(LIMITS[200:])]
    assert max(steps) < 1.0125
    assert min(steps) > 1.0


def test_small_values_have_buckets_of_their_own() -> None:
    assert EXACT == 113
    assert [midpoint(bucket) for bucket in range(EXACT)] == list(range(EXACT))


def test_table_agrees_with_the_limits() -> None:
    assert len(BUCKET_OF) == DIRECT
    assert [bucket_of(value) for value in range(DIRECT)] == BUCKET_OF


def test_outer_midpoints() -> None:
    assert midpoint(0) == 0
    assert midpoint(LAST_BUCKET) == 2147483647
    assert midpoint(500) == (LIMITS[499] + LIMITS[500]) // 2


def test_nothing_is_all_zero() -> None:
    assert summarize([], 0) is EMPTY_SUMMARY
    assert EMPTY_SUMMARY.count == 0


@pytest.mark.parametrize(("count", "p50"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_the_target_is_rounded_half_up(count: int, p50: int) -> None:
    one_of_each = [0] + [1] * count
    assert summarize(one_of_each, 0).p50 == p50


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=200))
def test_percentiles(values: list[int]) -> None:
    counts = [0] * (LAST_BUCKET + 1)
    for value in values:
        counts[bucket_of(value)] += 1
    summary = summarize(counts, sum(value for value in values if value >= EXACT))
    in_order = sorted(midpoint(bucket_of(value)) for value in values)
    count = len(values)
    assert summary.count == count
    assert summary.sum == sum(values)
    assert summary.avg == sum(values) / count
    assert (summary.min, summary.max) == (in_order[0], in_order[-1])
    for percentile, got in [
        (0.5, summary.p50),
        (0.9, summary.p90),
        (0.95, summary.p95),
        (0.99, summary.p99),
        (0.999, summary.p9990),
        (0.9999, summary.p9999),
    ]:
        assert got == in_order[floor(percentile * count + 0.5) - 1]
