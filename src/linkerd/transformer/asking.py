"""For whose sake a namer is asked: what a transformer must know to see that it leads to itself.

In: the askers, each asking for the sake of the one before, and namers. Out: namers that are always
asked for the same chain of askers, which those behind them can read. Whoever takes part keeps the
chain he was asked with, for an answer may come later, in another stack.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.name.activity import Activity
    from linkerd.name.addr import Standing
    from linkerd.name.evaluation import Lookup, Tree
    from linkerd.name.path import Path

Chain: TypeAlias = tuple[object, ...]


class Asking:
    """`chain` are those for whose sake namers are asked just now.

    Not a context variable, which a coroutine that a namer starts would keep and spread.
    """

    def __init__(self) -> None:
        self.chain: Chain = ()

    @contextmanager
    def on_behalf_of(self, chain: Chain) -> Iterator[None]:
        """Ask for the sake of `chain`."""
        before, self.chain = self.chain, chain
        try:
            yield
        finally:
            self.chain = before


ASKING = Asking()


class Asked:
    """A namer that is always asked for the sake of the same chain."""

    def __init__(self, lookup: Lookup, chain: Chain) -> None:
        self._lookup = lookup
        self._chain = chain

    def lookup(self, path: Path) -> Activity[Tree]:
        """Look up `path`."""
        with ASKING.on_behalf_of(self._chain):
            return self._lookup.lookup(path)

    def standing(self, path: Path) -> Standing | None:
        """Tell how what answers for `path` fares."""
        return self._lookup.standing(path)

    def near(self, path: Path) -> Sequence[Path]:
        """Give existing names that resemble `path`."""
        return self._lookup.near(path)


__all__ = ["ASKING", "Asked", "Asking", "Chain"]
