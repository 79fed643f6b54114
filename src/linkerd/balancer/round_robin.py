"""One endpoint after the other.

In: endpoints and their status. Out: the next open one, in constant time; if none is open, the next
of all. Owned by a client. Load plays no part.

HOT: the runtime class of this module compiles as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.balancer.base import OPEN, Balancer, DrawingConfig, Endpoint
from linkerd.balancer.open_first import OpenFirst

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class RoundRobin(OpenFirst):
    """`turn` is the place of the next pick.

    Finagle makes a new round, from the first endpoint, at every change; here a round goes on, so
    that the first do not get more than the last. `max_effort` is never needed.
    """

    __slots__ = ("turn",)

    def __init__(self, rng: random.Random, max_effort: int) -> None:
        Balancer.__init__(self, rng, max_effort)
        self.algorithm = "round_robin"
        self.turn = 0

    def pick(self, now: float) -> Endpoint | None:
        """Take the next in turn; None when there are no endpoints."""
        span = self.statuses[OPEN]
        if span == 0:
            span = self.size
            if span == 0:
                return None
            self.exhausted()
        turn = self.turn
        if turn >= span:
            turn = 0
        self.turn = turn + 1
        endpoint = self.endpoints[turn]
        endpoint.pending += 1
        return endpoint

    def unit(self) -> str:
        """Loads are not looked at."""
        return ""


@attrs.frozen(kw_only=True)
class RoundRobinConfig(DrawingConfig):
    """`kind: roundRobin`."""

    kind: ClassVar[str] = "roundRobin"
    summary: ClassVar[str] = "Takes the open endpoints one after the other, however busy they are."

    def mk(self, rng: random.Random) -> Balancer:
        """Make a balancer without endpoints."""
        return RoundRobin(rng, self.max_effort)


__all__ = ["RoundRobin", "RoundRobinConfig"]
