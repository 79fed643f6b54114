"""`io.l5d.const`: every name is bound to one configured path, whether it leads anywhere or not.

In: nothing but the question. Out: the binding of the path, also for names that do not exist, have
no answer yet or cannot be looked up; they are not even asked for, but to be explained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import attrs

from linkerd._typing import override
from linkerd.transformer.binding import BindingConfig, BindingTransformer

if TYPE_CHECKING:
    from linkerd.name.activity import Activity, Read, State
    from linkerd.name.addr import BoundName
    from linkerd.name.delegate import Lookups
    from linkerd.name.evaluation import Tree
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
    from linkerd.runtime import Runtime


class ConstTransformer(BindingTransformer):
    """Gives the binding, whatever comes in."""

    @override
    def state(self, below: Activity[Tree], read: Read) -> State[Tree]:
        """Give the binding; what is below is not observed."""
        return cast("State[Tree]", self.bound(read))

    @override
    def tree(self, tree: NameTree[BoundName], read: Read) -> State[NameTree[BoundName]]:
        """Give the binding."""
        return self.bound(read)

    @override
    def node(self, node: Node, read: Read) -> Node:
        """Lead to the binding at once."""
        return self.step(node, read)


@attrs.frozen(kw_only=True)
class ConstConfig(BindingConfig):
    """The section of `io.l5d.const`."""

    kind: ClassVar[str] = "io.l5d.const"
    summary: ClassVar[str] = "Sends everything to one place, also what leads nowhere."

    @override
    def mk(self, runtime: Runtime, lookups: Lookups) -> ConstTransformer:
        """Make the transformer."""
        return ConstTransformer(self.kind, self.full_prefix(), self.path, lookups)


__all__ = ["ConstConfig", "ConstTransformer"]
