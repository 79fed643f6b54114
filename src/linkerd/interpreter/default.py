"""The interpreter of kind `default`: the given dtab, the configured namers, the built-in names.

See `linkerd.interpreter.base` for what comes in and goes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.interpreter.base import Interpreter, InterpreterConfig
from linkerd.name.delegate import asking_order, bind, explanation

if TYPE_CHECKING:
    from linkerd.name.activity import Activity, Var
    from linkerd.name.addr import BoundName
    from linkerd.name.delegate import Lookups
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
    from linkerd.runtime import Runtime


class DefaultInterpreter(Interpreter):
    """Delegates in this process. `namers` with their prefixes; the last one is asked first."""

    kind = "default"

    def __init__(self, namers: Lookups) -> None:
        self._lookups = asking_order(namers)

    @override
    def bind(self, dtab: Dtab, path: Path) -> Activity[NameTree[BoundName]]:
        """Return the bound tree of `path`."""
        return bind(dtab, path, self._lookups)

    @override
    def explanation(self, dtab: Dtab, path: Path) -> Var[Node]:
        """Return the trace of `path`."""
        return explanation(dtab, path, self._lookups)


@attrs.frozen(kw_only=True)
class DefaultInterpreterConfig(InterpreterConfig):
    """Nothing to configure."""

    kind: ClassVar[str] = "default"
    summary: ClassVar[str] = "Resolves names with the router's dtab and the configured namers."

    @override
    def mk(self, runtime: Runtime, namers: Lookups) -> DefaultInterpreter:
        """Make the interpreter."""
        return DefaultInterpreter(namers)


__all__ = ["DefaultInterpreter", "DefaultInterpreterConfig"]
