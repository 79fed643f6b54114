"""Whether an endpoint can be connected to, as Finagle's `FailFastFactory` sees it (pure).

In: what became of connects, those of requests and those that try again. Out: whether the endpoint
is dead, and after how long to try again. Owned by the endpoint's `linkerd.client.marked_down`; the
counts are shared by all endpoints of a client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.backoff.exponential_jittered import ExponentialJittered

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

SCHEDULE = ExponentialJittered(1.0, 32.0)
"""How long to wait before each connect; at last 32 s."""


class FailFastCounts:
    """How often an endpoint of one client was marked dead, and how often available again."""

    __slots__ = ("marked_available", "marked_dead")

    def __init__(self) -> None:
        self.marked_available = 0
        self.marked_dead = 0


class FailFast:
    """The state of one endpoint. `since` is when it was marked dead, `tries` what failed since."""

    __slots__ = ("counts", "dead", "rng", "since", "tries", "waits")

    def __init__(self, counts: FailFastCounts, rng: random.Random) -> None:
        self.counts = counts
        self.rng = rng
        self.dead = False
        self.since = 0.0
        self.tries = 0
        self.waits = SCHEDULE.start(rng)

    def connect_failed(self, now: float) -> float:
        """A request's connect has failed: give the seconds until the first try, or -1.0.

        What was under way when the endpoint was marked dead says nothing new.
        """
        if self.dead:
            return -1.0
        self.dead = True
        self.since = now
        self.tries = 0
        self.counts.marked_dead += 1
        self.waits = SCHEDULE.start(self.rng)
        return self.waits.next()

    def probe_failed(self) -> float:
        """A try has failed: give the seconds until the next, or -1.0 if none is needed."""
        if not self.dead:
            return -1.0
        self.tries += 1
        return self.waits.next()

    def connected(self) -> bool:
        """A connection could be had, by whomever; whether the endpoint was dead until now."""
        if not self.dead:
            return False
        self.dead = False
        self.counts.marked_available += 1
        return True

    def dead_for(self, now: float) -> float:
        """Since when, in seconds, the endpoint is dead; 0.0 if it is not."""
        return now - self.since if self.dead else 0.0


__all__ = ["SCHEDULE", "FailFast", "FailFastCounts"]
