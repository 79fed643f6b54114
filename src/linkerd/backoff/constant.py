"""The same wait every time.

In: `ms`. Out: that many milliseconds, in seconds, without end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.backoff.base import Backoff, BackoffConfig, BackoffState
from linkerd.config.option import not_negative, option

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


@attrs.frozen
class Constant(Backoff):
    """Wait `wait` seconds, always."""

    wait: float

    @override
    def start(self, rng: random.Random) -> BackoffState:
        """Begin; nothing here is random."""
        return BackoffState(self.wait)


@attrs.frozen(kw_only=True)
class ConstantConfig(BackoffConfig):
    """`kind: constant`."""

    kind: ClassVar[str] = "constant"
    summary: ClassVar[str] = "Waits the same time before every try."

    ms: int = option(
        "The time to wait; 0 tries again at once.", default=0, unit="ms", check=not_negative
    )

    @override
    def mk(self) -> Backoff:
        """Make the schedule."""
        return Constant(self.ms / 1000.0)


__all__ = ["Constant", "ConstantConfig"]
