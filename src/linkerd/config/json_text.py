"""JSON text → located tree, strictly after RFC 8259.

In: the text. Out: nodes with the index of every value; `TextFault` at the first character that does
not fit. Written here because the standard library's reader does not say where its values stood.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, decoder
from typing import TYPE_CHECKING

from linkerd.config.node import (
    MAX_DEPTH,
    MAX_NODES,
    Node,
    ScalarNode,
    TextFault,
    list_node,
    object_node,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_BLANK = re.compile(r"[ \t\n\r]*")
_BARE = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD_END = re.compile(r"[\w.+-]")
_scan_string: Callable[[str, int, bool], tuple[str, int]] = vars(decoder)["scanstring"]
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(text: str) -> Node:
    """Read one JSON value and nothing after it."""
    reader = _Reader(text)
    node, index = reader.value(reader.skip(0), 0)
    index = reader.skip(index)
    if index < len(text):
        raise TextFault(index, "text after the end of the document")
    return node


class _Reader:
    """Recursive descent; each method takes an index and gives what it read and the index after."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.values = 0

    def skip(self, index: int) -> int:
        match = _BLANK.match(self.text, index)
        return match.end() if match else index

    def value(self, index: int, depth: int) -> tuple[Node, int]:
        self.values += 1
        if self.values > MAX_NODES:
            raise TextFault(index, f"the document has more than {MAX_NODES} values")
        if depth > MAX_DEPTH:
            raise TextFault(index, f"objects and lists stand more than {MAX_DEPTH} deep")
        match self.text[index : index + 1]:
            case "{":
                return self.object(index, depth)
            case "[":
                return self.list(index, depth)
            case '"':
                return self.string(index)
            case _:
                return self.bare(index)

    def object(self, start: int, depth: int) -> tuple[Node, int]:
        entries: list[tuple[ScalarNode, Node]] = []
        index = self.skip(start + 1)
        if self.text.startswith("}", index):
            return object_node(entries, start), index + 1
        while True:
            if not self.text.startswith('"', index):
                raise self.unexpected(index, "a key in double quotes")
            key, index = self.string(index)
            index = self.skip(index)
            if not self.text.startswith(":", index):
                raise self.unexpected(index, "':'")
            value, index = self.value(self.skip(index + 1), depth + 1)
            entries.append((key, value))
            index = self.skip(index)
            if self.text.startswith("}", index):
                return object_node(entries, start), index + 1
            if not self.text.startswith(",", index):
                raise self.unexpected(index, "',' or '}'")
            index = self.skip(index + 1)

    def list(self, start: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        index = self.skip(start + 1)
        if self.text.startswith("]", index):
            return list_node(items, start), index + 1
        while True:
            item, index = self.value(index, depth + 1)
            items.append(item)
            index = self.skip(index)
            if self.text.startswith("]", index):
                return list_node(items, start), index + 1
            if not self.text.startswith(",", index):
                raise self.unexpected(index, "',' or ']'")
            index = self.skip(index + 1)

    def string(self, start: int) -> tuple[ScalarNode, int]:
        try:
            value, end = _scan_string(self.text, start + 1, True)
        except JSONDecodeError as error:
            raise TextFault(error.pos, error.msg[:1].lower() + error.msg[1:]) from None
        if _SURROGATE.search(value):
            raise TextFault(start, "half of a surrogate pair stands alone in the text")
        return ScalarNode(value, plain=False, start=start, end=end), end

    def bare(self, start: int) -> tuple[ScalarNode, int]:
        match = _BARE.match(self.text, start)
        if not match or _WORD_END.match(self.text, match.end()):
            raise self.unexpected(start, "a value")
        return ScalarNode(match.group(), plain=True, start=start, end=match.end()), match.end()

    def unexpected(self, index: int, expected: str) -> TextFault:
        char = self.text[index : index + 1]
        found = f"unexpected '{char}'" if char else "the document ends too early"
        return TextFault(index, found, expected)


__all__ = ["read_json"]
