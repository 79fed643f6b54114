"""What one path leads to without any dtab, and the base of the transformers that lead there.

In: a path, and all namers with their prefixes. Out: the bound tree and its explanation, as they
change. A transformer owns its binding, which is watched only while what it has returned is
observed.

A namer that the path leads to may have such a transformer itself, whose path leads back here: that
would never end, and is seen by `linkerd.transformer.asking`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.name.activity import Computed, Constant, Failed, Ok
from linkerd.name.addr import BoundName
from linkerd.name.delegate import asking_order, bind, explanation
from linkerd.name.dtab import EMPTY_DTAB
from linkerd.name.path import Path
from linkerd.name.trace import RECURSION, map_bound
from linkerd.name.tree import leaves, map_leaves
from linkerd.transformer.asking import ASKING, Asked
from linkerd.transformer.base import Transformer, TransformerConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.activity import Activity, Read, State, Var
    from linkerd.name.delegate import Lookups
    from linkerd.name.evaluation import Tree
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
    from linkerd.transformer.asking import Chain


class Binding:
    """The binding of `path`. `lookups` may be filled until it is used first.

    It is bound apart for each chain on whose behalf it is asked for; there are as many as there are
    ways from one such transformer to others.
    """

    def __init__(self, path: Path, lookups: Lookups) -> None:
        self.path = path
        self._lookups = lookups
        self._trees: dict[Chain, Activity[NameTree[BoundName]]] = {}
        self._nodes: dict[Chain, Var[Node]] = {}

    def tree(self) -> Activity[NameTree[BoundName]]:
        """Give the bound tree, simplified; the same value each time."""
        chain = ASKING.chain
        if chain not in self._trees:
            self._trees[chain] = bind(EMPTY_DTAB, self.path, self._asked(chain))
        return self._trees[chain]

    def explanation(self) -> Var[Node]:
        """Give the trace; the same value each time."""
        chain = ASKING.chain
        if chain not in self._nodes:
            self._nodes[chain] = explanation(EMPTY_DTAB, self.path, self._asked(chain))
        return self._nodes[chain]

    def _asked(self, chain: Chain) -> Lookups:
        order = asking_order(self._lookups)
        return tuple((prefix, Asked(lookup, (*chain, self))) for prefix, lookup in order)


class BindingTransformer(Transformer):
    """Leads to `path`. Messages call it `kind`.

    The id of the names is the prefix and the path, as in Linkerd, whatever the namer calls them; if
    the path leads to several names, they have their own ids behind the prefix.
    """

    def __init__(self, kind: str, prefix: Path, path: Path, lookups: Lookups) -> None:
        self.kind = kind
        self.prefix = prefix
        self.binding = Binding(path, lookups)

    @override
    def trees(self, below: Activity[Tree]) -> Activity[Tree]:
        """Give what becomes of a changing tree; fails where this would never come to an end."""
        chain = ASKING.chain
        if self.binding in chain:
            why = f"{self.kind} leads to {self.binding.path}, which leads to {self.kind} again"
            return Constant(Failed(why, RECURSION))

        def compute(read: Read) -> State[Tree]:
            with ASKING.on_behalf_of(chain):
                return self.state(below, read)

        return Computed(compute)

    def bound(self, read: Read) -> State[NameTree[BoundName]]:
        """Give what the path leads to."""
        state = read(self.binding.tree())
        return Ok(map_leaves(state.value, self._naming(state))) if isinstance(state, Ok) else state

    def step(self, node: Node, read: Read) -> Node:
        """Explain that the path takes the place of what `node` has found."""
        naming = self._naming(read(self.binding.tree()))
        child = map_bound(read(self.binding.explanation()), naming)
        return attrs.evolve(
            node,
            kind="delegate",
            state=child.state,
            children=(child,),
            weights=(),
            bound=None,
            before=(),
            message=f"{self.kind} leads to {self.binding.path} instead",
            code="",
            near=(),
        )

    def _naming(self, state: State[NameTree[BoundName]]) -> Callable[[BoundName], BoundName]:
        ids = {name.id for name in leaves(state.value)} if isinstance(state, Ok) else set()
        alone = len(ids) <= 1

        def name(name: BoundName) -> BoundName:
            own = self.binding.path if alone else name.id
            return BoundName(self.prefix + own, name.addr, name.residual, name)

        return name


def leads_somewhere(path: Path) -> str | None:
    """Check a path that is bound without a dtab."""
    if path.starts_with(Path.of("#")) or path.starts_with(Path.of("$")):
        return None
    return "leads nowhere: no dtab applies to it, so it has to begin with /# or /$"


@attrs.frozen(kw_only=True)
class BindingConfig(TransformerConfig):
    """What the sections of such transformers have in common."""

    path: Path = option(
        "Where names lead to; bound by the namers alone, without a dtab. Ids have it behind the"
        " prefix.",
        example="/$/inet/127.0.0.1/4140",
        check=leads_somewhere,
    )


__all__ = ["Binding", "BindingConfig", "BindingTransformer"]
