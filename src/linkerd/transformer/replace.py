"""`io.l5d.replace`: what is bound to anything is bound to one configured path instead.

In: bound trees. Out: the same trees with the binding of the path in place of each leaf; what leads
nowhere (`~`, `!`, `$`) stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.name.activity import Ok
from linkerd.name.tree import Alt, Leaf, Union, Weighted, leaves, simplify
from linkerd.transformer.binding import BindingConfig, BindingTransformer

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.activity import Read
    from linkerd.name.addr import BoundName
    from linkerd.name.delegate import Lookups
    from linkerd.name.evaluation import Bound
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
    from linkerd.runtime import Runtime


class ReplaceTransformer(BindingTransformer):
    """Puts the binding in place of every leaf."""

    @override
    def tree(self, tree: NameTree[BoundName], read: Read) -> Bound:
        """Replace the leaves; without an answer for the path there is none for the tree."""
        if next(leaves(tree), None) is None:
            return Ok(tree)
        state = self.bound(read)
        return Ok(replaced(tree, state.value)) if isinstance(state, Ok) else state

    @override
    def node(self, node: Node, read: Read) -> Node:
        """Lead from every leaf to the binding."""

        def state(state: Bound) -> Bound:
            after = self.tree(state.value, read) if isinstance(state, Ok) else state
            return Ok(simplify(after.value)) if isinstance(after, Ok) else after

        return _stepped(node, state, lambda leaf: self.step(leaf, read))


def replaced(tree: NameTree[BoundName], leaf: NameTree[BoundName]) -> NameTree[BoundName]:
    """Put a tree in place of every leaf of another."""
    if isinstance(tree, Leaf):
        return leaf
    if isinstance(tree, Alt):
        return Alt(tuple(replaced(branch, leaf) for branch in tree.trees))
    if isinstance(tree, Union):
        return Union(tuple(Weighted(b.weight, replaced(b.tree, leaf)) for b in tree.branches))
    return tree


def _stepped(node: Node, state: Callable[[Bound], Bound], leaf: Callable[[Node], Node]) -> Node:
    """Change the state of all steps, and each step that ends in a bound name."""
    if node.bound is not None:
        return leaf(node)
    children = tuple(_stepped(child, state, leaf) for child in node.children)
    return attrs.evolve(node, state=state(node.state), children=children)


@attrs.frozen(kw_only=True)
class ReplaceConfig(BindingConfig):
    """The section of `io.l5d.replace`."""

    kind: ClassVar[str] = "io.l5d.replace"
    summary: ClassVar[str] = "Sends what would have gone anywhere to one place."

    @override
    def mk(self, runtime: Runtime, lookups: Lookups) -> ReplaceTransformer:
        """Make the transformer."""
        return ReplaceTransformer(self.kind, self.full_prefix(), self.path, lookups)


__all__ = ["ReplaceConfig", "ReplaceTransformer"]
