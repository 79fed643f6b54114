"""The states an endpoint goes through when its requests fail and when it recovers.

In: what became of each request, and the timer that the client keeps. Out: whether the endpoint is
busy (to be avoided), and when to revive it. Nothing is ever refused here. Owned by the client's
endpoint; the table is Finagle's:

    ALIVE --mark--> DEAD --timer--> PROBE_OPEN --a request starts--> PROBE_CLOSED
    PROBE_CLOSED --success--> ALIVE, --mark--> DEAD, --anything else--> PROBE_OPEN

HOT: this module compiles as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkerd.accrual.base import Policy

ALIVE = 0
DEAD = 1
PROBE_OPEN = 2
PROBE_CLOSED = 3


class AccrualCounts:
    """What happened to the endpoints of one client, who all share it.

    `removed_for_ms` is the sum of the times endpoints were to stay dead.
    """

    __slots__ = ("probes", "removals", "removed_for_ms", "revivals")

    def __init__(self) -> None:
        self.removals = 0
        self.revivals = 0
        self.probes = 0
        self.removed_for_ms = 0


class FailureAccrual:
    """The state of one endpoint. `until` is when (seconds) the last mark ends or ended."""

    __slots__ = ("counts", "policy", "state", "until")

    def __init__(self, policy: Policy, counts: AccrualCounts) -> None:
        self.state = ALIVE
        self.policy = policy
        self.counts = counts
        self.until = 0.0

    def started(self) -> None:
        """A request starts, or no session could be had: a probe that was open is this one."""
        if self.state == PROBE_OPEN:
            self.state = PROBE_CLOSED
            self.counts.probes += 1

    def success(self, now: float) -> None:
        """A request succeeded; the one success that revives is the probe's."""
        if self.state == PROBE_CLOSED:
            self.state = ALIVE
            self.counts.revivals += 1
            self.policy.revived()
        self.policy.record_success(now)

    def failure(self, now: float) -> float:
        """A request failed at `now` (seconds): give the seconds to stay dead, or -1.0 for no mark.

        The caller then sees to it that `revive` comes after that time.
        """
        state = self.state
        # What was under way when the endpoint was marked says nothing new, and is not the probe.
        if state in (DEAD, PROBE_OPEN):
            return -1.0
        seconds = self.policy.mark_dead_on_failure(now)
        if seconds < 0.0:
            if state == PROBE_CLOSED:
                self.state = PROBE_OPEN
            return -1.0
        if state == ALIVE:
            self.counts.removals += 1
        self.state = DEAD
        self.until = now + seconds
        self.counts.removed_for_ms += round(seconds * 1000.0)
        return seconds

    def ignorable(self) -> None:
        """A request ended without a verdict, as when its client has gone: probe once more."""
        if self.state == PROBE_CLOSED:
            self.state = PROBE_OPEN

    def revive(self) -> None:
        """The time is over: let one request through."""
        if self.state == DEAD:
            self.state = PROBE_OPEN

    def state_at(self, now: float) -> int:
        """Give the state as it is at `now`, also if `revive` is a little late."""
        state = self.state
        return PROBE_OPEN if state == DEAD and now >= self.until else state

    def is_busy(self) -> bool:
        """Tell whether a balancer should avoid the endpoint."""
        return self.state in (DEAD, PROBE_CLOSED)

    def __repr__(self) -> str:
        """Show the state and the policy."""
        name = ("alive", "dead", "probe open", "probe closed")[self.state]
        return f"<FailureAccrual {name} {self.policy.show()}>"


__all__ = ["ALIVE", "DEAD", "PROBE_CLOSED", "PROBE_OPEN", "AccrualCounts", "FailureAccrual"]
