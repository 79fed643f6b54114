"""Which name trees always answer: whatever the name and whatever the registries, never `~`.

What stands behind such a tree as an alternative is never tried. A tree comes in, with the rules of
the dtab that it is looked up in; the answer is True only if it is certain.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linkerd.name.tree import Alt, Empty, Fail, Leaf, NameTree, Union

if TYPE_CHECKING:
    from linkerd.name.path import Path
    from linkerd.name.rule_index import RuleIndex

_PORT = re.compile(rb"[0-9]{1,5}")
_MAX_CHAIN = 100


class Totality:
    """Tells it of the trees of one dtab."""

    def __init__(self, index: RuleIndex) -> None:
        self._index = index
        self._known: dict[Path, bool] = {}

    def of(self, tree: NameTree[Path]) -> bool:
        """Tell whether the tree always answers."""
        return self._of(tree, 0)

    def _of(self, tree: NameTree[Path], depth: int) -> bool:
        if isinstance(tree, (Fail, Empty)):
            return True
        if isinstance(tree, Leaf):
            return self._leaf(tree.value, depth)
        if isinstance(tree, Alt):
            return any(self._of(branch, depth) for branch in tree.trees)
        if isinstance(tree, Union):
            # A union loses the branches that fail: one has to be there whatever happens.
            return any(self._exists(branch.tree) for branch in tree.branches)
        return False

    def _leaf(self, path: Path, depth: int) -> bool:
        known = self._known.get(path)
        if known is None:
            # What comes back to itself, or leads on for ever, is not certain of anything.
            self._known[path] = False
            known = self._known[path] = self._look(path, depth)
        return known

    def _look(self, path: Path, depth: int) -> bool:
        if not self._index.perhaps(path.elements):
            return _is_built_in(path)
        if depth == _MAX_CHAIN:
            return False
        rules = self._index.rules
        always = self._index.always(path.elements)
        return any(self._of(rules[number].dst, depth + 1) for number in always)

    def _exists(self, tree: NameTree[Path]) -> bool:
        if isinstance(tree, Leaf):
            path = tree.value
            own = not self._index.perhaps(path.elements)
            return own and _is_built_in(path) and path.elements[1] != b"fail"
        if isinstance(tree, Union):
            return any(self._exists(branch.tree) for branch in tree.branches)
        return isinstance(tree, Empty)


def _is_built_in(path: Path) -> bool:
    """Tell whether all names with this beginning are answered by a built-in name."""
    if path.elements[:1] != (b"$",) or path.size < 2:
        return False
    word, rest = path.elements[1], path.elements[2:]
    if word in (b"nil", b"fail"):
        return True
    if word in (b"inet", b"fixedinet"):
        return any(_PORT.fullmatch(segment) for segment in rest[:2])
    return word == b"io.buoyant.rinet" and len(rest) >= 2 and bool(_PORT.fullmatch(rest[0]))


__all__ = ["Totality"]
