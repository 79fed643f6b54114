"""Exponential jitter: each wait is drawn below a bound that grows faster and faster.

In: the first and the greatest wait. Out: waits in seconds. It is for `failFast`, from 1 s to 32 s;
no kind of the configuration names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd._typing import override
from linkerd.backoff.base import Backoff, BackoffState

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

LEAST = 0.01
"""Chance may give 0 in Finagle, and then 0 for ever."""


class ExponentialJitteredState(BackoffState):
    """`wait` is the wait to come, `factor` what the bound of the one after it is the product of."""

    __slots__ = ("factor", "greatest", "rng")

    def __init__(self, start: float, greatest: float, rng: random.Random) -> None:
        BackoffState.__init__(self, start)
        self.greatest = greatest
        self.factor = 2.0
        self.rng = rng

    @override
    def next(self) -> float:
        """Give the wait that is due, and draw the one after it."""
        wait = self.wait
        if wait < self.greatest:
            upper = wait * self.factor
            self.factor *= 2.0
            if upper < self.greatest:
                self.wait = max(self.rng.random() * upper, LEAST)
            else:
                self.wait = self.greatest
        return wait


@attrs.frozen
class ExponentialJittered(Backoff):
    """`first` seconds, then by chance up to 2, 4, 8 ... times the last, and `greatest` at last."""

    first: float
    greatest: float

    @override
    def start(self, rng: random.Random) -> BackoffState:
        """Begin with the first wait."""
        return ExponentialJitteredState(self.first, self.greatest, rng)


__all__ = ["ExponentialJittered"]
