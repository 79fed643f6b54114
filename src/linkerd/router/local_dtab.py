"""The dtabs that requests bring along in `l5d-ctx-dtab` and `l5d-dtab`, read once for each content.

In come the values of the two headers; out goes a `LocalDtab`, the same object for the same rules
however they are written, so that it can be a part of a route's key. A stranger may send a new dtab
with each request, so they are remembered by their size. Owned by the router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import BadDtab, Where
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.parse import NameSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.router.route import Route

REMEMBERED = 1000
REMEMBERED_BYTES = 256 * 1024
"""Of text. The rules read from it take some sixty times as much."""

CONTEXT = "l5d-ctx-dtab"
USER = "l5d-dtab"


class LocalDtab:
    """The rules of one or many requests; those of the user come behind those of the context.

    `line` is the field line that passes them on. `texts` counts the ways of writing them that are
    remembered, `routes` are those that follow them.
    """

    __slots__ = ("dtab", "line", "routes", "texts")

    def __init__(self, dtab: Dtab) -> None:
        self.dtab = dtab
        shown = dtab.show()
        self.line = b"l5d-ctx-dtab: " + shown.encode("ascii") + b"\r\n" if shown else b""
        self.texts = 0
        self.routes: dict[Route, None] = {}


NONE = LocalDtab(EMPTY_DTAB)


class LocalDtabs:
    """The dtabs of the last so many different headers.

    `forgotten` is told of each that is remembered no more: routes that follow it are of no use, for
    the next request with the same rules gets another object.
    """

    __slots__ = ("by_rules", "by_text", "forgotten", "size")

    def __init__(self, forgotten: Callable[[LocalDtab], None]) -> None:
        self.by_text: dict[tuple[bytes, bytes], LocalDtab] = {}
        self.by_rules: dict[Dtab, LocalDtab] = {}
        self.size = 0
        self.forgotten = forgotten

    def read(self, context: bytes, user: bytes) -> LocalDtab:
        """Read both headers, whose lines are separated by newlines. Raises `BadDtab`."""
        text = (context, user)
        local = self.by_text.pop(text, None)
        if local is not None:
            self.by_text[text] = local
            return local
        dtab = read_lines(CONTEXT, context) + read_lines(USER, user)
        if not dtab.dentries:
            return NONE
        local = self.by_rules.get(dtab)
        if local is None:
            local = self.by_rules[dtab] = LocalDtab(dtab)
        local.texts += 1
        self.by_text[text] = local
        self.size += len(context) + len(user)
        while self.size > REMEMBERED_BYTES or len(self.by_text) > REMEMBERED:
            self.forget_one()
        return local

    def forget_one(self) -> None:
        """Forget the text that was used least lately, and its rules if it was the last of them."""
        text = next(iter(self.by_text))
        local = self.by_text.pop(text)
        self.size -= len(text[0]) + len(text[1])
        local.texts -= 1
        if local.texts == 0:
            del self.by_rules[local.dtab]
            self.forgotten(local)


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
