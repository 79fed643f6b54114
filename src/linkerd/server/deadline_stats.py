"""What a server counts of the deadlines that requests bring along, by Finagle's names.

In comes how much is left of each; out goes whether there is anything left. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkerd.telemetry.metrics import Scope


class DeadlineStats:
    """`exceeded` deadlines had passed; `rejected` are the requests that were answered so."""

    __slots__ = ("exceeded", "expired", "rejected", "remaining")

    def __init__(self, scope: Scope) -> None:
        deadline = scope.scope("admission_control", "deadline")
        self.exceeded = deadline.counter("exceeded")
        self.rejected = deadline.counter("rejected")
        self.expired = deadline.stat("expired_ms")
        self.remaining = deadline.stat("remaining_ms")

    def in_time(self, left_s: float) -> bool:
        """Note a request with so many seconds left; whether there are any."""
        if left_s > 0.0:
            self.remaining.add(int(left_s * 1000.0))
            return True
        self.exceeded.value += 1
        self.rejected.value += 1
        self.expired.add(int(-left_s * 1000.0))
        return False


__all__ = ["DeadlineStats"]
