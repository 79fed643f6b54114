"""What `.thrift` files say of the calls that a router sees: methods, arguments, exceptions.

In comes the path of a file in Thrift's interface language, with what it includes; out go the
methods of its services. The files are read by thriftpy2, which is asked for nothing else; it need
not be there unless a configuration has an IDL. Read once, when the configuration is.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

STRUCT = 12
CONTAINERS = frozenset((13, 14, 15))
MISSING = "needs the package thriftpy2: `pip install thriftpy2`"


class BadIdl(Exception):
    """A file cannot be used; the message says which, and why."""


@attrs.define
class Shape:
    """What is known of a value: the fields of a struct, or what a container holds."""

    fields: dict[int, tuple[str, Shape]] = attrs.Factory(dict)
    element: Shape | None = None

    def by_name(self, name: str) -> Shape | None:
        """The field of that name, in this struct or in those that a container holds."""
        if self.element is not None:
            return self.element.by_name(name)
        return next((shape for known, shape in self.fields.values() if known == name), None)

    def names(self) -> list[str]:
        """The names of the fields."""
        if self.element is not None:
            return self.element.names()
        return [name for name, _ in self.fields.values()]


@attrs.frozen
class Method:
    """A method: its arguments, and its declared exceptions by number."""

    service: str
    name: str
    arguments: Shape
    exceptions: dict[int, str]


def read_idl(files: Iterable[str]) -> dict[str, list[Method]]:
    """Give the methods of all services in these files, by name. Raises `BadIdl`."""
    found: dict[str, list[Method]] = {}
    for file in files:
        for method in read_file(file):
            same = found.setdefault(method.name, [])
            if method not in same:
                same.append(method)
    return found


def read_file(file: str) -> list[Method]:
    """Give the methods of one file. Raises `BadIdl`."""
    try:
        from thriftpy2.parser.exc import ThriftParserError
        from thriftpy2.parser.parser import parse
    except ImportError:
        raise BadIdl(MISSING) from None
    path = os.path.abspath(file)
    name = os.path.basename(path).removesuffix(".thrift").replace(".", "_") + "_thrift"
    try:
        read: Any = parse
        module = read(path, name, [os.path.dirname(path)], enable_cache=False)
    except (ThriftParserError, OSError, UnicodeDecodeError) as error:
        raise BadIdl(f"{file}: {error}") from None
    shapes: dict[Any, Shape] = {}
    return [
        method_of(service, method, shapes)
        for service in module.__thrift_meta__["services"]
        for method in service.thrift_services
    ]


def method_of(service: Any, name: str, shapes: dict[Any, Shape]) -> Method:
    """A method as thriftpy2 has it."""
    result = getattr(service, f"{name}_result").thrift_spec
    return Method(
        service.__name__,
        name,
        struct_shape(getattr(service, f"{name}_args"), shapes),
        {number: field[2].__name__ for number, field in result.items() if number > 0},
    )


def struct_shape(struct: Any, shapes: dict[Any, Shape]) -> Shape:
    """The shape of a struct, which may hold others of its kind."""
    known = shapes.get(struct)
    if known is None:
        known = shapes[struct] = Shape()
        for number, field in struct.thrift_spec.items():
            known.fields[number] = (field[1], value_shape(field[0], field[2], shapes))
    return known


def value_shape(kind: int, meta: Any, shapes: dict[Any, Shape]) -> Shape:
    """The shape of a value of that kind; `meta` is what thriftpy2 adds to some kinds."""
    if kind == STRUCT:
        return struct_shape(meta, shapes)
    if kind not in CONTAINERS:
        return Shape()
    # Of a map the values are what has a shape.
    inner = meta[1] if kind == 13 else meta
    if isinstance(inner, tuple):
        return Shape(element=value_shape(inner[0], inner[1], shapes))
    return Shape(element=Shape())


__all__ = ["BadIdl", "Method", "Shape", "read_idl"]
