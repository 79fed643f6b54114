"""Peak EWMA: two choices by a moving average of latency that believes bad news at once.

In: endpoints, the time each request took. Out: the endpoint that is expected to answer sooner. The
average lives in the endpoint (`cost`, `stamp`), so it survives every update of the set.

HOT: the runtime class of this module compiles as it stands.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.balancer.base import Balancer, DrawingConfig, Endpoint
from linkerd.balancer.p2c import P2c
from linkerd.config.option import at_least_one, option

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

PENALTY = 140737.488355327
"""Seconds (2^47 - 1 ns): what an endpoint costs that is busy and has never answered yet."""


class Ewma(P2c):
    """Load is the decaying peak of the latency times one more than the requests under way.

    `decay` (seconds) is the time in which an old latency loses all but 1/e of its say.
    """

    __slots__ = ("decay",)

    def __init__(self, rng: random.Random, max_effort: int, decay: float) -> None:
        P2c.__init__(self, rng, max_effort)
        self.algorithm = "p2c_peak_ewma"
        self.decay = decay

    def load(self, endpoint: Endpoint, now: float) -> float:
        """Let the endpoint's cost fade up to `now`, and weigh it by the requests under way."""
        cost = endpoint.cost
        pending = endpoint.pending
        if cost == 0.0:
            if pending:
                return PENALTY + pending
            return 0.0
        since = now - endpoint.stamp
        if since > 0.0:
            cost *= exp(-since / self.decay)
            endpoint.cost = cost
            endpoint.stamp = now
        return cost * (pending + 1)

    def latency(self, endpoint: Endpoint, now: float) -> float:
        """Give the cost (seconds) faded up to `now`, 0.0 before the first answer."""
        since = now - endpoint.stamp
        return endpoint.cost * exp(-since / self.decay) if since > 0.0 else endpoint.cost

    def score(self, endpoint: Endpoint, now: float) -> float:
        """Give the load and leave the endpoint as it is; `load` writes the faded cost back."""
        latency = self.latency(endpoint, now)
        if latency == 0.0:
            return PENALTY + endpoint.pending if endpoint.pending else 0.0
        return latency * (endpoint.pending + 1)

    def unit(self) -> str:
        """Loads are latencies."""
        return "s"

    def release(self, endpoint: Endpoint, now: float, elapsed: float) -> None:
        """Let the endpoint's cost rise to `elapsed` at once, or sink towards it in time."""
        endpoint.pending -= 1
        cost = endpoint.cost
        if elapsed > cost:
            endpoint.cost = elapsed
        else:
            since = now - endpoint.stamp
            if since > 0.0:
                kept = exp(-since / self.decay)
                endpoint.cost = cost * kept + elapsed * (1.0 - kept)
        endpoint.stamp = now


@attrs.frozen(kw_only=True)
class EwmaConfig(DrawingConfig):
    """`kind: ewma`."""

    kind: ClassVar[str] = "ewma"
    summary: ClassVar[str] = "Takes the endpoint that is expected to answer sooner, of two drawn."

    decay_time_ms: int = option(
        "The time in which a latency seen once loses most of its weight.",
        default=10_000,
        unit="ms",
        check=at_least_one,
    )

    def mk(self, rng: random.Random) -> Balancer:
        """Make a balancer without endpoints."""
        return Ewma(rng, self.max_effort, self.decay_time_ms / 1000.0)


__all__ = ["Ewma", "EwmaConfig"]
