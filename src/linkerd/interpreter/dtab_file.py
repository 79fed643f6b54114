"""The text of a dtab file: the rules in it, each with its place, or the place of its first error.

In: the bytes of a file, from the thread that reads it. Out: `Rules`, or a message for people. Pure.

A file may have ten thousand rules, and is read beside the reactor's thread. So the interpreter is
given away for a moment after some of them, by `rest`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import attrs

from linkerd.errors import Where
from linkerd.name.dtab import Dtab
from linkerd.name.parse import NameSyntaxError
from linkerd.namer.fs_addresses import no_rest
from linkerd.namer.fs_look import Content

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 4 * 1024 * 1024
"""Bytes a dtab file may have: more than ten thousand rules."""

PIECE = 100
"""Rules read, or put where they are found, between two rests: less than a millisecond."""

AROUND = 40
"""Characters of the line that a message shows on either side of an error."""


@attrs.frozen
class Rules(Content):
    """What a dtab file says. `text` is as written, for it says more: order, comments, lines."""

    text: str
    dtab: Dtab = attrs.field(eq=False, repr=False)

    @property
    def empty(self) -> bool:
        return not len(self.dtab)


def read_rules(content: bytes, source: str, rest: Callable[[], None] = no_rest) -> Rules | str:
    """Read a file that is called `source`; of one that is no dtab, give the first error's place."""
    text = content.decode("utf-8-sig", "replace")
    step = _Steps(rest).step
    try:
        return Rules(text, Dtab.read(text, step).located(places(text, source), step))
    except NameSyntaxError as error:
        where = places(text, source)(error.offset)
        said = f"{error.expected} expected but {error.found} found at '{_around(error)}'"
        return f"line {where.line}, column {where.column}: {said}"


class _Steps:
    """Rests after every `PIECE` steps."""

    def __init__(self, rest: Callable[[], None]) -> None:
        self._rest = rest
        self._left = PIECE

    def step(self) -> None:
        self._left -= 1
        if not self._left:
            self._left = PIECE
            self._rest()


def places(text: str, source: str) -> Callable[[int], Where]:
    """Give what turns an offset in the text into line and column, both from 1."""
    starts = [0]
    while newline := text.find("\n", starts[-1]) + 1:
        starts.append(newline)

    def place(offset: int) -> Where:
        line = bisect_right(starts, offset)
        return Where(source, line, offset - starts[line - 1] + 1)

    return place


def _around(error: NameSyntaxError) -> str:
    """Mark the character in its line, or what is near it, as Finagle marks it in the text."""
    text, offset = error.text, error.offset
    before = text[max(0, offset - AROUND) : offset].rpartition("\n")[2]
    here = text[offset : offset + 1].strip("\n")
    after = text[offset + 1 : offset + 1 + AROUND].partition("\n")[0] if here else ""
    return f"{before}[{here}]{after}"


__all__ = ["LIMIT", "Rules", "places", "read_rules"]
