"""The moving average of successes, and a count of the requests seen lately.

In: a success (1) or failure (0), and when. Out: the share of successes of late. Owned by the
policies of failure accrual that judge by it; both are Finagle's.

HOT: this module compiles as it stands.
"""

from __future__ import annotations

from math import exp

from linkerd.runtime import HALF_MS

SLICES = 5
"""A count's window is cut into so many."""


class Ema:
    """A moving average that forgets exponentially: what is `window` old has 1/e of its weight.

    Stamps and window have the same unit, seconds or requests. The first value is believed as it
    is. `begun` tells that there was one.
    """

    __slots__ = ("begun", "stamp", "value", "window")

    def __init__(self, window: float) -> None:
        self.window = window
        self.begun = False
        self.stamp = 0.0
        self.value = 0.0

    def update(self, stamp: float, value: float) -> float:
        """Take in a value seen at `stamp`, no earlier than the last one; give the average."""
        if self.begun:
            kept = exp((self.stamp - stamp) / self.window)
            value = value * (1.0 - kept) + self.value * kept
        self.begun = True
        self.stamp = stamp
        self.value = value
        return value

    def reset(self) -> None:
        """Forget everything."""
        self.begun = False


class RecentCount:
    """How many requests there were within a window (seconds) that moves on slice by slice.

    A request is forgotten once it is four to five slices old, or later if nothing comes.
    `started_ms` is when the current slice began, `turn` (seconds) when it ends, less what rounding
    may add.
    """

    __slots__ = ("current", "past", "slice_ms", "started_ms", "turn")

    def __init__(self, window: float) -> None:
        self.slice_ms = round(window * 1000.0) // SLICES
        self.started_ms = 0
        self.turn = self.slice_ms / 1000.0 - HALF_MS
        self.current = 0
        self.past = [0] * (SLICES - 1)

    def increment(self, now: float) -> None:
        """Count a request."""
        self.advance(now)
        self.current += 1

    def sum(self, now: float) -> int:
        """Give the number of requests in the window."""
        self.advance(now)
        return self.current + sum(self.past)

    def advance(self, now: float) -> None:
        """Begin another slice if this one is full, and forget those that are too old."""
        if now < self.turn:
            return
        before_ms = self.started_ms
        self.begin_slice(now)
        past = self.past
        past.insert(0, self.current)
        past.pop()
        self.current = 0
        skipped = min((self.started_ms - before_ms) // self.slice_ms - 1, SLICES - 1)
        if skipped > 0:
            self.past = [0] * skipped + past[: SLICES - 1 - skipped]

    def begin_slice(self, now: float) -> None:
        """Have the current slice begin at `now`."""
        now_ms = round(now * 1000.0)
        self.started_ms = now_ms
        self.turn = (now_ms + self.slice_ms) / 1000.0 - HALF_MS

    def reset(self, now: float) -> None:
        """Begin anew at `now`."""
        self.begin_slice(now)
        self.current = 0
        self.past = [0] * (SLICES - 1)


__all__ = ["SLICES", "Ema", "RecentCount"]
