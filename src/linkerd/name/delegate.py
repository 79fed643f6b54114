"""Delegation: what a path leads to, as it changes.

A dtab, a path and namers come in; the bound name tree goes out (`bind`), or how it came about
(`explanation`). One evaluator stands behind both, a pure function of what the namers say at the
moment; it is run again when something changes that it has asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from linkerd.name.activity import Activity, Computed, Constant, Failed, Ok, Read, Var
from linkerd.name.evaluation import Bound, Lookup, Lookups, Outcome, Tree, evaluate
from linkerd.name.path import Path
from linkerd.name.tree import EMPTY, FAIL, NEG, NameTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.name.addr import BoundName, Standing
    from linkerd.name.dtab import Dtab
    from linkerd.name.trace import Node

BUILTIN_PREFIX = Path.of("$")


class Builtin:
    """The least there is below `/$`: `nil`, `fail`, and the error for all others.

    Where there are namers, `linkerd.namer.builtin` takes its place.
    """

    def lookup(self, path: Path) -> Activity[Tree]:
        """Look up what follows `/$`."""
        if not path.elements:
            return Constant(Ok(NEG))
        if path.elements[0] == b"nil":
            return Constant(Ok(EMPTY))
        if path.elements[0] == b"fail":
            return Constant(Ok(FAIL))
        return unknown_namer(path)

    def standing(self, path: Path) -> Standing | None:
        """Nothing is watched."""
        return None

    def near(self, path: Path) -> Sequence[Path]:
        """Nothing is suggested."""
        return ()


def unknown_namer(path: Path) -> Activity[Tree]:
    """Fail as Linkerd does for what follows `/$`, if nobody knows the name that it begins with."""
    name = path.texts()[0]
    return Constant(Failed(f"Unknown namer: {name} for path: {BUILTIN_PREFIX + path}"))


def asking_order(namers: Lookups) -> Lookups:
    """Turn namers from the order of the configuration to that of asking: last first.

    `Builtin` comes behind them, unless one of them has all the names below `/$`.
    """
    if any(prefix == BUILTIN_PREFIX for prefix, _ in namers):
        return tuple(reversed(namers))
    return (*reversed(namers), (BUILTIN_PREFIX, Builtin()))


def bind(dtab: Dtab, path: Path, lookups: Lookups) -> Activity[NameTree[BoundName]]:
    """Return the bound tree of `path` as it changes, simplified."""
    memories = _memories(lookups)

    def compute(read: Read) -> Bound:
        return evaluate(dtab, path, _turned(memories), read).state

    return Computed(compute)


def explanation(dtab: Dtab, path: Path, lookups: Lookups) -> Var[Node]:
    """Return the trace of `path`, all alternatives in it, as it changes."""
    memories = _memories(lookups)

    def compute(read: Read) -> Node:
        trace = evaluate(dtab, path, _turned(memories), read, explain=True).trace
        assert trace is not None
        return trace

    return Computed(compute)


class _Memory:
    """A namer that is not asked twice: the activities of this evaluation and of the last one.

    A namer may make a new activity at each lookup, and the observation of the old one is worth
    keeping.
    """

    __slots__ = ("_before", "_lookup", "_now")

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._before: dict[Path, Activity[Tree]] = {}
        self._now: dict[Path, Activity[Tree]] = {}

    def turn(self) -> None:
        """Begin another evaluation."""
        self._before, self._now = self._now, {}

    def lookup(self, path: Path) -> Activity[Tree]:
        """Return the known activity of `path`, or ask."""
        activity = self._now.get(path) or self._before.get(path) or self._lookup.lookup(path)
        self._now[path] = activity
        return activity

    def standing(self, path: Path) -> Standing | None:
        """Tell how what answers for `path` fares."""
        return self._lookup.standing(path)

    def near(self, path: Path) -> Sequence[Path]:
        """Give existing names that resemble `path`."""
        return self._lookup.near(path)


_Memories: TypeAlias = tuple[tuple[Path, _Memory], ...]


def _memories(lookups: Lookups) -> _Memories:
    return tuple((prefix, _Memory(lookup)) for prefix, lookup in lookups)


def _turned(memories: _Memories) -> _Memories:
    for _, memory in memories:
        memory.turn()
    return memories


__all__ = [
    "BUILTIN_PREFIX",
    "Builtin",
    "Lookup",
    "Lookups",
    "Outcome",
    "asking_order",
    "bind",
    "evaluate",
    "explanation",
    "unknown_namer",
]
