"""YAML text → located tree, from the event stream of PyYAML.

In: the text. Out: nodes with the index of every value; `TextFault` at the first place that is not
readable. Events are taken instead of composed nodes because composing recurses as deep as the text
says, and bounds nothing. Scalars are not resolved.
"""

from __future__ import annotations

import re
from typing import Any

import attrs
import yaml
from yaml import events

from linkerd.config.node import (
    MAX_DEPTH,
    MAX_NODES,
    Node,
    ScalarNode,
    TextFault,
    list_node,
    object_node,
    quoted,
)

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset(_CORE + name for name in ("str", "int", "float", "bool", "null"))


def read_yaml(text: str, loader: type = _Loader) -> Node:
    """Read the one document of a YAML stream."""
    bad = _UNPRINTABLE.search(text)
    if bad:
        raise TextFault(bad.start(), f"a control character stands here: {quoted(bad.group())}")
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _translated(error, text) from None
    except yaml.YAMLError as error:
        raise TextFault(0, str(error).replace("\n", " ")) from None
    if builder.root is None:
        raise TextFault(0, "the document is empty", "an object")
    return builder.root


@attrs.define
class _Open:
    """An object or list whose end has not come yet."""

    start: int
    anchor: str | None
    is_object: bool
    children: list[Node] = attrs.Factory(list)

    def close(self) -> Node:
        if not self.is_object:
            return list_node(self.children, self.start)
        entries: list[tuple[ScalarNode, Node]] = []
        pairs = iter(self.children)
        for key in pairs:
            if not isinstance(key, ScalarNode):
                raise TextFault(key.start, "a key is an object or a list", "text")
            entries.append((key, next(pairs)))
        return object_node(entries, self.start)


class _Builder:
    """Turns events into nodes with a stack of its own."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.values = 0

    def take(self, event: events.Event) -> None:
        start = _index(event.start_mark)
        match event:
            case events.DocumentStartEvent():
                if self.root is not None:
                    raise TextFault(start, "a second document begins here", "one document")
            case events.ScalarEvent():
                self.add(_scalar(event), event.anchor)
            case events.AliasEvent():
                self.add(self.alias(event.anchor or "", start), None)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self.open(event, start)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                opened = self.stack.pop()
                self.add(opened.close(), opened.anchor)
            case _:
                pass

    def open(self, event: events.CollectionStartEvent, start: int) -> None:
        is_object = isinstance(event, events.MappingStartEvent)
        if event.tag not in (None, "!", _CORE + ("map" if is_object else "seq")):
            raise _bad_tag(event.tag, start)
        if len(self.stack) >= MAX_DEPTH:
            raise TextFault(start, f"objects and lists stand more than {MAX_DEPTH} deep")
        self.stack.append(_Open(start, event.anchor, is_object))

    def add(self, node: Node, anchor: str | None) -> None:
        self.values += 1
        if self.values > MAX_NODES:
            raise TextFault(node.start, f"the document has more than {MAX_NODES} values")
        if anchor is not None:
            self.anchors[anchor] = node
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node

    def alias(self, anchor: str, start: int) -> Node:
        if any(opened.anchor == anchor for opened in self.stack):
            raise TextFault(start, f"the alias {quoted('*' + anchor)} contains itself")
        if anchor not in self.anchors:
            raise TextFault(start, f"the alias {quoted('*' + anchor)} has no anchor before it")
        return self.anchors[anchor]


def _scalar(event: events.ScalarEvent) -> ScalarNode:
    start, end = _index(event.start_mark), _index(event.end_mark)
    if event.tag is None or event.tag == "!":
        plain = event.tag is None and event.implicit[0]
    elif event.tag in _SCALAR_TAGS:
        plain = event.tag != _CORE + "str"
    else:
        raise _bad_tag(event.tag, start)
    return ScalarNode(event.value, plain, start, end)


def _index(mark: Any) -> int:
    return mark.index if mark else 0


def _bad_tag(tag: str, start: int) -> TextFault:
    return TextFault(start, f"the tag {quoted(tag)} is not supported", "a value without a tag")


def _translated(error: yaml.MarkedYAMLError, text: str) -> TextFault:
    """Put PyYAML's report in one line; the two scanners word a few things differently."""
    mark = error.problem_mark or error.context_mark
    index = min(_index(mark), len(text))
    if text.startswith("\t", index):
        return TextFault(index, "a tab stands where only spaces may", "spaces")
    if index and text[index - 1] == "\\" and "escape" in (error.problem or ""):
        index -= 1
    if "nesting depth" in (error.problem or ""):
        # libyaml reads ahead; from 0.2.6 on it has a limit of its own.
        return TextFault(index, f"objects and lists stand more than {MAX_DEPTH} deep")
    why = error.problem or "not readable as YAML"
    return TextFault(index, f"{why} ({error.context})" if error.context else why)


__all__ = ["read_yaml"]
