"""Finagle's histogram buckets, and the summary of what fell into them.

Bucket counts come in, a `Summary` goes out; both are values and nobody owns them. Bucket limits
are 1, 2, 3 ... up to 113 and 1 % apart from there on, so smaller values are counted exactly.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from math import floor
from operator import mul

import attrs

MAX_VALUE = 2**31 - 1
PERCENTILES = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)


def _bucket_limits() -> list[int]:
    """Give the upper limits (exclusive) of all buckets but the last, as Finagle computes them."""
    limits = [1]
    reached = 1.01
    while reached < MAX_VALUE:
        limit = int(reached) + 1
        if limit != limits[-1]:
            limits.append(limit)
        reached *= 1.01
    return limits


def _bucket_table(limits: list[int], size: int) -> list[int]:
    """Give the bucket of each value below `size`."""
    table: list[int] = []
    for bucket, limit in enumerate(limits):
        table += [bucket] * (min(limit, size) - len(table))
        if limit >= size:
            break
    return table


LIMITS = _bucket_limits()
LAST_BUCKET = len(LIMITS)
EXACT = next(bucket for bucket, limit in enumerate(LIMITS) if limit != bucket + 1)
"""Values below this one have a bucket of their own."""
DIRECT = 4096
"""The bucket of values below this one is looked up rather than searched."""
BUCKET_OF = _bucket_table(LIMITS, DIRECT)


@attrs.frozen
class Summary:
    """What one interval's values looked like; all but `avg` are whole numbers of the stat's unit.

    `p9990` is the 99.9th percentile, `p9999` the 99.99th. `min`, `max` and the percentiles are
    midpoints of buckets, `sum` is exact.
    """

    count: int
    min: int
    max: int
    sum: int
    avg: float
    p50: int
    p90: int
    p95: int
    p99: int
    p9990: int
    p9999: int


EMPTY_SUMMARY = Summary(0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0)


def midpoint(bucket: int) -> int:
    """Give the value that stands for all values of the bucket."""
    if bucket == 0:
        return 0
    if bucket == LAST_BUCKET:
        return MAX_VALUE
    return (LIMITS[bucket - 1] + LIMITS[bucket]) // 2


def summarize(counts: list[int], beyond: int) -> Summary:
    """Summarize bucket counts; `beyond` is the sum of the values that were not counted exactly."""
    cumulative = list(accumulate(counts))
    if not cumulative:
        return EMPTY_SUMMARY
    count = cumulative[-1]
    total = sum(map(mul, counts, range(EXACT))) + beyond
    # Java's Math.round: halves go up.
    targets = [floor(percentile * count + 0.5) for percentile in PERCENTILES]
    return Summary(
        count,
        midpoint(bisect_left(cumulative, 1)),
        midpoint(bisect_left(cumulative, count)),
        total,
        total / count,
        *[midpoint(bisect_left(cumulative, target)) for target in targets],
    )


__all__ = ["EMPTY_SUMMARY", "Summary", "midpoint", "summarize"]
