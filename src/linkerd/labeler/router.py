"""Names an end of a connection after the router.

In: the router's label. Out: `_` and the label, `_http` for one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.labeler.base import LabelerConfig
from linkerd.labeler.static import Static

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

    from linkerd.labeler.base import Labeler

FORBIDDEN = re.compile(r"[^A-Za-z0-9._-]")


@attrs.frozen(kw_only=True)
class RouterLabelerConfig(LabelerConfig):
    """`kind: router`."""

    kind: ClassVar[str] = "router"
    summary: ClassVar[str] = (
        "The label of the router behind `_`, with a hyphen for each character that cannot stand"
        " there."
    )

    @override
    def mk(self, router: str, rng: random.Random) -> Labeler:
        """Make the labeler."""
        return Static(FORBIDDEN.sub("-", router))


__all__ = ["RouterLabelerConfig"]
