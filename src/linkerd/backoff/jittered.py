"""Decorrelated jitter: each wait is drawn between the last one and three times the last one.

In: the least and the greatest wait. Out: waits in seconds that begin with the least and
never get shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.backoff.base import Backoff, BackoffConfig, BackoffState
from linkerd.config.option import option

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only
    from collections.abc import Iterable


class JitteredState(BackoffState):
    """`wait` is the wait to come, `greatest` the bound of all waits."""

    __slots__ = ("greatest", "rng")

    def __init__(self, least: float, greatest: float, rng: random.Random) -> None:
        BackoffState.__init__(self, least)
        self.greatest = greatest
        self.rng = rng

    @override
    def next(self) -> float:
        """Give the wait that is due, and draw the one after it."""
        wait = self.wait
        upper = min(3.0 * wait, self.greatest)
        self.wait = wait + self.rng.random() * (upper - wait)
        return wait


@attrs.frozen
class Jittered(Backoff):
    """Waits between `least` and `greatest` seconds."""

    least: float
    greatest: float

    @override
    def start(self, rng: random.Random) -> BackoffState:
        """Begin with the least wait."""
        return JitteredState(self.least, self.greatest, rng)


def positive(value: int) -> str | None:
    """Check a time that must not be zero."""
    return None if value > 0 else "must be greater than 0"


@attrs.frozen(kw_only=True)
class JitteredConfig(BackoffConfig):
    """`kind: jittered`."""

    kind: ClassVar[str] = "jittered"
    summary: ClassVar[str] = "Waits longer and longer, by chance, between two bounds."

    min_ms: int = option("The first and shortest wait.", unit="ms", check=positive)
    max_ms: int = option("The longest wait.", unit="ms", check=positive)

    @override
    def faults(self) -> Iterable[tuple[str, str]]:
        """Refuse bounds that are the wrong way round."""
        if self.max_ms < self.min_ms:
            yield "maxMs", f"maxMs ({self.max_ms}) is less than minMs ({self.min_ms})"

    @override
    def mk(self) -> Backoff:
        """Make the schedule."""
        return Jittered(self.min_ms / 1000.0, self.max_ms / 1000.0)


__all__ = ["Jittered", "JitteredConfig"]
