"""How many retries the requests seen lately have paid for.

In: a deposit for every request, a withdrawal for every retry. Out: whether a retry may be made.
Each service has a budget for its retries and each client one for its requeues. The arithmetic and
its sliding window are Finagle's: amounts are integers, and both kinds are forgotten in the end.

HOT: `RetryBudget` compiles as it stands.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd.config.option import not_negative, option
from linkerd.config.section import Section
from linkerd.runtime import HALF_MS

DEPOSIT = 1000
"""What one request pays in; a retry costs this divided by the share that may be retried."""

RING = 9
"""The slices of the past that are kept besides the current one."""


class RetryBudget:
    """`min_per_s` retries a second in any case, and `percent` (a fraction) of the requests.

    `ttl_s` is the length of the window, 1 to 60 seconds, which is cut into ten slices, the first of
    which begins at `now` (seconds); ValueError if a number is out of its range. With both shares
    zero nothing may be retried. `started_ms` is when the current slice began, `turn` (seconds) when
    it ends, less what rounding may add.
    """

    __slots__ = (
        "cost",
        "current",
        "deposit_amount",
        "index",
        "past",
        "reserve",
        "ring",
        "slice_ms",
        "started_ms",
        "turn",
    )

    def __init__(
        self, ttl_s: int = 10, min_per_s: int = 10, percent: float = 0.2, now: float = 0.0
    ) -> None:
        why = ttl_in_range(ttl_s) or not_negative(min_per_s) or share_in_range(percent)
        if why is not None:
            raise ValueError(why)
        self.deposit_amount = DEPOSIT if percent > 0.0 else 0
        self.cost = int(DEPOSIT / percent) if percent > 0.0 else 1
        self.reserve = min_per_s * ttl_s * self.cost
        self.slice_ms = ttl_s * 100
        self.started_ms = round(now * 1000.0)
        self.turn = (self.started_ms + self.slice_ms) / 1000.0 - HALF_MS
        self.current = 0
        self.ring = [0] * RING
        self.index = 0
        self.past = 0

    def deposit(self, now: float) -> None:
        """Pay in for one request, at `now` (seconds)."""
        if now >= self.turn:
            self.advance(now)
        self.current += self.deposit_amount

    def try_withdraw(self, now: float) -> bool:
        """Pay for one retry if the budget allows it."""
        if now >= self.turn:
            self.advance(now)
        if self.past + self.current + self.reserve < self.cost:
            return False
        self.current -= self.cost
        return True

    def balance(self, now: float) -> int:
        """Give the number of retries that could be made at once."""
        if now >= self.turn:
            self.advance(now)
        available = self.past + self.current + self.reserve
        if available < 0:
            return -(-available // self.cost)
        return available // self.cost

    def advance(self, now: float) -> None:
        """Close the current slice, forget those that are too old and begin a new slice at `now`."""
        ring = self.ring
        index = self.index
        self.past += self.current - ring[index]
        ring[index] = self.current
        self.current = 0
        index = (index + 1) % RING
        now_ms = round(now * 1000.0)
        skipped = min((now_ms - self.started_ms) // self.slice_ms - 1, RING)
        while skipped > 0:
            self.past -= ring[index]
            ring[index] = 0
            index = (index + 1) % RING
            skipped -= 1
        self.index = index
        self.started_ms = now_ms
        self.turn = (now_ms + self.slice_ms) / 1000.0 - HALF_MS

    def __repr__(self) -> str:
        """Show the sum of the window and what a retry costs."""
        sum_ = self.past + self.current
        return f"<RetryBudget sum={sum_} reserve={self.reserve} cost={self.cost}>"


def share_for_one(balance: int) -> int:
    """How many requeues one request may have where a client's budget allows `balance` of them.

    Finagle's `maxRequeuesPerReq`, 0.2.
    """
    return -(-balance // 5)


def share_in_range(value: float) -> str | None:
    """Check `percentCanRetry`."""
    return None if 0.0 <= value <= 1000.0 else "must be between 0 and 1000"


def ttl_in_range(value: int) -> str | None:
    """Check `ttlSecs`."""
    return None if 1 <= value <= 60 else "must be between 1 and 60"


@attrs.frozen(kw_only=True)
class BudgetConfig(Section):
    """The section `budget` of `retries`, and `requeueBudget` of a client."""

    summary: ClassVar[str] = "Bounds the retries to a share of the requests."

    min_retries_per_sec: int = option(
        "Retries allowed each second, however few requests there are.",
        default=10,
        unit="1/s",
        check=not_negative,
    )
    percent_can_retry: float = option(
        "The share of the requests that may be retried as well: 0.2 is one in five.",
        default=0.2,
        check=share_in_range,
    )
    ttl_secs: int = option(
        "How long a request is remembered.", default=10, unit="s", check=ttl_in_range
    )

    def mk(self, now: float) -> RetryBudget:
        """Make a budget, at `now`, that has seen no request yet."""
        return RetryBudget(self.ttl_secs, self.min_retries_per_sec, self.percent_can_retry, now)


__all__ = ["BudgetConfig", "RetryBudget", "share_for_one"]
