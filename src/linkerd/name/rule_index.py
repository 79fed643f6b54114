"""Which rules of a dtab concern which names, by prefix alone.

A dtab comes in; for the beginning of a name the rules go out that every such name matches, or that
some such name may match. Used where all names have to be thought of at once, as in checking a
dtab; lookups of one name are the dtab's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.name.dtab import Dentry, Dtab

Elements: TypeAlias = "tuple[bytes | None, ...]"
"""The beginning of names; None stands for any one element, as in the prefix of a rule."""


class RuleIndex:
    """The rules of a dtab, known by their numbers in it."""

    def __init__(self, dtab: Dtab) -> None:
        self.rules: tuple[Dentry, ...] = dtab.dentries
        self._root = _Node()
        self._known: dict[Elements, tuple[int, ...]] = {}
        for number, rule in enumerate(self.rules):
            node = self._root
            for element in rule.prefix.elements:
                node = node.below.setdefault(element, _Node())
            node.rules.append(number)

    def always(self, beginning: Elements) -> list[int]:
        """Give the rules that all names with this beginning match, in no order."""
        nodes = [self._root]
        found = list(self._root.rules)
        for element in beginning:
            keys = {element, None}
            nodes = [node.below[key] for node in nodes for key in keys if key in node.below]
            found += [number for node in nodes for number in node.rules]
        return found

    def perhaps(self, beginning: Elements) -> tuple[int, ...]:
        """Give the rules that some name with this beginning may match."""
        known = self._known.get(beginning)
        if known is None:
            known = self._known[beginning] = tuple(self._perhaps(beginning))
        return known

    def _perhaps(self, beginning: Elements) -> Iterator[int]:
        nodes = [self._root]
        for element in beginning:
            for node in nodes:
                yield from node.rules
            nodes = [below for node in nodes for below in node.taking(element)]
        while nodes:
            node = nodes.pop()
            yield from node.rules
            nodes += node.below.values()


class _Node:
    """The rules of one prefix, and the longer prefixes behind it."""

    __slots__ = ("below", "rules")

    def __init__(self) -> None:
        self.below: dict[bytes | None, _Node] = {}
        self.rules: list[int] = []

    def taking(self, element: bytes | None) -> list[_Node]:
        if element is None:
            return list(self.below.values())
        return [self.below[key] for key in (element, None) if key in self.below]


def compatible(one: Sequence[bytes | None], other: Sequence[bytes | None]) -> bool:
    """Tell whether a name can have both beginnings."""
    pairs = zip(one, other, strict=False)
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


__all__ = ["Elements", "RuleIndex", "compatible"]
