"""A `Runtime` for tests: virtual time, seeded chance, and a network in memory."""

from __future__ import annotations

import random  # noqa: TID251 - seeded
from typing import TYPE_CHECKING

from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope

if TYPE_CHECKING:
    from tests.support.memory import MemoryNetwork

START = 1546344000.0  # 2019-01-01 12:00:00 UTC


def make_runtime(network: MemoryNetwork, seed: int = 1) -> Runtime:
    """Surroundings whose time passes by `network.advance`."""
    clock = network.clock
    return Runtime(
        reactor=clock,
        clock=clock.seconds,
        wall=lambda: START + clock.seconds(),
        rng=random.Random(seed),
        metrics=Scope(),
        network=network,
    )
