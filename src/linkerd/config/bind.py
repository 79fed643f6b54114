"""Located tree → frozen sections, with every fault found on the way.

In: a `Document` and the class of its root. Out: an instance, or `ConfigError` with all faults in
the order of the document. A section with a fault is not built, but everything beside it is still
looked at. Pure but for files whose existence a type demands and the modules of named kinds.
"""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from linkerd.config.load import is_merge, join
from linkerd.config.node import (
    Document,
    ListNode,
    Node,
    ObjectNode,
    ScalarNode,
    kind_of,
    quoted,
)
from linkerd.config.offset import index_of, indices
from linkerd.config.reading import Unreadable
from linkerd.config.registry import REGISTRY, BadPlugin, Registry
from linkerd.config.section import Plugin, Section
from linkerd.config.shape import (
    Key,
    ListShape,
    ScalarShape,
    SectionShape,
    Shape,
    keys_of,
    not_yet_of,
    renamed_of,
)
from linkerd.errors import ConfigError, Fault, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

S = TypeVar("S", bound=Section)

_MAX_SUGGESTIONS = 100
"""Faults after which no more suggestions are looked for: each costs a comparison with all keys."""

_BROKEN: Any = object()
"""Stands for a value that could not be made; its faults are noted."""


def bind(
    document: Document,
    cls: type[S],
    registry: Registry = REGISTRY,
    across: Callable[[S], Iterable[Fault]] | None = None,
) -> S:
    """Make the section a document describes; raises `ConfigError`.

    `across` looks for faults between sections. It is asked even if others were found, and then sees
    the sections whose own values are all good.
    """
    binder = _Binder(document, registry)
    made = binder.section(SectionShape(cls), document.root, "")
    if across is not None and made is not _BROKEN:
        binder.faults += across(made)
    if binder.faults:
        raise ConfigError(_in_order(binder.faults))
    return cast("S", made)


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Sort by place; what an alias repeats is told once."""
    first = {(f.line, f.column, f.code, f.why): f for f in reversed(list(faults))}
    return sorted(first.values(), key=lambda fault: (fault.line, fault.column))


class _Binder:
    """One pass over one document."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self.document = document
        self.registry = registry
        self.faults: list[Fault] = list(document.faults)

    def note(self, code: str, index: int, path: str, why: str, **more: str) -> Any:
        """Remember a fault; gives `_BROKEN` so that a caller may return it."""
        self.faults.append(self.document.fault(code, index, path, why, **more))
        return _BROKEN

    def value(self, shape: Shape, node: Node, path: str) -> Any:
        match shape:
            case ScalarShape():
                return self.scalar(shape, node, path)
            case ListShape():
                return self.list(shape, node, path)
            case SectionShape():
                return self.section(shape, node, path)

    def scalar(self, shape: ScalarShape, node: Node, path: str) -> Any:
        if not isinstance(node, ScalarNode) or node.null:
            return self.note(
                "L5D-4004", node.start, path, f"found {kind_of(node)}", expected=shape.reader.word
            )
        try:
            value = shape.reader.read(node.text)
        except Unreadable as error:
            index = node.start
            if error.offset is not None:
                index = index_of(node, self.document.text, error.offset)
            return self.note(error.code, index, path, error.why, expected=error.expected)
        if shape.reader.locate is None:
            return value
        index_at = indices(node, self.document.text)
        return shape.reader.locate(value, lambda at: self.document.where(index_at(at), path))

    def list(self, shape: ListShape, node: Node, path: str) -> Any:
        if isinstance(node, ListNode):
            items = [
                self.value(shape.item, item, f"{path}[{number}]")
                for number, item in enumerate(node.items)
            ]
        elif shape.one_or_many:
            items = [self.value(shape.item, node, path)]
        else:
            return self.note(
                "L5D-4004", node.start, path, f"found {kind_of(node)}", expected="a list"
            )
        return tuple(item for item in items if item is not _BROKEN)

    def section(self, shape: SectionShape, node: Node, path: str) -> Any:
        if not isinstance(node, ObjectNode):
            return self.note(
                "L5D-4004", node.start, path, f"found {kind_of(node)}", expected=_word(shape)
            )
        cls: type[Section] | None = shape.cls
        tag = ""
        if issubclass(shape.cls, Plugin):
            tag = shape.cls.tag
            cls = self.class_of(shape.cls, node, path)
        if cls is None:
            return _BROKEN
        before = len(self.faults)
        values = self.keys(cls, node, path, tag)
        if any(value is _BROKEN for value in values.values()):
            return _BROKEN
        section = cls(**values)
        if len(self.faults) == before:
            self.check(section, node, path)
        return section

    def class_of(self, family: type[Plugin], node: ObjectNode, path: str) -> type[Plugin] | None:
        """Choose the class by the section's kind; a class that has one is its own family."""
        path = join(path, family.tag)
        written = _entry(node, family.tag)
        kind = family.kind or family.default_kind
        index = node.start if written is None else written.start
        if isinstance(written, ScalarNode) and not written.null:
            kind = written.text
        elif written is not None and not isinstance(written, ScalarNode):
            why = f"found {kind_of(written)}"
            self.note("L5D-4004", written.start, path, why, expected=self.listed(family))
            return None
        if not kind:
            why = f"`{family.tag}` is missing"
            self.note("L5D-4005", index, path, why, expected=self.listed(family))
            return None
        if kind == family.kind:
            return family
        try:
            found = None if family.kind else self.registry.find(family.family, kind)
        except BadPlugin as error:
            self.note("L5D-4006", index, path, str(error))
            return None
        if found is None:
            self.unknown_kind(family, kind, index, path)
        return found

    def known_kinds(self, family: type[Plugin]) -> tuple[str, ...]:
        return (family.kind,) if family.kind else self.registry.kinds(family.family)

    def listed(self, family: type[Plugin]) -> str:
        return _one_of(self.known_kinds(family))

    def unknown_kind(self, family: type[Plugin], kind: str, index: int, path: str) -> None:
        name = family.family if family.tag == family.family else f"{family.family} {family.tag}"
        called = f"{name} {quoted(kind)}"
        today = self.registry.renamed(family.family, kind)
        if today:
            self.note("L5D-4006", index, path, f"{called} is called {quoted(today)} now")
        elif kind in self.registry.not_yet(family.family):
            self.note("L5D-4007", index, path, f"{called} is not supported yet")
        else:
            self.note(
                "L5D-4006",
                index,
                path,
                f"unknown {called}",
                expected=self.listed(family),
                suggestion=self.nearest(kind, self.known_kinds(family)),
            )

    def keys(self, cls: type[Section], node: ObjectNode, path: str, tag: str) -> dict[str, Any]:
        """Bind what is written in an object; `tag` is the key that has been read before, or ""."""
        known = {key.key: key for key in keys_of(cls)}
        written: dict[str, Node] = {}
        for key, value in node.entries:
            if is_merge(key) or key.text in written:
                continue
            written[key.text] = value
            if key.text not in known and key.text != tag:
                self.unknown_key(cls, key, path, [*known, tag] if tag else [*known])
        values: dict[str, Any] = {}
        for name, key_shape in known.items():
            if name in written and not _null(written[name]):
                values[key_shape.name] = self.entry(key_shape, written[name], join(path, name))
            elif key_shape.required:
                index = written[name].start if name in written else node.start
                word = _word(key_shape.shape)
                why = f"`{name}` is required"
                values[key_shape.name] = self.note(
                    "L5D-4005", index, join(path, name), why, expected=word
                )
        values["where"] = self.document.where(node.start, path)
        values["places"] = self.places(written, path)
        return values

    def places(self, written: Mapping[str, Node], path: str) -> Mapping[str, Where]:
        return MappingProxyType(
            {
                name: self.document.where(node.start, join(path, name))
                for name, node in written.items()
                if not _null(node)
            }
        )

    def entry(self, key: Key, node: Node, path: str) -> Any:
        """Bind one value and ask the key's own check."""
        value = self.value(key.shape, node, path)
        if value is not _BROKEN and key.option.check is not None:
            why = key.option.check(value)
            if why is not None:
                return self.note("L5D-4004", node.start, path, why)
        return value

    def unknown_key(
        self, cls: type[Section], key: ScalarNode, path: str, known: Collection[str]
    ) -> None:
        name = key.text
        below = join(path, name)
        not_yet, renamed = not_yet_of(cls), renamed_of(cls)
        if name in not_yet:
            reason = not_yet[name]
            why = f"`{name}` is not supported yet" + (f": {reason}" if reason else "")
            self.note("L5D-4007", key.start, below, why)
        elif name in renamed:
            why = f"`{name}` is a key of the past: {renamed[name]}"
            self.note("L5D-4002", key.start, below, why)
        else:
            why = f"unknown key {quoted(name)}"
            near = self.nearest(name, known)
            self.note("L5D-4002", key.start, below, why, expected=_one_of(known), suggestion=near)

    def nearest(self, name: str, known: Iterable[str]) -> str:
        """Give the known word a misspelt one was probably meant to be, or ""."""
        if len(self.faults) > _MAX_SUGGESTIONS:
            return ""
        folded = {word.lower(): word for word in known}
        near = difflib.get_close_matches(name[:80].lower(), folded, n=1, cutoff=0.6)
        return folded[near[0]] if near else ""

    def check(self, section: Section, node: ObjectNode, path: str) -> None:
        """Ask the section whether its values go together."""
        for key, why, *code in section.faults():
            index = next((v.start for k, v in node.entries if k.text == key), node.start)
            called = code[0] if code else "L5D-4008"
            self.note(called, index, join(path, key) if key else path, why)


def _entry(node: ObjectNode, name: str) -> Node | None:
    for key, value in node.entries:
        if key.text == name and not is_merge(key):
            return value
    return None


def _one_of(words: Collection[str]) -> str:
    return "one of " + ", ".join(words) if words else "nothing"


def _null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.null


def _word(shape: Shape) -> str:
    match shape:
        case ScalarShape(reader=reader):
            return reader.word
        case ListShape():
            return "a list"
        case SectionShape(cls=cls):
            if issubclass(cls, Plugin) and not cls.default_kind:
                return f"an object with `{cls.tag}`"
            return "an object"


__all__ = ["bind"]
