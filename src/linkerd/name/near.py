"""Which known word was probably meant: suggestions for names that do not exist.

In: a word and the words that there are. Out: the few that resemble it, the best first. Whoever owns
names (the dtab, a namer) asks when a step is explained, never on a request's way. The work is
bounded, whatever the words: one or two milliseconds for ten thousand.
"""

from __future__ import annotations

import difflib
import re
from itertools import islice
from typing import TYPE_CHECKING, AnyStr, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_SUGGESTIONS = 3
MAX_WORDS = 20_000
"""Words that are looked at."""
MAX_COMPARED = 200
"""Words that are compared letter by letter."""
FEW = 20
"""Words, of which also one with much in common is told."""
MAX_LENGTH = 64
"""Letters that a word may have to be compared."""

_BOUNDS = frozenset("-_.:")
_PART_AT_THE_END, _PART_AT_THE_START, _MUCH_IN_COMMON = 1.5, 1.8, 3.5
"""How far `users` is from `users-v2`, from `web-users` and from `use-it`, in wrong letters."""
_CUTOFF = 0.6
"""Of their letters, what words must have in common (`difflib`)."""


def nearest(
    word: AnyStr, words: Iterable[AnyStr], limit: int = MAX_SUGGESTIONS
) -> tuple[AnyStr, ...]:
    """Return the `words` that resemble `word`, other than itself: best first, at most `limit`.

    Alike are words that differ in case, in few letters (wrong, missing, too many, two swapped), or
    by a part that `-`, `_`, `.` or `:` sets off, as `users` and `users-v2`. Where there are few
    words and none is alike, one with much in common will do.
    """
    known = list(islice(words, MAX_WORDS))
    wanted, text, few = _lines([word])[1:-1], _lines(known), len(known) <= FEW
    if not wanted or len(wanted) > MAX_LENGTH:
        return ()
    ranked = sorted(
        (distance, abs(len(line) - len(wanted)), at)
        for at, line in (_all(text) if few else _candidates(wanted, text))
        if (distance := _distance(wanted, line, few)) is not None
    )
    nearer = [each for each in ranked if each[0] < _MUCH_IN_COMMON]
    best = dict.fromkeys(known[text.count("\n", 0, at) - 1] for _, _, at in nearer or ranked)
    best.pop(word, None)
    return tuple(islice(best, limit))


def _lines(words: Sequence[str] | Sequence[bytes]) -> str:
    """Put words below each other, between line ends, in the form that is compared."""
    if words and isinstance(words[0], bytes):
        text = b"\n".join(cast("Sequence[bytes]", words)).decode("latin-1")
    else:
        text = "\n".join(cast("Sequence[str]", words))
    if text.count("\n") >= max(len(words), 1):
        return _lines([_one_line(word) for word in words])
    return f"\n{text.lower()}\n"


def _one_line(word: str | bytes) -> str:
    text = word.decode("latin-1") if isinstance(word, bytes) else word
    return text.replace("\n", " ")


def _all(text: str) -> Iterator[tuple[int, str]]:
    return ((line.start(), line.group()) for line in re.finditer("[^\n]+", text))


def _candidates(wanted: str, text: str) -> Iterator[tuple[int, str]]:
    """Find the lines that share the start, the middle or the end with `wanted`, and their places.

    One wrong letter, or two swapped, leave the start or the end as it was, two any of the three.
    To search the whole text for each costs next to nothing; what is rare is the better hint.
    """
    size = len(wanted) // 3 if len(wanted) > 5 else max((len(wanted) - 1) // 2, 1)
    hints = ["\n" + wanted[:size], wanted[-size:] + "\n"]
    if len(wanted) > 5:
        hints.append(wanted[size:-size])
    hints.sort(key=text.count)
    places: dict[int, str] = {}
    for hint in hints:
        found = text.find(hint)
        while found >= 0 and len(places) < MAX_COMPARED:
            start = text.rfind("\n", 0, found + 1) + 1
            end = text.index("\n", start)
            places[start] = text[start:end]
            found = text.find(hint, end)
    return iter(places.items())


def _distance(wanted: str, line: str, few: bool) -> float | None:
    """Tell how far apart two words are, in wrong letters; None if too far."""
    longer, shorter = (line, wanted) if len(line) > len(wanted) else (wanted, line)
    more = len(longer) - len(shorter)
    most = min(len(shorter) // 2, 1 if len(shorter) < 6 else 2 if len(shorter) < 12 else 3)
    edits = _edits(longer, shorter, most) if more <= most else None
    if edits is not None:
        return edits
    if longer.startswith(shorter) and longer[len(shorter)] in _BOUNDS:
        return _PART_AT_THE_END
    if longer.endswith(shorter) and longer[more - 1] in _BOUNDS:
        return _PART_AT_THE_START
    most_in_common = 2 * len(shorter) / (len(longer) + len(shorter))
    if few and len(longer) <= MAX_LENGTH and most_in_common >= _CUTOFF:
        common = difflib.SequenceMatcher(None, longer, shorter).ratio()
        return _MUCH_IN_COMMON if common >= _CUTOFF else None
    return None


def _edits(longer: str, shorter: str, most: int) -> int | None:
    """Count the letters to change, add, drop or swap with their neighbour; None if over `most`."""
    pairs = zip(longer, shorter, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), len(shorter))
    one, other = longer[same:], shorter[same:]
    older: list[int] = []
    old = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        row = [i + 1]
        for j, theirs in enumerate(other):
            cost = min(old[j] + (letter != theirs), old[j + 1] + 1, row[j] + 1)
            if i and j and letter == other[j - 1] and theirs == one[i - 1]:
                cost = min(cost, older[j - 1] + 1)
            row.append(cost)
        if min(row) > most:
            return None
        older, old = old, row
    return old[-1] if old[-1] <= most else None


__all__ = ["MAX_SUGGESTIONS", "nearest"]
