"""Names an end of a connection always alike.

In: a label. Out: the label behind an underscore, unless it begins with one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.labeler.base import OBFUSCATED, Address, Labeler, LabelerConfig, Session

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class Static(Labeler):
    """One label."""

    __slots__ = ("node",)

    def __init__(self, label: str) -> None:
        self.node = (label if label.startswith("_") else f"_{label}").encode()

    @override
    def label(self, address: Address, session: Session) -> bytes:
        return self.node


@attrs.frozen(kw_only=True)
class StaticLabelerConfig(LabelerConfig):
    """`kind: static`."""

    kind: ClassVar[str] = "static"
    summary: ClassVar[str] = "The same name always."

    label: str = option(
        "The name; `_` is put before it unless it begins so.",
        check=lambda value: (
            None if OBFUSCATED.fullmatch(value) else "must be of letters, digits, `.`, `_` and `-`"
        ),
        differs="Linkerd 1 takes any text, also what is no Forwarded header then.",
    )

    @override
    def mk(self, router: str, rng: random.Random) -> Labeler:
        """Make the labeler."""
        return Static(self.label)


__all__ = ["Static", "StaticLabelerConfig"]
