"""Equal jitter: half of each wait doubles from try to try, the other half is drawn by chance.

In: the first and the greatest wait. Out: waits in seconds. This is the default of failure accrual,
from 5 s to 300 s; no kind of the configuration names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd._typing import override
from linkerd.backoff.base import Backoff, BackoffState

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class EqualJitteredState(BackoffState):
    """`wait` is the wait to come, `half` the least that the one after it can be."""

    __slots__ = ("greatest", "half", "rng")

    def __init__(self, start: float, greatest: float, rng: random.Random) -> None:
        BackoffState.__init__(self, start)
        self.greatest = greatest
        self.half = start
        self.rng = rng

    @override
    def next(self) -> float:
        """Give the wait that is due, and draw the one after it."""
        wait = self.wait
        half = self.half
        if half < self.greatest:
            self.wait = min(half + self.rng.random() * half, self.greatest)
            # Once the bound has been reached it stays, also if the doubling has not come there yet.
            self.half = 2.0 * half if self.wait < self.greatest else self.greatest
        else:
            self.wait = self.greatest
        return wait


@attrs.frozen
class EqualJittered(Backoff):
    """`first` seconds, then 1 to 2 times 1, 2, 4 ... times `first`, and `greatest` at last."""

    first: float
    greatest: float

    @override
    def start(self, rng: random.Random) -> BackoffState:
        """Begin with the first wait."""
        return EqualJitteredState(self.first, self.greatest, rng)


__all__ = ["EqualJittered"]
