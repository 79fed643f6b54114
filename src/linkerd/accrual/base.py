"""What failure accrual is judged by: a policy that says after which failure an endpoint is dead.

In: the successes and failures of one endpoint's requests. Out: how long the endpoint is to be left
alone. Each endpoint has a policy of its own, made by its client's `PolicyMaker`; the states that
follow from the verdict are `linkerd.accrual.state`.

HOT: `Policy` compiles as it stands.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.backoff.base import Backoff, BackoffConfig  # noqa: TC001  # the binder reads them
from linkerd.backoff.equal_jittered import EqualJittered
from linkerd.config.option import option
from linkerd.config.section import Plugin

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class Policy:
    """Judges one endpoint; the base never marks it dead."""

    __slots__ = ()

    def record_success(self, now: float) -> None:
        """Take notice of a success at `now` (seconds)."""
        return

    def mark_dead_on_failure(self, now: float) -> float:
        """Take notice of a failure at `now` (seconds); give the seconds to stay dead, or -1.0."""
        return -1.0

    def revived(self) -> None:
        """Forget the past: the endpoint has answered a probe."""
        return

    def failures_in_a_row(self) -> int | None:
        """Give the failures since the last success; None if they are not what it judges by."""
        return None

    def success_rate(self) -> float | None:
        """Give the share of successes, 0 to 1; None if it is not known or not judged by."""
        return None

    def why(self) -> str:
        """Say to people what the endpoint's requests have come to."""
        return ""

    def show(self) -> str:
        """Describe the policy for the log."""
        return "none"


class PolicyMaker(abc.ABC):
    """Makes the policies of one client's endpoints."""

    @abc.abstractmethod
    def make(self) -> Policy:
        """Make a policy for one endpoint."""


DEFAULT_BACKOFF = EqualJittered(5.0, 300.0)
"""How long an endpoint stays dead if the configuration does not say."""


@attrs.frozen(kw_only=True)
class AccrualConfig(Plugin):
    """The section `failureAccrual` of a client."""

    family: ClassVar[str] = "failureAccrual"

    backoff: BackoffConfig | None = option(  # a field, not a value
        "How long an endpoint stays dead, mark after mark until it is revived; "
        "without it 5 s at first, then about twice as long each time, up to 300 s.",
        default=None,
    )

    def mk(self, rng: random.Random) -> PolicyMaker:
        """Make the maker of a client's policies."""
        raise NotImplementedError

    def schedule(self) -> Backoff:
        """Give the schedule of the times an endpoint stays dead."""
        return DEFAULT_BACKOFF if self.backoff is None else self.backoff.mk()


__all__ = ["DEFAULT_BACKOFF", "AccrualConfig", "Policy", "PolicyMaker"]
