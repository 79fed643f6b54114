"""A request that may not take for ever: what it does about time. HOT.

In come the timeouts that hold for it; out goes a call of `waited` when one of them is over, and the
deadline for the endpoint. It has a `Limit` while there is something to wait for, and for as long as
it has no answer if it may not take for ever. The base of `linkerd.router.attempt`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import Exchange
from linkerd.router.deadline import within

if TYPE_CHECKING:
    from linkerd.router.deadline import Deadline
    from linkerd.router.limit import Limit
    from linkerd.router.route import Leg
    from linkerd.router.router import Router


class LimitedExchange(Exchange):
    """An exchange with at most one deadline in the wheel; `limit` is None while it has none."""

    __slots__ = ("limit", "router")

    def __init__(self, router: Router) -> None:
        self.router = router
        self.limit: Limit | None = None

    def new_limit(self) -> Limit:
        """A limit for this request, which had none."""
        limit = self.limit = self.router.limits.take(self)
        return limit

    def end_within(self, seconds: float, cause: int, now: float) -> None:
        """Let the request end after so many seconds, unless it has to end before."""
        limit = self.limit or self.new_limit()
        limit.end_by(now + seconds, cause, seconds, within(self.router.wall(), seconds))

    def be_bound_by(self, now: float) -> None:
        """Limit the time until the request is sent."""
        limit = self.limit or self.new_limit()
        if limit.step == 0.0:
            limit.step = now + self.router.binding_timeout_s
            limit.arm(self.router.wheel, now)

    def wait_until(self, when: float, now: float) -> None:
        """Have `waited` called then, unless the waiting ends before."""
        limit = self.limit or self.new_limit()
        limit.step = when
        limit.arm(self.router.wheel, now)

    def limit_try(self, leg: Leg) -> Deadline | None:
        """The request goes out: limit the try; gives its deadline, if any."""
        router = self.router
        limit = self.limit or self.new_limit()
        timeout_s = leg.client.attempt_timeout_s
        until = limit.until
        now = router.clock()
        limit.step = 0.0
        if timeout_s > 0.0:
            limit.step = now + timeout_s
            own = within(router.wall(), timeout_s)
            until = own if until is None else until.combined(own)
        if until is None:
            self.wait_no_more()
            return None
        limit.arm(router.wheel, now)
        return until

    def step_over(self) -> None:
        """What limited the present step does not limit the next one."""
        if self.limit is not None:
            self.limit.step = 0.0

    def wait_no_more(self) -> None:
        """Nothing is waited for any more, or the answer is there."""
        limit = self.limit
        if limit is not None:
            self.limit = None
            self.router.limits.give_back(limit)

    def waited(self, now: float) -> None:
        """A time is up: that of the whole request, or that of its present step."""
        raise NotImplementedError


__all__ = ["LimitedExchange"]
