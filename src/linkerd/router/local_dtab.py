"""The dtabs that requests bring along in `l5d-ctx-dtab` and `l5d-dtab`, read once for each content.

In come the values of the two headers; out goes a `LocalDtab`, the same object for the same rules
however they are written, so that it can be a part of a route's key. Owned by the router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from linkerd.errors import BadDtab, Where
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.parse import NameSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")

REMEMBERED = 1000
CONTEXT = "l5d-ctx-dtab"
USER = "l5d-dtab"


class LocalDtab:
    """The rules of one or many requests; those of the user come behind those of the context."""

    __slots__ = ("dtab",)

    def __init__(self, dtab: Dtab) -> None:
        self.dtab = dtab


NONE = LocalDtab(EMPTY_DTAB)


class LocalDtabs:
    """The dtabs of the last so many different headers."""

    __slots__ = ("by_rules", "by_text")

    def __init__(self) -> None:
        self.by_text: dict[tuple[bytes, bytes], LocalDtab] = {}
        self.by_rules: dict[Dtab, LocalDtab] = {}

    def read(self, context: bytes, user: bytes) -> LocalDtab:
        """Read both headers, whose lines are separated by newlines. Raises `BadDtab`."""
        local = self.by_text.get((context, user))
        if local is None:
            dtab = read_lines(CONTEXT, context) + read_lines(USER, user)
            local = NONE
            if dtab.dentries:
                local = self.by_rules.get(dtab) or LocalDtab(dtab)
                remember(self.by_rules, dtab, local)
            remember(self.by_text, (context, user), local)
        return local


def remember(known: dict[K, LocalDtab], key: K, local: LocalDtab) -> None:
    """Put an entry at the end, and forget the first one of too many."""
    known.pop(key, None)
    known[key] = local
    if len(known) > REMEMBERED:
        del known[next(iter(known))]


def read_lines(header: str, values: bytes) -> Dtab:
    """Read the values of one header, each a dtab of its own, the later ones winning."""
    dtab = EMPTY_DTAB
    for value in values.split(b"\n"):
        if value:
            dtab += read_value(header, value.decode("latin-1"))
    return dtab


def read_value(header: str, value: str) -> Dtab:
    """Read one value."""
    try:
        return Dtab.read(value).located(place_in(header))
    except NameSyntaxError as error:
        raise BadDtab(str(error), reasoning=f"in the header {header}") from error


def place_in(header: str) -> Callable[[int], Where]:
    """Say of a rule that it comes from a header."""
    where = Where(header)
    return lambda _offset: where


__all__ = ["NONE", "LocalDtab", "LocalDtabs", "read_lines"]
