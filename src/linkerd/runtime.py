"""What every part of the running program is handed: reactor, clock, chance, metrics, network.

Nothing here is global, so a test can hand in a virtual clock, a scripted generator and a network in
memory. Made once by `linkerd.tap` (or by a test); `scoped` gives a copy with another metrics scope.
`steady` prepares the reactor of a process.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type only
    from collections.abc import Callable

    from linkerd.telemetry.metrics import Scope


HALF_MS = 0.0005
"""Where a rule counts in whole milliseconds, a float of seconds means the nearest: what is due at
`t` is due from `t - HALF_MS` on, whatever the last digits of the float."""


@attrs.frozen
class Runtime:
    """The surroundings of a running part.

    `clock` is monotonic seconds, `wall` seconds since 1970 (for log lines, and for deadlines, which
    travel). `network` is a `linkerd.net.network.Network`; it is not named here because net stands
    above. `common` has what parts of one process share, each under its own key.
    """

    reactor: Any
    clock: Callable[[], float]
    wall: Callable[[], float]
    rng: random.Random
    metrics: Scope
    network: Any
    common: dict[str, Any] = attrs.field(factory=dict, repr=False, eq=False)

    def scoped(self, metrics: Scope) -> Runtime:
        """The same surroundings, counting elsewhere."""
        return attrs.evolve(self, metrics=metrics)


def steady(reactor: Any) -> Any:
    """Have a reactor's timers follow a clock that nobody sets, and give it back.

    Twisted takes the time of day: set back by an hour, all timers would stop for an hour. To be
    called before the first timer.
    """
    reactor.seconds = time.monotonic  # noqa: TID251 - the one clock of the process
    return reactor


__all__ = ["HALF_MS", "Runtime", "steady"]
