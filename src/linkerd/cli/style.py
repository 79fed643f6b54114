"""Colours for a terminal, and none for anything else.

In: a stream. Out: a function that marks a text as good, bad, a heading or unimportant.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_CODES = {"head": "1", "good": "32", "bad": "31", "quiet": "2"}


def plain(text: str, word: str) -> str:
    """Leave a text as it is."""
    return text


def coloured(text: str, word: str) -> str:
    """Mark a text for a terminal (ECMA-48)."""
    return f"\x1b[{_CODES[word]}m{text}\x1b[0m"


def style_of(stream: TextIO) -> Callable[[str, str], str]:
    """Choose: colours on a terminal, unless NO_COLOR is set (no-color.org)."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR")
    return coloured if wanted and os.environ.get("TERM") != "dumb" else plain


__all__ = ["coloured", "plain", "style_of"]
