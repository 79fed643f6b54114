"""The moving average of successes, and a count of the requests seen lately.

In: a success (1) or failure (0), and when. Out: the share of successes of late. Owned by the
policies of failure accrual that judge by it; both are Finagle's.

HOT: this module compiles as it stands.
"""

from __future__ import annotations

from math import exp

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
    """

    __slots__ = ("current", "past", "slice_s", "started")

    def __init__(self, window: float) -> None:
        self.slice_s = window / SLICES
        self.started = 0.0
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
        elapsed = now - self.started
        if elapsed < self.slice_s:
            return
        self.started = now
        past = self.past
        past.insert(0, self.current)
        past.pop()
        self.current = 0
        skipped = min(int(elapsed / self.slice_s) - 1, SLICES - 1)
        self.past = [0] * skipped + past[: SLICES - 1 - skipped]

    def reset(self, now: float) -> None:
        """Begin anew at `now`."""
        self.started = now
        self.current = 0
        self.past = [0] * (SLICES - 1)


__all__ = ["SLICES", "Ema", "RecentCount"]
