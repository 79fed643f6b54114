"""Which rules of a dtab concern which names, by prefix alone.

A dtab comes in; for the beginning of a name the rules go out that every such name matches, or that
some such name may match. Used where all names have to be thought of at once, as in checking a
dtab; lookups of one name are the dtab's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from linkerd.name.prefixes import PrefixTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.name.dtab import Dentry, Dtab

Elements: TypeAlias = "tuple[bytes | None, ...]"
"""The beginning of names; None stands for any one element, as in the prefix of a rule."""


class RuleIndex:
    """The rules of a dtab, known by their numbers in it."""

    def __init__(self, dtab: Dtab) -> None:
        self.rules: tuple[Dentry, ...] = dtab.dentries
        self._tree = PrefixTree(rule.prefix.elements for rule in self.rules)
        self._known: dict[Elements, list[int]] = {}

    def always(self, beginning: Elements) -> list[int]:
        """Give the rules that all names with this beginning match."""
        return self._tree.search(beginning)[0]

    def perhaps(self, beginning: Elements) -> Sequence[int]:
        """Give the rules that some name with this beginning may match, in no order."""
        known = self._known.get(beginning)
        if known is None:
            known = self._known[beginning] = self._tree.possible(beginning)
        return known


def compatible(one: Sequence[bytes | None], other: Sequence[bytes | None]) -> bool:
    """Tell whether a name can have both beginnings."""
    pairs = zip(one, other, strict=False)
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


__all__ = ["Elements", "RuleIndex", "compatible"]
