"""A tree of prefixes: which of ten thousand match a name, at the price of those that do.

In: prefixes, numbered in the order given, whose elements are byte strings or None, the wildcard for
any one. Out: the numbers of those that match a name, or may match one of which the beginning is
known, and names like it that some would match. Made by a dtab of its rules, by the evaluator of its
namers and for the checks of a dtab.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from linkerd.name.near import MAX_SUGGESTIONS, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_SEARCHES = 4
"""How often a name that nothing matches is compared with the elements known at one place."""
MAX_INSERTED = 100
"""How many elements are tried where one may be missing."""

# Shared by the many branches that have nothing below them, or that end no prefix.
_NO_BRANCHES: dict[bytes | None, Any] = {}
_NO_NUMBERS: list[int] = []


class _Branch:
    """What follows the elements that lead here; `numbers` are of the prefixes that end here."""

    __slots__ = ("below", "numbers")

    def __init__(self) -> None:
        self.below: dict[bytes | None, _Branch] = _NO_BRANCHES
        self.numbers = _NO_NUMBERS


class PrefixTree:
    """Prefixes by their elements."""

    __slots__ = ("_root",)

    def __init__(self, prefixes: Iterable[tuple[bytes | None, ...]]) -> None:
        self._root = _Branch()
        for number, prefix in enumerate(prefixes):
            branch = self._root
            for element in prefix:
                branch = _grown(branch, element)
            if branch.numbers is _NO_NUMBERS:
                branch.numbers = []
            branch.numbers.append(number)

    def search(self, elements: tuple[bytes | None, ...]) -> tuple[list[int], int]:
        """Return the numbers of the prefixes that match, ascending, and how many steps it took.

        Where an element is None, those that match whatever stands there.
        """
        found, steps = [self._root.numbers], 1
        front = [self._root]
        for element in elements:
            front = _onward(front, element)
            if not front:
                break
            steps += len(front)
            found += [branch.numbers for branch in front if branch.numbers]
        if len(found) == 1:
            return found[0], steps
        # Each list is sorted, which the sort makes use of.
        return sorted(number for numbers in found for number in numbers), steps

    def possible(self, beginning: tuple[bytes | None, ...]) -> list[int]:
        """Return the numbers of the prefixes that some name matches that begins like this."""
        found: list[int] = []
        front = [self._root]
        for element in beginning:
            found += [number for branch in front for number in branch.numbers]
            if element is None:
                front = [below for branch in front for below in branch.below.values()]
            else:
                front = _onward(front, element)
        while front:
            branch = front.pop()
            found += branch.numbers
            front += branch.below.values()
        return found

    def near(self, elements: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], ...]:
        """Return names like this one that a prefix matches, best first, three at most.

        One element of it is replaced by one that is spelt alike, left out, or put in.
        """
        return tuple(islice(dict.fromkeys(self._near(elements)), MAX_SUGGESTIONS))

    def _near(self, elements: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
        fronts = [[self._root]]
        for element in elements:
            fronts.append(_onward(fronts[-1], element))
        places = [(at, branch) for at in reversed(range(len(elements))) for branch in fronts[at]]
        for at, branch in places[:MAX_SEARCHES]:
            known = [element for element in branch.below if element is not None]
            for word in nearest(elements[at], known):
                if _matches(branch.below[word], elements[at + 1 :]):
                    yield (*elements[:at], word, *elements[at + 1 :])
        for at, branch in places[:MAX_SEARCHES]:
            if _matches(branch, elements[at + 1 :]):
                yield elements[:at] + elements[at + 1 :]
            for missing, below in islice(branch.below.items(), MAX_INSERTED):
                # A wildcard behind it would say nothing: it fits whatever there is.
                if missing is None or elements[at] not in below.below:
                    continue
                if missing != elements[at] and _matches_below(below, elements[at:]):
                    yield (*elements[:at], missing, *elements[at:])


def _grown(branch: _Branch, element: bytes | None) -> _Branch:
    below = branch.below.get(element)
    if below is None:
        if branch.below is _NO_BRANCHES:
            branch.below = {}
        below = branch.below[element] = _Branch()
    return below


def _onward(front: list[_Branch], element: bytes | None) -> list[_Branch]:
    """Go one element further from each of the branches."""
    onward = []
    for branch in front:
        below = branch.below
        if element is not None and element in below:
            onward.append(below[element])
        if None in below:
            onward.append(below[None])
    return onward


def _matches(branch: _Branch, elements: tuple[bytes, ...]) -> bool:
    """Tell whether a prefix that leads through here matches a name that goes on like this."""
    return bool(branch.numbers) or _matches_below(branch, elements)


def _matches_below(branch: _Branch, elements: tuple[bytes, ...]) -> bool:
    front = [branch]
    for element in elements:
        front = _onward(front, element)
        if any(each.numbers for each in front):
            return True
    return False


__all__ = ["PrefixTree"]
