"""What an interpreter is: it turns a path, under a dtab, into a tree of bound names.

In: logical names from the router, with the dtab in force for the request. Out: changing trees of
`BoundName`, and explanations of how they came about. Made by the linker from the `interpreter`
section of a router.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.config.section import Plugin
from linkerd.transformer.base import TransformerConfig  # noqa: TC001 - the binder reads it

if TYPE_CHECKING:
    from linkerd.name.activity import Activity, Var
    from linkerd.name.addr import BoundName
    from linkerd.name.delegate import Lookups
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
    from linkerd.runtime import Runtime


class Interpreter(abc.ABC):
    """Binds names. Nothing is watched for longer than what it has returned is observed."""

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
        """Make the interpreter; `namers` with their prefixes, in the order of the configuration."""
        raise NotImplementedError


__all__ = ["Interpreter", "InterpreterConfig"]
