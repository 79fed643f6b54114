"""How long a request may take, as a whole and in what it is doing now. HOT.

In come times by the router's clock; out goes a call of the attempt's `waited` once one of them is
over. A request has a limit only while there is something to wait for, and the limits of requests
that are over serve others: the wheel then has nothing to do but to move a deadline. Owned by the
router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from linkerd.net.wheel import Wheel
    from linkerd.router.deadline import Deadline
    from linkerd.router.limited import LimitedExchange

# Why a request has an end.
TOTAL = 1  # totalTimeoutMs of its service
SERVER = 2  # timeoutMs of its server
DEADLINE = 3  # it brought it along

FAR_S = 60.0
"""What is farther away is looked at again then, so that no slot of the wheel is held for longer."""
SPARE = 1000


class Limit(Timed):
    """Until when a request has to have its answer (`end`), and to be past its present `step`.

    Both are clock times, 0.0 where there is no limit. `cause` is why there is an end, `allowed_s`
    how long that gave. `until` is what the endpoint is told.
    """

    __slots__ = ("allowed_s", "attempt", "cause", "end", "step", "until")

    def __init__(self) -> None:
        super().__init__()
        self.attempt: LimitedExchange | None = None
        self.step = 0.0
        self.end = 0.0
        self.cause = 0
        self.allowed_s = 0.0
        self.until: Deadline | None = None

    def expired(self, now: float) -> None:
        attempt = self.attempt
        if attempt is None:
            return
        if 0.0 < self.end <= now or 0.0 < self.step <= now:
            attempt.waited(now)
        else:
            self.arm(attempt.router.wheel, now)

    def arm(self, wheel: Wheel, now: float) -> None:
        """Have the attempt told when the first of the two is over."""
        when = now + FAR_S
        if 0.0 < self.end < when:
            when = self.end
        if 0.0 < self.step < when:
            when = self.step
        wheel.arm(self, when)

    def end_by(self, when: float, cause: int, allowed_s: float, until: Deadline) -> None:
        """Let the request end then, unless it has to end before; `until` is the same for others."""
        if self.end == 0.0 or when < self.end:
            self.end = when
            self.cause = cause
            self.allowed_s = allowed_s
        self.until = until if self.until is None else self.until.combined(until)

    def clear(self) -> None:
        """Nothing is limited any more."""
        self.deadline = 0.0
        self.attempt = None
        self.step = 0.0
        self.end = 0.0
        self.until = None


class LimitPool:
    """Limits that no request has."""

    __slots__ = ("spare",)

    def __init__(self) -> None:
        self.spare: list[Limit] = []

    def take(self, attempt: LimitedExchange) -> Limit:
        """A limit for a request; nothing is limited yet."""
        limit = self.spare.pop() if self.spare else Limit()
        limit.attempt = attempt
        return limit

    def give_back(self, limit: Limit) -> None:
        """A request needs it no more; what it held is let go."""
        limit.clear()
        if len(self.spare) < SPARE:
            self.spare.append(limit)


__all__ = ["DEADLINE", "FAR_S", "SERVER", "TOTAL", "Limit", "LimitPool"]
