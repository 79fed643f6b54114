"""What a Thrift router's log shows beyond the header of a call: arguments, names of exceptions.

In come an IDL's methods, what is to be shown of which, and what never is; and, for each line, the
bytes of a call's arguments. Out go values fit for JSON. Only what the IDL names is ever shown, so
that a field it does not know is not shown by mistake; and nothing of a method that two services
declare differently. Runs on the log's thread; pure.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.wire.thrift_message import split_name
from linkerd.wire.thrift_values import (
    BOOL,
    BYTE,
    COMPACT,
    DOUBLE,
    GOOD,
    LIST,
    MAP,
    SET,
    STOP,
    STRING,
    STRUCT,
    UUID,
    cursor,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkerd.router.thrift_idl import Method, Shape
    from linkerd.wire.thrift_values import Cursor

Tree: TypeAlias = "dict[str, Any]"
"""Names of fields, each with the tree below it; ALL has everything."""

ALL = "*"
HIDDEN = "(redacted)"
MAX_TEXT = 200
MAX_ELEMENTS = 20
MAX_DEPTH = 16
DOUBLES = {True: struct.Struct("<d"), False: struct.Struct(">d")}


class Shown:
    """`show` are paths such as `login.user.name`, or `login.*`; `redact` paths, or bare names.

    `wanted` has the names of calls, as they are on the wire, of which something is shown.
    """

    def __init__(
        self,
        methods: dict[str, list[Method]],
        show: Iterable[str] = (),
        redact: Iterable[str] = (),
    ) -> None:
        self.methods = methods
        self.redacted = frozenset(redact)
        self.trees: dict[str, Tree] = {}
        for path in show:
            below = self.trees
            for name in path.split("."):
                below = below.setdefault(name, {})
        self.wanted: set[bytes] = set()
        for name in self.trees:
            for method in methods.get(name, ()):
                self.wanted.add(f"{method.service}:{name}".encode())
                self.wanted.add(name.encode())

    def method(self, name: bytes) -> Method | None:
        """The method that a call means, if that is certain."""
        service, method = split_name(name)
        known = self.methods.get(method.decode("utf-8", "replace"), [])
        if service:
            known = [each for each in known if each.service.encode() == service] or known
        if len(known) == 1:
            return known[0]
        alike = {(str(each.arguments), str(each.exceptions)) for each in known}
        return known[0] if len(alike) == 1 else None

    def exception(self, name: bytes, number: int) -> str:
        """The name of a declared exception; "" if it is not known."""
        method = self.method(name)
        return method.exceptions.get(number, "") if method is not None else ""

    def arguments(self, name: bytes, raw: bytes, form: int) -> Tree:
        """What is shown of a call's arguments; as far as they can be read."""
        method = self.method(name)
        if method is None:
            return {}
        place = cursor(raw, 0, len(raw), form)
        reading = _Reading(self.redacted, form == COMPACT)
        return reading.struct(place, method.arguments, self.trees[method.name], method.name, 0)


class _Reading:
    """One call's values being read."""

    def __init__(self, redacted: frozenset[str], little: bool) -> None:
        self.redacted = redacted
        self.double = DOUBLES[little]

    def struct(self, place: Cursor, shape: Shape, tree: Tree, path: str, depth: int) -> Tree:
        """The chosen fields of the struct that begins here."""
        outer = place.field
        place.field = 0
        shown: Tree = {}
        kind = place.next_field()
        while kind != STOP:
            name, inner = shape.fields.get(place.field, ("", shape))
            below = tree.get(name, tree.get(ALL))
            at = f"{path}.{name}"
            if not name or below is None or depth >= MAX_DEPTH:
                place.skip(kind)
            elif name in self.redacted or at in self.redacted:
                place.skip(kind)
                shown[name] = HIDDEN
            else:
                value = self.value(place, kind, inner, below or {ALL: {}}, at, depth + 1)
                if place.verdict == GOOD:
                    shown[name] = value
            kind = place.next_field()
        place.field = outer
        return shown

    def value(
        self, place: Cursor, kind: int, shape: Shape, tree: Tree, path: str, depth: int
    ) -> Any:
        """One value."""
        if kind == STRUCT:
            return self.struct(place, shape, tree, path, depth)
        if kind in (LIST, SET):
            count, element = place.elements()
            return self.several(place, count, element, shape.element or shape, tree, path, depth)
        if kind == MAP:
            return self.pairs(place, shape.element or shape, tree, path, depth)
        if kind == BOOL:
            return place.boolean()
        if kind == STRING:
            return text(place.string())
        if kind in (BYTE, DOUBLE, UUID):
            size = {BYTE: 1, DOUBLE: 8, UUID: 16}[kind]
            at = place.advance(size)
            raw = place.raw[at : at + size] if at >= 0 else bytes(size)
            if kind == DOUBLE:
                number = self.double.unpack(raw)[0]
                # JSON has no word for the others.
                return number if number - number == 0.0 else str(number)
            return raw.hex() if kind == UUID else int.from_bytes(raw, "big", signed=True)
        return place.integer(kind)

    def several(
        self, place: Cursor, count: int, kind: int, shape: Shape, tree: Tree, path: str, depth: int
    ) -> list[Any]:
        """The first elements of a list or a set; then how many there are."""
        shown: list[Any] = []
        for number in range(count):
            if place.verdict != GOOD:
                break
            if number < MAX_ELEMENTS and depth < MAX_DEPTH:
                shown.append(self.value(place, kind, shape, tree, path, depth + 1))
            else:
                place.skip(kind)
        if count > len(shown):
            shown.append(f"({count} in all)")
        return shown

    def pairs(self, place: Cursor, shape: Shape, tree: Tree, path: str, depth: int) -> Tree:
        """The first pairs of a map, whose keys become texts."""
        count, key_kind, kind = place.pairs()
        shown: Tree = {}
        for number in range(count):
            if place.verdict != GOOD:
                break
            if number < MAX_ELEMENTS and depth < MAX_DEPTH:
                key = str(self.value(place, key_kind, shape, {}, path, depth + 1))
                if key in self.redacted:
                    place.skip(kind)
                    shown[key] = HIDDEN
                else:
                    shown[key] = self.value(place, kind, shape, tree, path, depth + 1)
            else:
                place.skip(key_kind)
                place.skip(kind)
        return shown


def text(raw: bytes) -> str:
    """A string, or bytes, as far as it is shown."""
    shown = raw[:MAX_TEXT].decode("utf-8", "backslashreplace")
    return f"{shown}... ({len(raw)} bytes)" if len(raw) > MAX_TEXT else shown


__all__ = ["ALL", "HIDDEN", "Shown"]
