"""An interpreter with transformers behind it: what it binds is changed, and what it explains too.

In: an interpreter and its transformers, the last one outermost. Out: an interpreter. Owns the one
inside and closes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from linkerd._typing import override
from linkerd.interpreter.base import Interpreter
from linkerd.name.activity import Ok
from linkerd.name.tree import simplify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.name.activity import Activity, State, Var
    from linkerd.name.addr import BoundName
    from linkerd.name.dtab import Dtab
    from linkerd.name.evaluation import Tree
    from linkerd.name.path import Path
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
    from linkerd.transformer.base import Transformer


class TransformedInterpreter(Interpreter):
    """An interpreter whose names have gone through `transformers`, in order."""

    def __init__(self, inner: Interpreter, transformers: Sequence[Transformer]) -> None:
        self.kind = inner.kind
        self.inner = inner
        self.transformers = tuple(transformers)

    @override
    def bind(self, dtab: Dtab, path: Path) -> Activity[NameTree[BoundName]]:
        """Return the bound tree of `path`, transformed."""
        trees = cast("Activity[Tree]", self.inner.bind(dtab, path))
        for transformer in self.transformers:
            trees = transformer.trees(trees)
        return cast("Activity[NameTree[BoundName]]", trees).map(_simple)

    @override
    def explanation(self, dtab: Dtab, path: Path) -> Var[Node]:
        """Return the trace of `path`, with what the transformers do to it."""
        nodes = self.inner.explanation(dtab, path)
        for transformer in self.transformers:
            nodes = transformer.nodes(nodes)
        return nodes

    @override
    def dtab(self) -> Dtab:
        """Return the rules of the interpreter itself."""
        return self.inner.dtab()

    @override
    def state(self) -> dict[str, Any] | None:
        """Describe what the interpreter watches."""
        return self.inner.state()

    @override
    def close(self) -> None:
        """Let go of what is watched."""
        self.inner.close()


def _simple(state: State[NameTree[BoundName]]) -> State[NameTree[BoundName]]:
    return Ok(simplify(state.value)) if isinstance(state, Ok) else state


__all__ = ["TransformedInterpreter"]
