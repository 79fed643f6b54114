"""The text of one value → the value, by the type of the key that holds it.

In: text as written, whether quoted or not. Out: the value, or `Unreadable`. The type of the key
alone decides: `1:30`, `on` and `010` stay text where text is wanted, and `010` is ten where an
integer is. `READERS` is the table; the binder, the JSON Schema and the manual all work from it.
"""

from __future__ import annotations

import ipaddress
import math
import os.path
import re
from typing import TYPE_CHECKING, Any

import attrs

from linkerd.config.node import quoted
from linkerd.config.scalars import ExistingDir, ExistingFile, IpAddress, Port
from linkerd.name.dtab import Dtab
from linkerd.name.matcher import PathMatcher
from linkerd.name.path import NameSyntaxError, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from linkerd.errors import Where

_INTEGER = re.compile(r"-?[0-9]+")
_FLOAT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_AROUND = 60
_MAX_PORT = 65535
_MAX_INTEGER = 2**63 - 1


class Unreadable(Exception):
    """A text is not a value of the type; `offset` is the character where that shows, if known."""

    def __init__(
        self, why: str, expected: str = "", offset: int | None = None, code: str = "L5D-4004"
    ) -> None:
        super().__init__(why)
        self.why = why
        self.expected = expected
        self.offset = offset
        self.code = code


@attrs.frozen
class Reader:
    """How one type is read, what it is called, and its JSON Schema.

    `locate` gives a value whose parts know their places; it is handed the value and what turns an
    offset in its text into a place.
    """

    read: Callable[[str], Any]
    word: str
    schema: Mapping[str, Any]
    locate: Callable[[Any, Callable[[int], Where]], Any] | None = None


def read_str(text: str) -> str:
    """Take the text as it is written."""
    return text


def read_int(text: str) -> int:
    """Read decimal digits, a minus sign before them or not, within 64 bits."""
    if not _INTEGER.fullmatch(text):
        raise Unreadable(f"{quoted(text)} is not an integer", "decimal digits")
    if len(text) > len(str(-_MAX_INTEGER)) or abs(int(text)) > _MAX_INTEGER:
        raise Unreadable(f"{quoted(text)} is too large", f"at most {_MAX_INTEGER}")
    return int(text)


def read_float(text: str) -> float:
    """Read a finite decimal number; infinities and NaN are refused."""
    if not _FLOAT.fullmatch(text):
        raise Unreadable(f"{quoted(text)} is not a number", "a decimal number")
    value = float(text)
    if math.isinf(value):
        raise Unreadable(f"{quoted(text)} is too large", "a decimal number")
    return value


def read_bool(text: str) -> bool:
    """Read `true` or `false`, nothing else."""
    if text not in ("true", "false"):
        raise Unreadable(f"{quoted(text)} is not a boolean", "true or false")
    return text == "true"


def read_port(text: str) -> Port:
    """Read a port number."""
    number = read_int(text)
    if not 0 <= number <= _MAX_PORT:
        raise Unreadable(f"{number} outside valid range for ports", f"0 to {_MAX_PORT}")
    return Port(number)


def read_ip(text: str) -> IpAddress:
    """Read a literal address; neither host names nor short forms such as `127.1`."""
    try:
        return IpAddress(str(ipaddress.ip_address(text)))
    except ValueError:
        raise Unreadable(
            f"{quoted(text)} is not an IP address", "a literal IPv4 or IPv6 address"
        ) from None


def read_path(text: str) -> Path:
    """Read a name."""
    try:
        return Path.read(text)
    except NameSyntaxError as error:
        raise Unreadable(f"not a path: {_said(error)}", "/segment/…", error.offset) from None


def read_pattern(text: str) -> PathMatcher:
    """Read a path pattern."""
    try:
        return PathMatcher.read(text)
    except NameSyntaxError as error:
        raise Unreadable(
            f"not a path pattern: {_said(error)}", "/segment/*/{variable}/…", error.offset
        ) from None


def read_dtab(text: str) -> Dtab:
    """Read a delegation table."""
    try:
        return Dtab.read(text)
    except NameSyntaxError as error:
        raise Unreadable(
            f"not a dtab: {_said(error)}", "/prefix => /name ;", error.offset
        ) from None


def _said(error: NameSyntaxError) -> str:
    """Give Finagle's wording in one line, with no more of the text than is round the place."""
    before, after = error.text[: error.offset], error.text[error.offset + 1 :]
    here = error.text[error.offset : error.offset + 1]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:]
    if len(after) > _AROUND:
        after = after[:_AROUND] + "…"
    context = f"{before}[{here}]{after}"
    return " ".join(f"{error.expected} expected but {error.found} found at '{context}'".split())


def read_dir(text: str) -> ExistingDir:
    """Take a directory, seen from the working directory, that exists."""
    if not os.path.isdir(text):
        raise Unreadable(f"{quoted(text)} is not a directory", code="L5D-4009")
    return ExistingDir(text)


def read_file(text: str) -> ExistingFile:
    """Take a file, seen from the working directory, that exists."""
    if not os.path.isfile(text):
        raise Unreadable(f"{quoted(text)} is not a file", code="L5D-4009")
    return ExistingFile(text)


_DIGITS = {"type": ["integer", "string"], "pattern": "^-?[0-9]+$"}
_TEXT = {"type": "string"}

READERS: Mapping[object, Reader] = {
    str: Reader(read_str, "text", {"type": ["string", "number", "boolean"]}),
    int: Reader(read_int, "integer", _DIGITS),
    float: Reader(
        read_float, "number", {"type": ["number", "string"], "pattern": f"^(?:{_FLOAT.pattern})$"}
    ),
    bool: Reader(read_bool, "true or false", {"enum": [True, False, "true", "false"]}),
    Port: Reader(read_port, "port", {**_DIGITS, "minimum": 0, "maximum": _MAX_PORT}),
    IpAddress: Reader(read_ip, "IP address", _TEXT),
    Path: Reader(read_path, "path", {"type": "string", "pattern": r"^\s*/"}),
    PathMatcher: Reader(read_pattern, "path pattern", _TEXT),
    Dtab: Reader(read_dtab, "dtab", _TEXT, Dtab.located),
    ExistingDir: Reader(read_dir, "directory", _TEXT),
    ExistingFile: Reader(read_file, "file", _TEXT),
}

__all__ = ["READERS", "Reader", "Unreadable"]
