"""A histogram of integers: `add` on the data path, `snapshot` once an interval.

Integers come in; a `Summary` goes out. The metrics tree owns each `Stat`, and
`linkerd.telemetry.snapshot` takes the summaries and so empties the buckets. Storage grows with the
largest value seen and is given back at each snapshot: an idle histogram costs next to nothing.

HOT: this module compiles as it stands.
"""

from __future__ import annotations

from bisect import bisect_right

from linkerd.telemetry.summary import (
    BUCKET_OF,
    DIRECT,
    EMPTY_SUMMARY,
    EXACT,
    LAST_BUCKET,
    LIMITS,
    MAX_VALUE,
    Summary,
    summarize,
)

GROWTH = 64


class Stat:
    """A histogram of the running interval, and in `summary` that of the last full one, if any.

    `counts[b]` is the number of values in bucket b, for as many buckets as are in use; `beyond` is
    the sum of those values that the buckets do not tell exactly. `zeros` may be raised instead of
    adding a zero, where most values are.
    """

    __slots__ = ("beyond", "counts", "summary", "zeros")

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.beyond = 0
        self.zeros = 0
        self.summary: Summary | None = None

    def add(self, value: int) -> None:
        """Count one value. Below zero counts as zero, beyond 2^31-1 as 2^31-1."""
        if 0 <= value < EXACT:
            bucket = value
        elif value <= 0:
            bucket = 0
        elif value < MAX_VALUE:
            bucket = BUCKET_OF[value] if value < DIRECT else bisect_right(LIMITS, value)
            self.beyond += value
        else:
            bucket = LAST_BUCKET
            self.beyond += MAX_VALUE
        try:
            self.counts[bucket] += 1
        except IndexError:
            self._grow(bucket)

    def _grow(self, bucket: int) -> None:
        counts = self.counts
        size = min((bucket // GROWTH + 1) * GROWTH, LAST_BUCKET + 1)
        counts.extend([0] * (size - len(counts)))
        counts[bucket] += 1

    def snapshot(self) -> Summary:
        """End the interval: summarize it, keep the summary, and begin an empty one."""
        summary = EMPTY_SUMMARY
        if self.zeros:
            if not self.counts:
                self._grow(0)
                self.counts[0] = 0
            self.counts[0] += self.zeros
        if self.counts:
            summary = summarize(self.counts, self.beyond)
            self.reset()
        self.summary = summary
        return summary

    def reset(self) -> None:
        """Forget the values of the running interval; the last summary stays."""
        self.counts = []
        self.beyond = 0
        self.zeros = 0


__all__ = ["Stat", "Summary"]
