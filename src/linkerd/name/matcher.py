"""Path patterns: Linkerd's language for picking paths and naming parts of them.

Text comes in; a `PathMatcher` goes out, which tells whether a path begins as the pattern says and
what its variables stand for there, or a `PathTemplate`, which makes a path of such variables. Used
by the `io.l5d.rewrite` namer and by the prefixes of `io.l5d.static` sections.

    /#/io.l5d.fs/{host}      a variable takes a segment, or what literal text leaves of it
    /{env}-{zone}/*/web      several share a segment, the first as greedy as can be; * is any one

The search within a segment of variables is not anchored, as in Linkerd 1: `api-{v}` is found in
`my-api-2`. Segments come from the network, so the time taken is bounded: each literal of a segment
is searched for once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import attrs

from linkerd.name.parse import NameSyntaxError, Scanner
from linkerd.name.path import Path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

Variables: TypeAlias = "Mapping[str, bytes]"

# Linkerd's set has the range from colon to underscore, and so no hyphen.
_NAME = re.compile(r"[A-Za-z0-9.:-_]+")
_VARIABLE = re.compile(r"\{([A-Za-z0-9.:-_]+)\}")


class Match(NamedTuple):
    """What a pattern found: the values of its variables, and the path behind it."""

    variables: Variables
    residual: Path


@attrs.frozen
class _Segment:
    """One segment: literal texts and, between them, variables; so there is one literal more."""

    literals: tuple[bytes, ...]
    names: tuple[str, ...] = ()

    def values(self, segment: bytes) -> tuple[bytes, ...] | None:
        """Give the values of the variables in the order of `names`; None if it does not match.

        The first literal is taken where it occurs first and every other one where it occurs last,
        from the end backwards: that is what greedy expressions come to, without trying.
        """
        first, *others = self.literals
        if not others:
            return () if segment == first else None
        start = segment.find(first)
        if start < 0:
            return None
        start += len(first)
        places: list[int] = []
        end = len(segment)
        for literal in reversed(others):
            end = segment.rfind(literal, start, end)
            if end < 0:
                return None
            places.append(end)
        values: list[bytes] = []
        for literal, place in zip(others, reversed(places), strict=True):
            values.append(segment[start:place])
            start = place + len(literal)
        return tuple(values)

    def filled(self, variables: Variables) -> bytes:
        """Put values where the variables are. Raises KeyError for one that has none."""
        first, *others = self.literals
        parts = [first]
        for name, literal in zip(self.names, others, strict=True):
            parts += variables[name], literal
        return b"".join(parts)


@attrs.frozen
class PathMatcher:
    """A pattern; `text` is how it was written. None stands for `*` among the segments."""

    segments: tuple[_Segment | None, ...]
    text: str = attrs.field(default="", eq=False)

    @classmethod
    def read(cls, text: str) -> PathMatcher:
        """Parse a pattern; slashes at either end do not matter. Raises `NameSyntaxError`.

        The empty pattern and `/` match everything.
        """
        scanner = Scanner(text.rstrip("/"))
        while scanner.take("/"):
            pass
        if not scanner.peek():
            return cls((), text)
        return cls(_segments(scanner, _segment_or_any), text)

    @property
    def names(self) -> frozenset[str]:
        """The variables."""
        return _names(self.segments)

    def match(self, path: Path) -> Match | None:
        """Match the front of `path`; of a variable that occurs twice, the last value counts."""
        if path.size < len(self.segments):
            return None
        variables: dict[str, bytes] = {}
        for segment, element in zip(self.segments, path.elements, strict=False):
            if segment is None:
                continue
            values = segment.values(element)
            if values is None:
                return None
            variables.update(zip(segment.names, values, strict=True))
        return Match(variables, path.drop(len(self.segments)))

    @staticmethod
    def substitute(text: str, variables: Variables) -> str:
        """Replace each `{name}` in a text that is no path, such as a host name.

        Unknown variables stay as they are; bytes that are not UTF-8 become U+FFFD.
        """

        def value(found: re.Match[str]) -> str:
            known = variables.get(found[1])
            return found[0] if known is None else known.decode("utf-8", "replace")

        return _VARIABLE.sub(value, text)

    def show(self) -> str:
        """Give the text that the pattern was read from."""
        return self.text

    def __str__(self) -> str:
        return self.text


@attrs.frozen
class PathTemplate:
    """A path with variables in it, as a pattern has them."""

    segments: tuple[_Segment, ...]

    @classmethod
    def read(cls, text: str) -> PathTemplate:
        """Parse `/a/{b}`. Raises `NameSyntaxError`."""
        scanner = Scanner(text)
        scanner.eat("/")
        if not scanner.peek():
            return cls(())
        return cls(_segments(scanner, _segment))

    @property
    def names(self) -> frozenset[str]:
        """The variables."""
        return _names(self.segments)

    def path(self, variables: Variables) -> Path:
        """Put values where the variables are. Raises KeyError for one that has none."""
        return Path(segment.filled(variables) for segment in self.segments)


def _names(segments: tuple[_Segment | None, ...]) -> frozenset[str]:
    return frozenset(name for each in segments if each is not None for name in each.names)


def _segments(scanner: Scanner, segment: Callable[[Scanner], T]) -> tuple[T, ...]:
    """Read segments with slashes between them, up to the end of the text."""
    found = [segment(scanner)]
    while scanner.peek():
        if not scanner.take("/"):
            scanner.fail("'/', '{' or end of input")
        found.append(segment(scanner))
    return tuple(found)


def _segment_or_any(scanner: Scanner) -> _Segment | None:
    return None if scanner.take("*") else _segment(scanner)


def _segment(scanner: Scanner) -> _Segment:
    names: list[str] = []
    literals = [_literal(scanner)]
    while scanner.take("{"):
        names.append(_name(scanner))
        literals.append(_literal(scanner))
    if not names and not literals[0]:
        scanner.fail("segment")
    return _Segment(tuple(literals), tuple(names))


def _literal(scanner: Scanner) -> bytes:
    return scanner.label() if scanner.at_label() else b""


def _name(scanner: Scanner) -> str:
    found = _NAME.match(scanner.text, scanner.offset)
    if found is None:
        scanner.fail("variable name")
    scanner.offset = found.end()
    if not scanner.take("}"):
        scanner.fail("'}' after a variable name of letters, digits, '_', '.' and ':'")
    return found.group()


__all__ = ["Match", "NameSyntaxError", "PathMatcher", "PathTemplate", "Variables"]
