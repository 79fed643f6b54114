"""Paths: hierarchical names such as `/svc/web`.

Text or byte strings come in; an immutable, hashable value goes out. Everybody uses it, from the
identifier that makes one out of a request to the namer that looks it up. Grammar and printing are
Finagle's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from linkerd.name.parse import NameSyntaxError, Scanner

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWABLE = re.compile(rb"[0-9A-Za-z_:.#$%-]*")


def _as_tuple(elements: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(elements)


@attrs.frozen(str=False)
class Path:
    """A list of elements, each a byte string; `Path.read("/a/b")`, `Path.of("a", "b")`."""

    elements: tuple[bytes, ...] = attrs.field(default=(), converter=_as_tuple)

    @classmethod
    def read(cls, text: str) -> Path:
        """Parse `/a/b`; blanks may surround it. Raises `NameSyntaxError`."""
        scanner = Scanner(text)
        elements = scanner.elements()
        scanner.end()
        return cls(elements)

    @classmethod
    def of(cls, *segments: str) -> Path:
        """Make a path of text segments, taken as they are and encoded as UTF-8."""
        return cls(segment.encode() for segment in segments)

    @property
    def size(self) -> int:
        """The number of elements."""
        return len(self.elements)

    def __len__(self) -> int:
        return len(self.elements)

    def take(self, n: int) -> Path:
        """Return the first `n` elements, or all there are."""
        return Path(self.elements[: max(n, 0)])

    def drop(self, n: int) -> Path:
        """Return what follows the first `n` elements, possibly nothing."""
        return Path(self.elements[max(n, 0) :])

    def starts_with(self, prefix: Path) -> bool:
        """Tell whether the first elements are those of `prefix`."""
        return self.elements[: len(prefix.elements)] == prefix.elements

    def __add__(self, other: Path) -> Path:
        return Path(self.elements + other.elements)

    def texts(self) -> tuple[str, ...]:
        """Return the elements as text; bytes that are not UTF-8 become U+FFFD."""
        return tuple(element.decode("utf-8", "replace") for element in self.elements)

    def show(self) -> str:
        """Print as Finagle: an element with one byte outside the alphabet is escaped entirely."""
        return show_elements(self.elements)

    def __str__(self) -> str:
        return self.show()


def show_elements(elements: Iterable[bytes | None]) -> str:
    """Print elements with slashes before them; None stands for the wildcard of dtab prefixes."""
    return "".join(f"/{_show_element(element)}" for element in elements) or "/"


def _show_element(element: bytes | None) -> str:
    if element is None:
        return "*"
    if _SHOWABLE.fullmatch(element):
        return element.decode("ascii")
    return "".join(f"\\x{byte:02x}" for byte in element)


EMPTY_PATH = Path()

__all__ = ["EMPTY_PATH", "NameSyntaxError", "Path", "show_elements"]
