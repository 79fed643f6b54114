"""What an interpreter is: it turns a path, under a dtab, into a tree of bound names.

In: logical names from the router, with the dtab in force for the request. Out: changing trees of
`BoundName`, and explanations of how they came about. Made by the linker from the `interpreter`
section of a router.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.config.section import Plugin
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.transformer.base import TransformerConfig, mk_all

if TYPE_CHECKING:
    from linkerd.name.activity import Activity, Var
    from linkerd.name.addr import BoundName
    from linkerd.name.delegate import Lookups
    from linkerd.name.path import Path
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
    from linkerd.runtime import Runtime


class Interpreter(abc.ABC):
    """Binds names. No name is watched for longer than what has been returned is observed."""

    kind: str = ""
    """What `/<router>/interpreter_state/<kind>.json` calls it."""

    @abc.abstractmethod
    def bind(self, dtab: Dtab, path: Path) -> Activity[NameTree[BoundName]]:
        """Return the bound tree of `path`: simplified, without alternatives, as it changes."""

    @abc.abstractmethod
    def explanation(self, dtab: Dtab, path: Path) -> Var[Node]:
        """Return the trace of `path`, all alternatives in it, as it changes.

        Observe it until `linkerd.name.trace.settled` to have an answer from every namer.
        """

    def explain(self, dtab: Dtab, path: Path) -> Node:
        """Return the trace of `path` from what is known at the moment."""
        return self.explanation(dtab, path).sample()

    def dtab(self) -> Dtab:
        """Return the interpreter's own rules, which come before those it is given."""
        return EMPTY_DTAB

    def state(self) -> dict[str, Any] | None:
        """Describe what the interpreter itself watches, in terms of JSON; None if nothing."""
        return None

    def close(self) -> None:  # noqa: B027 - most have nothing
        """Let go of descriptors, threads and timers. Nothing is bound afterwards."""


@attrs.frozen(kw_only=True)
class InterpreterConfig(Plugin):
    """The configuration of a router's interpreter."""

    family: ClassVar[str] = "interpreter"
    default_kind: ClassVar[str] = "default"

    transformers: tuple[TransformerConfig, ...] = option(
        "What is done to the addresses of every name; in order, the last one outermost.",
        default=(),
    )

    def mk(self, runtime: Runtime, namers: Lookups) -> Interpreter:
        """Make the interpreter; `namers` with their prefixes, in the order of the configuration.

        `runtime.metrics` is the router's part of the tree.
        """
        raise NotImplementedError

    def build(self, runtime: Runtime, namers: Lookups) -> Interpreter:
        """Make the interpreter with its transformers."""
        from linkerd.interpreter.transformed import TransformedInterpreter

        interpreter = self.mk(runtime, namers)
        if not self.transformers:
            return interpreter
        return TransformedInterpreter(interpreter, mk_all(self.transformers, runtime, namers))


__all__ = ["Interpreter", "InterpreterConfig"]
