"""What a transformer is: it changes what names are bound to, behind a namer or an interpreter.

In: bound name trees. Out: trees whose names have the transformer's prefix before their id. Made by
the linker from the `transformers` list of a namer or interpreter. If nothing is left of the
addresses, the name stays bound: the dtab does not go on to its next alternative.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar, TypeGuard, cast

import attrs

from linkerd.config.option import option
from linkerd.config.section import Plugin
from linkerd.name.activity import Activity, Computed, Ok
from linkerd.name.addr import BoundName
from linkerd.name.path import Path
from linkerd.name.tree import NameTree, leaves

if TYPE_CHECKING:
    from linkerd.name.activity import Read, State, Var
    from linkerd.name.delegate import Lookups
    from linkerd.name.evaluation import Tree
    from linkerd.name.trace import Node
    from linkerd.runtime import Runtime


class Transformer(abc.ABC):
    """A change of bound names; keeps no state of requests and watches only what is observed."""

    prefix: Path
    """What comes before the id of every name: `/%/io.l5d.port/4141`."""

    @abc.abstractmethod
    def tree(self, tree: NameTree[BoundName], read: Read) -> State[NameTree[BoundName]]:
        """Change a tree. `read` takes what the result depends on and observes it.

        The same `BoundName` gives the same result each time, so that its addresses are not observed
        anew.
        """

    @abc.abstractmethod
    def node(self, node: Node, read: Read) -> Node:
        """Change an explanation as `tree` changes the tree that it explains."""

    def trees(self, below: Activity[Tree]) -> Activity[Tree]:
        """Give what becomes of a changing tree.

        What is pending or failed stays so; so does a tree with paths in it, which only namers have:
        those paths are not bound yet.
        """
        return Computed(lambda read: self.state(below, read))

    def state(self, below: Activity[Tree], read: Read) -> State[Tree]:
        """Give what becomes of a changing tree as it is now."""
        state = read(below)
        if isinstance(state, Ok) and is_bound(state.value):
            return cast("State[Tree]", self.tree(state.value, read))
        return state

    def nodes(self, below: Var[Node]) -> Var[Node]:
        """Give what becomes of a changing explanation."""
        return Computed(lambda read: self.node(read(below), read))


def is_bound(tree: Tree) -> TypeGuard[NameTree[BoundName]]:
    """Tell whether all leaves of a tree are bound names."""
    return all(isinstance(leaf, BoundName) for leaf in leaves(tree))


@attrs.frozen(kw_only=True)
class TransformerConfig(Plugin):
    """The configuration of one transformer."""

    family: ClassVar[str] = "transformer"

    prefix: Path | None = option(
        "What follows `/%` in the ids of transformed names; by default the kind and, for some, its"
        " parameters.",
        default=None,
        example="/local",
    )

    def default_prefix(self) -> Path:
        """Give the prefix without `/%` that is in force if none is written."""
        return Path.of(self.kind)

    def full_prefix(self) -> Path:
        """Give the prefix as ids have it: `/%/io.l5d.localhost`."""
        own = self.default_prefix() if self.prefix is None else self.prefix
        return Path.of("%") + own

    def mk(self, runtime: Runtime, lookups: Lookups) -> Transformer:
        """Make the transformer; `runtime.metrics` is its own part of the tree.

        `lookups` are all namers with their prefixes, in the order of the configuration. The list
        may be filled only after this call: it is good from the first use of the transformer on.
        """
        raise NotImplementedError


def mk_all(
    configs: tuple[TransformerConfig, ...], runtime: Runtime, lookups: Lookups
) -> tuple[Transformer, ...]:
    """Make the transformers of a list, each counting below `transformer/<prefix>` of `runtime`."""
    return tuple(
        config.mk(
            runtime.scoped(
                runtime.metrics.scope("transformer", config.full_prefix().show().lstrip("/"))
            ),
            lookups,
        )
        for config in configs
    )


__all__ = ["Transformer", "TransformerConfig", "is_bound", "mk_all"]
