"""`none`: no traces. Whatever a request says of its trace passes through untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.propagator.base import Propagator, TracePropagatorConfig

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type only


@attrs.frozen(kw_only=True)
class NoneConfig(TracePropagatorConfig):
    """The section of `none`."""

    kind: ClassVar[str] = "none"
    summary: ClassVar[str] = (
        "Neither reads nor writes traces: headers pass through. Linkerd 1 has no such kind."
    )

    def mk(self, rng: random.Random) -> Propagator:
        """Make a propagator that does nothing."""
        return Propagator(rng)


__all__ = ["NoneConfig"]
