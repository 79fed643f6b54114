"""Dead when the share of successes has sunk too low, by a moving average over requests.

In: one endpoint's successes and failures. Out: the verdict, with times from the backoff schedule.

HOT: `SuccessRate` compiles as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.accrual.average import Ema
from linkerd.accrual.base import AccrualConfig, Policy, PolicyMaker
from linkerd.config.option import at_least_one, option

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

    from linkerd.backoff.base import Backoff


class SuccessRate(Policy):
    """Marks at a failure if the average is below `rate`, once there were `requests` of them.

    `requests` is also the window of the average: the request before those has 1/e of the last
    one's weight. A mark resets nothing; a revival resets all.
    """

    __slots__ = ("average", "backoff", "rate", "requests", "rng", "seen", "waits")

    def __init__(self, rate: float, requests: int, backoff: Backoff, rng: random.Random) -> None:
        self.rate = rate
        self.requests = requests
        self.backoff = backoff
        self.rng = rng
        self.average = Ema(float(requests))
        self.seen = 0
        self.waits = backoff.start(rng)

    def record_success(self, now: float) -> None:
        """Count the success."""
        self.seen += 1
        self.average.update(self.seen, 1.0)

    def mark_dead_on_failure(self, now: float) -> float:
        """Count the failure; give the seconds to stay dead, or -1.0."""
        self.seen += 1
        average = self.average.update(self.seen, 0.0)
        if self.seen < self.requests or average >= self.rate:
            return -1.0
        return self.waits.next()

    def revived(self) -> None:
        """Begin to count, and to wait, anew."""
        self.seen = 0
        self.average.reset()
        self.waits = self.backoff.start(self.rng)

    def success_rate(self) -> float | None:
        """Give the average, None before the first request."""
        return self.average.value if self.average.begun else None

    def why(self) -> str:
        """Say what the average is, and what it should be."""
        rate = f"success rate {self.average.value:.2f} over {self.requests} requests"
        return f"{rate}, below {self.rate:g}"

    def show(self) -> str:
        """Describe the policy for the log."""
        return f"successRate(successRate={self.rate}, requests={self.requests})"


@attrs.frozen
class SuccessRateMaker(PolicyMaker):
    """The policies of one client share their parameters and the random generator."""

    rate: float
    requests: int
    backoff: Backoff
    rng: random.Random

    @override
    def make(self) -> Policy:
        """Make a policy for one endpoint."""
        return SuccessRate(self.rate, self.requests, self.backoff, self.rng)


def share(value: float) -> str | None:
    """Check a share of requests."""
    return None if 0.0 <= value <= 1.0 else "must be between 0 and 1"


@attrs.frozen(kw_only=True)
class SuccessRateConfig(AccrualConfig):
    """`kind: io.l5d.successRate`."""

    kind: ClassVar[str] = "io.l5d.successRate"
    summary: ClassVar[str] = (
        "Leaves an endpoint alone when too small a share of its last requests has succeeded."
    )

    success_rate: float = option(
        "The share of successes below which an endpoint is left alone: 0.9 is nine in ten.",
        check=share,
    )
    requests: int = option(
        "Over how many requests the share is averaged; with fewer there is no verdict.",
        check=at_least_one,
    )

    @override
    def mk(self, rng: random.Random) -> PolicyMaker:
        """Make the maker of a client's policies."""
        return SuccessRateMaker(self.success_rate, self.requests, self.schedule(), rng)


__all__ = ["SuccessRate", "SuccessRateConfig", "SuccessRateMaker", "share"]
