"""What only an explanation asks for: how namers fare, and which names were probably meant.

In: the dtab and the namers of an evaluation, and names that led nowhere. Out: standings, and near
names. Made by the evaluator when it explains, never on a request's way.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from linkerd.name.near import MAX_SUGGESTIONS
from linkerd.name.path import Path
from linkerd.name.prefixes import PrefixTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.name.addr import Standing
    from linkerd.name.dtab import Dtab
    from linkerd.name.evaluation import Lookup, Lookups

MAX_SEARCHES = 4
"""Names of one explanation for which similar ones are looked for: each may cost a millisecond."""


class Hints:
    """The hints of one explanation."""

    __slots__ = ("_dtab", "_left", "_lookups")

    def __init__(self, dtab: Dtab, lookups: Lookups) -> None:
        self._dtab = dtab
        self._lookups = lookups
        self._left = MAX_SEARCHES

    def standing(self, lookup: Lookup, path: Path) -> Standing | None:
        """Tell how what answers for `path` fares."""
        try:
            return lookup.standing(path)
        except Exception:
            # A namer of somebody else's must not stop the explanation.
            return None

    def near(self, path: Path, asked: Lookups) -> tuple[Path, ...]:
        """Give names like `path`, which `asked`, the namers below whose prefix it is, do not know.

        If there is no such namer, the names are those for which there is a rule or a namer.
        """
        if self._left == 0:
            return ()
        self._left -= 1
        names = self._known(path, asked) if asked else self._led(path)
        return tuple(islice(dict.fromkeys(names), MAX_SUGGESTIONS))

    def near_failed(self, path: Path, prefix: Path, lookup: Lookup) -> tuple[Path, ...]:
        """Give names like `path`, for which the namer at `prefix` has failed.

        If all names there belong to it (`/$`), then a misspelt one fails; others have their reasons
        to.
        """
        return self.near(path, ((prefix, lookup),)) if prefix.size == 1 else ()

    def _known(self, path: Path, asked: Lookups) -> Iterator[Path]:
        for prefix, lookup in asked:
            rest = path.drop(prefix.size)
            for name in _near(lookup, rest):
                yield prefix + name + rest.drop(name.size)

    def _led(self, path: Path) -> Iterator[Path]:
        yield from self._dtab.near(path)
        prefixes = PrefixTree(prefix.elements for prefix, _ in self._lookups)
        yield from map(Path, prefixes.near(path.elements))


def _near(lookup: Lookup, path: Path) -> Sequence[Path]:
    try:
        return lookup.near(path)
    except Exception:
        return ()


__all__ = ["Hints"]
