"""Two choices among a few endpoints: as many as the load needs, and no more.

In: endpoints, their status, the time of a request's start and end. Out: an endpoint of the window,
which is the first `aperture` of the open ones, in an order that is drawn by chance. A client with
little to do thus keeps few connections. The window grows and shrinks with a moving average of the
requests under way, by Finagle's load band; the order of Finagle's random aperture is kept here by a
random place for each endpoint that comes or recovers.

HOT: the runtime class of this module compiles as it stands.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.balancer.base import OPEN, Balancer, DrawingConfig, Endpoint
from linkerd.balancer.open_first import OpenFirst
from linkerd.config.option import at_least_one, option
from linkerd.runtime import HALF_MS

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only
    from collections.abc import Iterable

LOOK = 5.0
"""Endpoints outside the window are to be looked at each so many smoothing windows."""

IDLE = 10.0
"""They are let go of when they have not been used for so many."""


class Aperture(OpenFirst):
    """p2c within a window whose size keeps the load of each of its endpoints within a band.

    `total` are the requests under way, `average` their moving average over `smooth` seconds,
    `stamp` when it was true. One event widens or narrows the window by one at most. `widened`,
    `narrowed` and `expired` are counters; an endpoint's `stamp` is the end of its last request.
    """

    __slots__ = (
        "aperture",
        "average",
        "expired",
        "high",
        "least",
        "low",
        "narrowed",
        "smooth",
        "stamp",
        "total",
        "widened",
    )

    def __init__(
        self,
        rng: random.Random,
        max_effort: int,
        smooth: float,
        low: float,
        high: float,
        least: int,
    ) -> None:
        Balancer.__init__(self, rng, max_effort)
        self.algorithm = "aperture_least_loaded"
        self.smooth = smooth
        self.low = low
        self.high = high
        self.least = least
        self.aperture = 1
        self.total = 0
        self.average = 0.0
        self.stamp = -1.0
        self.widened = 0
        self.narrowed = 0
        self.expired = 0

    def pick(self, now: float) -> Endpoint | None:
        """Choose an endpoint of the window; None when there are no endpoints."""
        endpoint = Balancer.pick(self, now)
        if endpoint is not None:
            self.adjust(1, now)
        return endpoint

    def draw(self, now: float) -> Endpoint:
        """Draw two of the window and take the better."""
        if self.statuses[OPEN] == 0:
            return self.draw_marked(now)
        endpoints = self.endpoints
        size = self.window()
        if size == 1:
            return endpoints[0]
        first = int(self.uniform() * size)
        second = int(self.uniform() * (size - 1))
        if second >= first:
            second += 1
        one = endpoints[first]
        other = endpoints[second]
        if one.status == other.status:
            return one if one.pending <= other.pending else other
        return one if one.status > other.status else other

    def window(self) -> int:
        """Give the number of endpoints that are in use: open ones, or any if there are none."""
        count = self.statuses[OPEN]
        if 0 < count < self.aperture:
            return count
        return self.aperture

    def holds(self, endpoint: Endpoint) -> bool:
        """Tell whether an endpoint of the set is in the window now."""
        return endpoint.place < self.window()

    def release(self, endpoint: Endpoint, now: float, elapsed: float) -> None:
        """Say that a pick's request is over."""
        endpoint.pending -= 1
        endpoint.stamp = now
        if endpoint.home is self:
            self.adjust(-1, now)

    def adjust(self, change: int, now: float) -> None:
        """Take notice of a request that has begun (1) or ended (-1)."""
        total = self.total + change
        self.total = total
        average = self.average
        since = now - self.stamp
        if self.stamp < 0.0:
            average = float(total)
            self.stamp = now
        elif since > 0.0:
            kept = exp(-since / self.smooth)
            average = total * (1.0 - kept) + average * kept
            self.stamp = now
        self.average = average
        aperture = self.aperture
        if average >= self.high * aperture:
            if aperture < self.size:
                self.aperture = aperture + 1
                self.widened += 1
        elif average <= self.low * aperture and aperture > min(self.least, self.size):
            self.aperture = aperture - 1
            self.narrowed += 1

    def put(self, endpoint: Endpoint) -> None:
        """Take one endpoint in, with what is under way on it."""
        self.total += endpoint.pending
        OpenFirst.put(self, endpoint)
        if self.aperture < self.least and self.aperture < self.size:
            self.aperture += 1

    def drop(self, endpoint: Endpoint) -> None:
        """Leave one endpoint out, with what is under way on it."""
        self.total -= endpoint.pending
        OpenFirst.drop(self, endpoint)
        if self.aperture > self.size:
            self.aperture = max(self.size, 1)

    def enter(self, endpoint: Endpoint) -> None:
        """Let an endpoint that is open now be anywhere among the open ones."""
        count = self.statuses[OPEN]
        self.swap(endpoint, count - 1)
        if count > 1:
            self.swap(endpoint, int(self.uniform() * count))

    def absorb(self, other: Balancer) -> None:
        """Go on counting where `other`, which is used no more, has ended."""
        if isinstance(other, Aperture):
            self.widened += other.widened
            self.narrowed += other.narrowed
            self.expired += other.expired

    def expire(self, now: float) -> None:
        """Let endpoints outside the window go that have not been used for a while."""
        latest = now - IDLE * self.smooth + HALF_MS
        for endpoint in self.endpoints[self.window() :]:
            if endpoint.pending == 0 and endpoint.stamp <= latest and endpoint.abandon():
                self.expired += 1


def positive(value: float) -> str | None:
    """Check a load."""
    return None if value > 0.0 else "must be greater than 0"


@attrs.frozen(kw_only=True)
class ApertureConfig(DrawingConfig):
    """`kind: aperture`."""

    kind: ClassVar[str] = "aperture"
    summary: ClassVar[str] = (
        "Takes the less busy of two endpoints, of no more endpoints than the load needs."
    )

    smooth_window_ms: int = option(
        "The time over which the load is averaged.", default=5000, unit="ms", check=at_least_one
    )
    low_load: float = option(
        "Requests under way per endpoint at which the window gets smaller.",
        default=0.5,
        check=positive,
    )
    high_load: float = option(
        "Requests under way per endpoint at which the window gets larger.",
        default=2.0,
        check=positive,
    )
    min_aperture: int = option(
        "The least number of endpoints in use.", default=1, check=at_least_one
    )

    def faults(self) -> Iterable[tuple[str, str]]:
        """Refuse a band that is upside down."""
        if self.high_load < self.low_load:
            yield "highLoad", f"highLoad ({self.high_load}) is less than lowLoad ({self.low_load})"

    def mk(self, rng: random.Random) -> Balancer:
        """Make a balancer without endpoints."""
        return Aperture(
            rng,
            self.max_effort,
            self.smooth_window_ms / 1000.0,
            self.low_load,
            self.high_load,
            self.min_aperture,
        )


__all__ = ["Aperture", "ApertureConfig"]
