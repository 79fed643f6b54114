"""The located tree: what a configuration says, and where it says it.

In: nodes of a reader of YAML or JSON. Out: immutable nodes that remember their index in the text,
and a `Document` that turns an index into line and column and makes faults of it. Nothing is
interpreted here: a scalar stays the text that was written.
"""

from __future__ import annotations

import re
from bisect import bisect_right

import attrs

from linkerd.errors import Fault, Where

MAX_NODES = 100_000
"""Nodes a document may have, each alias counted as a copy of what it stands for."""

MAX_DEPTH = 64
"""Objects and lists inside each other."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_SHOWN = 80


@attrs.frozen(eq=False)
class ScalarNode:
    """A single value: its text, whether it stood without quotes, its extent in the document."""

    text: str
    plain: bool
    start: int
    end: int
    size: int = 1
    depth: int = 0

    @property
    def null(self) -> bool:
        """Tell whether the value says that there is none."""
        return self.plain and self.text in _NULLS


@attrs.frozen(eq=False)
class ListNode:
    """A list of nodes."""

    items: tuple[Node, ...]
    start: int
    size: int
    depth: int


@attrs.frozen(eq=False)
class ObjectNode:
    """Keys and values in the order written; a key may stand twice."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    start: int
    size: int
    depth: int


Node = ScalarNode | ListNode | ObjectNode


class TextFault(Exception):
    """The text ends being readable at `index`."""

    def __init__(self, index: int, why: str, expected: str = "") -> None:
        super().__init__(why)
        self.index = index
        self.why = why
        self.expected = expected


def list_node(items: list[Node], start: int) -> ListNode:
    """Make a list; raises `TextFault` if it is too large or too deep."""
    return ListNode(tuple(items), start, *_measure(items, start))


def object_node(entries: list[tuple[ScalarNode, Node]], start: int) -> ObjectNode:
    """Make an object; raises `TextFault` if it is too large or too deep."""
    return ObjectNode(tuple(entries), start, *_measure([node for _, node in entries], start))


def _measure(children: list[Node], start: int) -> tuple[int, int]:
    size = 1 + sum(child.size for child in children)
    depth = 1 + max((child.depth for child in children), default=0)
    if size > MAX_NODES:
        raise TextFault(start, f"the document has more than {MAX_NODES} values")
    if depth > MAX_DEPTH:
        raise TextFault(start, f"objects and lists stand more than {MAX_DEPTH} deep")
    return size, depth


@attrs.frozen(eq=False)
class Document:
    """A parsed text: its tree, its name for messages, and faults that did not stop the parsing."""

    source: str
    text: str
    root: Node
    faults: tuple[Fault, ...] = ()
    _line_starts: list[int] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_line_starts", line_starts(self.text))

    def where(self, index: int, path: str) -> Where:
        """Give the place of an index of the text."""
        return Where(self.source, *position(self._line_starts, index), path)

    def fault(
        self,
        code: str,
        index: int,
        path: str,
        why: str,
        *,
        expected: str = "",
        suggestion: str = "",
    ) -> Fault:
        """Make a fault that points at an index of the text."""
        line, column = position(self._line_starts, index)
        return Fault(code, self.source, line, column, path, why, expected, suggestion)


def line_starts(text: str) -> list[int]:
    """Give the index of the first character of each line."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def position(starts: list[int], index: int) -> tuple[int, int]:
    """Give (line, column) of an index, both from 1."""
    line = bisect_right(starts, index)
    return line, index - starts[line - 1] + 1


def quoted(text: str) -> str:
    """Show a text of the document in a message: one line, no control characters, not too long."""
    return f"'{shown(text)}'"


def shown(text: str) -> str:
    """As `quoted`, without the quotes; keys in paths are shown so."""
    if len(text) > _SHOWN:
        text = text[: _SHOWN - 1] + "…"
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def kind_of(node: Node) -> str:
    """Say what a node is, for "found …"."""
    if isinstance(node, ObjectNode):
        return "an object"
    if isinstance(node, ListNode):
        return "a list"
    return "nothing" if node.null else quoted(node.text)


__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "Document",
    "ListNode",
    "Node",
    "ObjectNode",
    "ScalarNode",
    "TextFault",
    "kind_of",
    "line_starts",
    "list_node",
    "object_node",
    "position",
    "quoted",
    "shown",
]
