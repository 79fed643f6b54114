"""Dead when the share of successes has sunk too low, by a moving average over time.

In: one endpoint's successes and failures, and when they came. Out: the verdict, with times from the
backoff schedule.

HOT: `SuccessRateWindowed` compiles as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.accrual.average import Ema, RecentCount
from linkerd.accrual.base import AccrualConfig, Policy, PolicyMaker
from linkerd.accrual.success_rate import share
from linkerd.config.option import at_least_one, option

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

    from linkerd.backoff.base import Backoff

ENOUGH = 5
"""With fewer requests in the window there is no verdict."""


class SuccessRateWindowed(Policy):
    """Marks at a failure if the average is below `rate`, after a `window` (seconds) at least.

    `since_ms` is when the first request after the beginning, or after the last revival, ended;
    below zero there was none.
    """

    __slots__ = ("average", "backoff", "rate", "recent", "rng", "since_ms", "waits", "window")

    def __init__(self, rate: float, window: float, backoff: Backoff, rng: random.Random) -> None:
        self.rate = rate
        self.window = window
        self.backoff = backoff
        self.rng = rng
        self.average = Ema(window)
        self.recent = RecentCount(window)
        self.since_ms = -1
        self.waits = backoff.start(rng)

    def record_success(self, now: float) -> None:
        """Count the success."""
        self.count(now, 1.0)

    def mark_dead_on_failure(self, now: float) -> float:
        """Count the failure; give the seconds to stay dead, or -1.0."""
        average = self.count(now, 0.0)
        if average >= self.rate:
            return -1.0
        if round(now * 1000.0) - self.since_ms < self.window * 1000.0:
            return -1.0
        if self.recent.sum(now) < ENOUGH:
            return -1.0
        return self.waits.next()

    def count(self, now: float, value: float) -> float:
        """Count a request; give the share of successes."""
        if self.since_ms < 0:
            self.since_ms = round(now * 1000.0)
            self.recent.reset(now)
        self.recent.increment(now)
        return self.average.update(now, value)

    def revived(self) -> None:
        """Begin to count, and to wait, anew."""
        self.since_ms = -1
        self.average.reset()
        self.waits = self.backoff.start(self.rng)

    def success_rate(self) -> float | None:
        """Give the average, None before the first request."""
        return self.average.value if self.average.begun else None

    def why(self) -> str:
        """Say what the average is, and what it should be."""
        rate = f"success rate {self.average.value:.2f} over {self.window:g} s"
        return f"{rate}, below {self.rate:g}"

    def show(self) -> str:
        """Describe the policy for the log."""
        return f"successRateWindowed(successRate={self.rate}, window={self.window:g} s)"


@attrs.frozen
class SuccessRateWindowedMaker(PolicyMaker):
    """The policies of one client share their parameters and the random generator."""

    rate: float
    window: float
    backoff: Backoff
    rng: random.Random

    @override
    def make(self) -> Policy:
        """Make a policy for one endpoint."""
        return SuccessRateWindowed(self.rate, self.window, self.backoff, self.rng)


@attrs.frozen(kw_only=True)
class SuccessRateWindowedConfig(AccrualConfig):
    """`kind: io.l5d.successRateWindowed`."""

    kind: ClassVar[str] = "io.l5d.successRateWindowed"
    summary: ClassVar[str] = (
        "Leaves an endpoint alone when too small a share of its requests has succeeded of late."
    )

    success_rate: float = option(
        "The share of successes below which an endpoint is left alone: 0.9 is nine in ten.",
        check=share,
    )
    window: int = option(
        "Over how many seconds the share is averaged; there is no verdict before they have passed, "
        "nor with fewer than 5 requests within them.",
        unit="s",
        check=at_least_one,
    )

    @override
    def mk(self, rng: random.Random) -> PolicyMaker:
        """Make the maker of a client's policies."""
        return SuccessRateWindowedMaker(self.success_rate, float(self.window), self.schedule(), rng)


__all__ = [
    "ENOUGH",
    "SuccessRateWindowed",
    "SuccessRateWindowedConfig",
    "SuccessRateWindowedMaker",
]
