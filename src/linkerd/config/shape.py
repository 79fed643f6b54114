"""The keys of a section class, resolved: name, type, default and what is said about each.

In: a section class. Out: its `Key`s in the order written in the class. The binder, the JSON Schema
and the manual look at classes only through here.
"""

from __future__ import annotations

import sys
import types
import typing
from typing import Any

import attrs

from linkerd.config.option import OPTION, Option, key_of
from linkerd.config.reading import READERS, Reader
from linkerd.config.section import Section


@attrs.frozen
class ScalarShape:
    """A single value."""

    reader: Reader


@attrs.frozen
class SectionShape:
    """An object of a section class, or of a family if the class is pluggable."""

    cls: type[Section]


@attrs.frozen
class ListShape:
    """A list of one shape; `one_or_many` if a single item may stand for a list of one."""

    item: Shape
    one_or_many: bool


Shape = ScalarShape | SectionShape | ListShape


@attrs.frozen
class Key:
    """One key of a section; `default` is `attrs.NOTHING` if it is required."""

    name: str
    key: str
    shape: Shape
    default: Any
    option: Option

    @property
    def required(self) -> bool:
        """Tell whether the key must be written."""
        return self.default is attrs.NOTHING


_VALUE_TYPES = {getattr(kind, "__name__", ""): kind for kind in READERS}
"""Known by name everywhere, so that modules may import them for the type checker alone."""

_KEYS: dict[type[Section], tuple[Key, ...]] = {}


def keys_of(cls: type[Section]) -> tuple[Key, ...]:
    """Give the keys of a class: its own, then those of its bases, the nearest first.

    Raises `TypeError` if an annotation is not understood: a mistake in the class, not in a
    configuration.
    """
    known = _KEYS.get(cls)
    if known is None:
        known = _KEYS[cls] = _resolved(cls)
    return known


def _resolved(cls: type[Section]) -> tuple[Key, ...]:
    keys = [
        Key(
            name=field.name,
            key=key_of(field.name),
            shape=_shape_of(_hint_of(cls, field.name), field.metadata[OPTION], cls, field.name),
            default=_default_of(field),
            option=field.metadata[OPTION],
        )
        for field in attrs.fields(cls)
        if OPTION in field.metadata
    ]
    ranks = {key.name: cls.__mro__.index(_owner(cls, key.name)) for key in keys}
    return tuple(sorted(keys, key=lambda key: ranks[key.name]))


def _hint_of(cls: type[Section], name: str) -> Any:
    """Resolve the annotation of one key where it was written; the others may stay text."""
    owner = _owner(cls, name)
    names = _VALUE_TYPES | vars(sys.modules[owner.__module__])
    holder = types.SimpleNamespace(__annotations__={name: owner.__annotations__[name]})
    return typing.get_type_hints(holder, globalns=names)[name]


def _owner(cls: type[Section], name: str) -> type:
    """Give the class that declares a key."""
    for base in cls.__mro__:
        if name in vars(base).get("__annotations__", {}):
            return base
    raise TypeError(f"{cls.__name__}.{name} has no type")


def not_yet_of(cls: type[Section]) -> dict[str, str]:
    """Give the keys a class and its bases name as not built yet, with the reasons."""
    return _gathered(cls, "not_yet")


def renamed_of(cls: type[Section]) -> dict[str, str]:
    """Give the keys of the past that a class and its bases know, with the advice."""
    return _gathered(cls, "renamed")


def _gathered(cls: type[Section], name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base).get(name, {}))
    return found


def _default_of(field: attrs.Attribute[Any]) -> Any:
    default = field.default
    if default is not None and hasattr(default, "factory"):
        return default.factory()
    return default


def _shape_of(hint: Any, said: Option, cls: type[Section], name: str) -> Shape:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        rest = [arg for arg in args if arg is not types.NoneType]
        if len(rest) == 1:
            return _shape_of(rest[0], said, cls, name)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return ListShape(_shape_of(args[0], said, cls, name), said.one_or_many)
    if isinstance(hint, type) and issubclass(hint, Section):
        return SectionShape(hint)
    if hint in READERS:
        return ScalarShape(READERS[hint])
    raise TypeError(f"{cls.__name__}.{name}: a configuration key cannot have the type {hint!r}")


__all__ = [
    "Key",
    "ListShape",
    "ScalarShape",
    "SectionShape",
    "Shape",
    "keys_of",
    "not_yet_of",
    "renamed_of",
]
