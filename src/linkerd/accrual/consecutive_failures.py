"""Dead after a number of failures in a row.

In: one endpoint's successes and failures. Out: the verdict, with times from the backoff schedule.
This is the policy of a client whose configuration names none, with 5 failures.

HOT: `ConsecutiveFailures` compiles as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.accrual.base import AccrualConfig, Policy, PolicyMaker
from linkerd.config.option import at_least_one, option

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

    from linkerd.backoff.base import Backoff


class ConsecutiveFailures(Policy):
    """Marks at the `limit`th failure in a row and at each one after it: a mark resets nothing.

    Every mark takes the next wait of `backoff`, which begins anew when the endpoint is revived.
    """

    __slots__ = ("backoff", "failures", "limit", "rng", "waits")

    def __init__(self, limit: int, backoff: Backoff, rng: random.Random) -> None:
        self.limit = limit
        self.backoff = backoff
        self.rng = rng
        self.failures = 0
        self.waits = backoff.start(rng)

    def record_success(self, now: float) -> None:
        """Begin to count anew."""
        self.failures = 0

    def mark_dead_on_failure(self, now: float) -> float:
        """Count the failure; give the seconds to stay dead, or -1.0."""
        self.failures += 1
        if self.failures < self.limit:
            return -1.0
        return self.waits.next()

    def revived(self) -> None:
        """Begin to count, and to wait, anew."""
        self.failures = 0
        self.waits = self.backoff.start(self.rng)

    def failures_in_a_row(self) -> int | None:
        """Give the failures since the last success."""
        return self.failures

    def why(self) -> str:
        """Say how many failures there were."""
        return f"{self.failures} failure{'' if self.failures == 1 else 's'} in a row"

    def show(self) -> str:
        """Describe the policy for the log."""
        return f"consecutiveFailures(failures={self.limit})"


@attrs.frozen
class ConsecutiveFailuresMaker(PolicyMaker):
    """The policies of one client share the limit, the schedule and the random generator."""

    limit: int
    backoff: Backoff
    rng: random.Random

    @override
    def make(self) -> Policy:
        """Make a policy for one endpoint."""
        return ConsecutiveFailures(self.limit, self.backoff, self.rng)


@attrs.frozen(kw_only=True)
class ConsecutiveFailuresConfig(AccrualConfig):
    """`kind: io.l5d.consecutiveFailures`."""

    kind: ClassVar[str] = "io.l5d.consecutiveFailures"
    summary: ClassVar[str] = "Leaves an endpoint alone after a number of failures in a row."

    failures: int = option("How many failures in a row are too many.", check=at_least_one)

    @override
    def mk(self, rng: random.Random) -> PolicyMaker:
        """Make the maker of a client's policies."""
        return ConsecutiveFailuresMaker(self.failures, self.schedule(), rng)


DEFAULT_ACCRUAL = ConsecutiveFailuresConfig(failures=5)
"""What holds for a client without a `failureAccrual` section."""

__all__ = [
    "DEFAULT_ACCRUAL",
    "ConsecutiveFailures",
    "ConsecutiveFailuresConfig",
    "ConsecutiveFailuresMaker",
]
