"""What a backoff is: an endless series of waits, each run of which begins afresh.

In: the section `backoff` of a retry policy or of failure accrual. Out: seconds to wait, one after
the other. Owned by whoever waits; the series is pure, its random numbers come from the caller's
generator. The schedules are Finagle's.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.section import Plugin

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class BackoffState:
    """One run through a schedule; this one waits equally long each time."""

    __slots__ = ("wait",)

    def __init__(self, wait: float) -> None:
        self.wait = wait

    def next(self) -> float:
        """Give the next wait in seconds."""
        return self.wait


class Backoff(abc.ABC):
    """A schedule that can be begun any number of times."""

    @abc.abstractmethod
    def start(self, rng: random.Random) -> BackoffState:
        """Begin at the first wait."""


@attrs.frozen(kw_only=True)
class BackoffConfig(Plugin):
    """The section `backoff`."""

    family: ClassVar[str] = "backoff"

    def mk(self) -> Backoff:
        """Make the schedule."""
        raise NotImplementedError


__all__ = ["Backoff", "BackoffConfig", "BackoffState"]
