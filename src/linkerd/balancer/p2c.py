"""Power of two choices: the less loaded of two endpoints drawn at random.

In: endpoints, their status and their pending counts. Out: one endpoint, in constant time. Owned by
a client. Finagle draws of all endpoints, and may end at one that is not open while others are; here
the open ones are kept apart, so that one is found whenever there is one.

HOT: the runtime class of this module compiles as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.balancer.base import OPEN, Balancer, DrawingConfig, Endpoint
from linkerd.balancer.open_first import OpenFirst

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class P2c(OpenFirst):
    """Two different endpoints are drawn of the open ones; the smaller load wins.

    Ties go to the first drawn.
    """

    __slots__ = ()

    def __init__(self, rng: random.Random, max_effort: int) -> None:
        Balancer.__init__(self, rng, max_effort)
        self.algorithm = "p2c_least_loaded"

    def draw(self, now: float) -> Endpoint:
        """Draw two and take the better."""
        endpoints = self.endpoints
        size = self.statuses[OPEN]
        if size == 1:
            return endpoints[0]
        if size == 0:
            return self.draw_marked(now)
        first = int(self.uniform() * size)
        second = int(self.uniform() * (size - 1))
        if second >= first:
            second += 1
        one = endpoints[first]
        other = endpoints[second]
        if self.load(one, now) <= self.load(other, now):
            return one
        return other


@attrs.frozen(kw_only=True)
class P2cConfig(DrawingConfig):
    """`kind: p2c`."""

    kind: ClassVar[str] = "p2c"
    summary: ClassVar[str] = "Takes the less busy of two endpoints drawn at random."

    def mk(self, rng: random.Random) -> Balancer:
        """Make a balancer without endpoints."""
        return P2c(rng, self.max_effort)


__all__ = ["P2c", "P2cConfig"]
