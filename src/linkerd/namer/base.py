"""What a namer is: it turns the names below its prefix into bound names, as changing values.

In: paths without the prefix, from the interpreter. Out: trees of `BoundName`, whose ids start with
the prefix and whose addresses change as the registry behind the namer does. Made by the linker from
the `namers` section; the interpreter uses it, the admin server shows its state.

What a namer answers decides what the dtab does: `NEG` lets the next alternative have its turn, a
state `Failed` stops there, `Pending` makes requests wait.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.config.section import Plugin
from linkerd.name.path import Path
from linkerd.transformer.base import TransformerConfig, mk_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.name.activity import Activity
    from linkerd.name.addr import BoundName, Standing
    from linkerd.name.evaluation import Lookups
    from linkerd.name.tree import NameTree
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope


class Namer(abc.ABC):
    """One registry of endpoints; its work is done for as long as somebody observes its answers."""

    prefix: Path
    """What the names start with, `/#/io.l5d.fs` or `/$/inet`; ids start with it, too."""

    @abc.abstractmethod
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Look up a path that follows the prefix. Never raises, never blocks."""

    def standing(self, path: Path) -> Standing | None:
        """Tell how what answers for `path` (as in `lookup`) fares, without asking anybody."""
        return None

    def near(self, path: Path) -> Sequence[Path]:
        """Give names that exist and resemble `path`, which has none: best first, three at most.

        From what is known already; see `linkerd.name.near`.
        """
        return ()

    @abc.abstractmethod
    def state(self) -> dict[str, Any]:
        """Describe what is observed and how it fares, in terms of JSON (`/namer_state`)."""

    def names(self) -> Sequence[str]:
        """The names this namer can list, for `/bound-names.json`; none unless it says more."""
        return ()

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of descriptors, threads and timers. Nothing is looked up afterwards."""


@attrs.frozen(kw_only=True)
class NamerConfig(Plugin):
    """The configuration of one namer."""

    family: ClassVar[str] = "namer"

    prefix: Path | None = option(
        "What follows `/#` in the names of this namer; by default a slash and the kind.",
        default=None,
        example="/disco",
    )
    transformers: tuple[TransformerConfig, ...] = option(
        "What is done to the addresses of every name; in order, the last one outermost.",
        default=(),
    )

    def full_prefix(self) -> Path:
        """Give the prefix as names have it: `/#/io.l5d.fs`."""
        own = Path.of(self.kind) if self.prefix is None else self.prefix
        return Path.of("#") + own

    def scope(self, runtime: Runtime) -> Scope:
        """Give the namer's part of the metrics tree: `namer/#/io.l5d.fs`."""
        return runtime.metrics.scope("namer", self.full_prefix().show().lstrip("/"))

    def mk(self, runtime: Runtime) -> Namer:
        """Make the namer; `runtime.metrics` is the root of the tree."""
        raise NotImplementedError

    def build(self, runtime: Runtime, lookups: Lookups) -> Namer:
        """Make the namer with its transformers.

        `lookups` are all namers with their prefixes, also those that are put in later.
        """
        from linkerd.namer.transformed import TransformedNamer

        namer = self.mk(runtime)
        if not self.transformers:
            return namer
        scoped = runtime.scoped(self.scope(runtime))
        return TransformedNamer(namer, mk_all(self.transformers, scoped, lookups))


__all__ = ["Namer", "NamerConfig"]
