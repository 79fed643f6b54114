"""An interpreter that knows what a test tells it, whatever the dtab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.interpreter.base import Interpreter
from linkerd.name.activity import PENDING, Ok, Source, State
from linkerd.name.trace import Node
from linkerd.name.tree import simplify

if TYPE_CHECKING:
    from linkerd.name.activity import Activity, Var
    from linkerd.name.addr import BoundName
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.name.tree import NameTree


def _simple(state: Any) -> Any:
    return Ok(simplify(state.value)) if isinstance(state, Ok) else state


class FakeInterpreter(Interpreter):
    """Names are pending until `set`; `asked` keeps the dtab and path of each `bind`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Dtab, Path]] = []
        self._sources: dict[Path, Source[State[NameTree[BoundName]]]] = {}

    def source(self, path: Path) -> Source[State[NameTree[BoundName]]]:
        """Give what `path` leads to, to be set."""
        return self._sources.setdefault(path, Source(PENDING))

    def bind(self, dtab: Dtab, path: Path) -> Activity[NameTree[BoundName]]:
        self.asked.append((dtab, path))
        return self.source(path).map(_simple)

    def explanation(self, dtab: Dtab, path: Path) -> Var[Node]:
        return self.source(path).map(lambda state: _node(path, state))


def _node(path: Path, state: State[NameTree[BoundName]]) -> Node:
    kind = "leaf" if isinstance(state, Ok) else type(state).__name__.lower()
    return Node({"failed": "exception"}.get(kind, kind), path, None, _simple(state))
