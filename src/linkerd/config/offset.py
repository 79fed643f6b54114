"""Where in the document a character of a scalar's text stood.

In: a scalar and indices into its text, as the grammars of names report them. Out: indices into the
document, exact unless the character is white space that YAML folded. Quoting, indentation and the
headers of block scalars lie between the two.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.config.node import ScalarNode

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_BLOCK_HEADER = re.compile(r"[|>][^\n\r]*(?:\r\n|\n|\r)?")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|.)",
    re.DOTALL,
)
_BLANK_ESCAPES = "ntrvf \t\r\nN_LP"


def index_of(node: ScalarNode, text: str, offset: int) -> int:
    """Give the index in `text`, the document, of character `offset` of the scalar's own text."""
    return indices(node, text)(offset)


def indices(node: ScalarNode, text: str) -> Callable[[int], int]:
    """Give a function that does as `index_of`, for many offsets of one scalar: each is cheap."""
    properties = _PROPERTIES.match(text, node.start, node.end)
    start = properties.end() if properties else node.start
    if text.startswith(node.text, start) and node.plain:
        return lambda offset: min(start + offset, node.end)
    marks = _ink(text, start, node.end)
    ours = _visible(node.text, 0, len(node.text))

    def index(offset: int) -> int:
        before = bisect_left(ours, offset)
        if before < len(marks) and ours[before : before + 1] == [offset]:
            return marks[before]
        return marks[before - 1] + 1 if 0 < before <= len(marks) else start

    return index


def _ink(text: str, start: int, end: int) -> list[int]:
    """Give the indices of the characters that are neither blank nor part of YAML's dress."""
    quote = text[start : start + 1]
    if quote in ("|", ">"):
        header = _BLOCK_HEADER.match(text, start, end)
        return _visible(text, header.end() if header else start, end)
    if quote not in ("'", '"'):
        return _visible(text, start, end)
    marks: list[int] = []
    index = start + 1
    while index < end - 1:
        width = 1
        if quote == "'" and text.startswith("''", index):
            width = 2
        elif quote == '"' and text[index] == "\\":
            match = _ESCAPE.match(text, index, end)
            width = len(match.group()) if match else 1
        if not _is_blank(text[index : index + width]):
            marks.append(index)
        index += width
    return marks


def _is_blank(written: str) -> bool:
    """Tell whether a character, or an escape of double quotes, means white space."""
    if not written.startswith("\\") or len(written) == 1:
        return written.isspace()
    letter, digits = written[1], written[2:]
    if len(digits) in (2, 4, 8) and letter in "xuU":
        return chr(int(digits, 16)).isspace()
    return letter in _BLANK_ESCAPES


def _visible(text: str, start: int, end: int) -> list[int]:
    return [index for index in range(start, end) if not text[index].isspace()]


__all__ = ["index_of", "indices"]
