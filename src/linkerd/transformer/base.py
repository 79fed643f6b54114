"""What a transformer is: it changes what names are bound to, behind a namer or an interpreter.

In: bound name trees. Out: trees whose names have the transformer's prefix before their id. Made by
the linker from the `transformers` list of a namer or interpreter. If nothing is left of the
addresses, the name stays bound: the dtab does not go on to its next alternative.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.config.section import Plugin
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.name.activity import Read, State
    from linkerd.name.addr import BoundName
    from linkerd.name.delegate import Lookups
    from linkerd.name.trace import Node
    from linkerd.name.tree import NameTree
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
        """Make the transformer.

        `lookups` are all namers with their prefixes, in the order of the configuration. The list
        may be filled only after this call: it is good from the first use of the transformer on.
        """
        raise NotImplementedError


__all__ = ["Transformer", "TransformerConfig"]
