"""The name that an endpoint must prove: `commonName` with what a prefix has captured in it.

In: the text of the configuration and captured segments. Out: a DNS name or an address, or
`BadServerName`. Pure.

Captured text comes from requests, so it must not lead to a name that the configuration did not
mean. It has to be made of plain labels: no star, no slash, nothing empty. Several labels are taken
only where nothing but variables stands before them, as in `{service}.internal`: whatever
they are, the name ends as it was written. In `web.{zone}` or `web-{name}.internal` a dot would move
the name to another owner, so there it is refused.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from linkerd.errors import RequestError

if TYPE_CHECKING:
    from linkerd.name.matcher import Variables

_VARIABLE = re.compile(r"\{([A-Za-z0-9.:-_]+)\}")  # as in linkerd.name.matcher
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_PIECE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
LONGEST = 253


class BadServerName(RequestError):
    """No name can be made for an endpoint, so it cannot be verified, and nothing is sent to it."""

    code = "L5D-2013"


def variables_in(text: str) -> tuple[str, ...]:
    """The variables of a text, in its order."""
    return tuple(_VARIABLE.findall(text))


def server_name(text: str, captures: Variables) -> str:
    """Put the captured text in, and give the name in lower case. Raises `BadServerName`."""
    parts: list[str] = []
    end, several = 0, True
    for found in _VARIABLE.finditer(text):
        before = text[end : found.start()]
        several = several and not before.strip(".")
        parts += before, _value(text, found[1], captures, several)
        end = found.end()
    parts.append(text[end:])
    name = "".join(parts)
    why = wrong_with(name)
    if why:
        raise BadServerName(f"commonName {text!r} comes to {_shown(name)}, which {why}")
    return name.lower().removesuffix(".")


def _value(text: str, variable: str, captures: Variables, several: bool) -> str:
    captured = captures.get(variable)
    where = f"commonName {text!r}: {{{variable}}}"
    if captured is None:
        raise BadServerName(f"{where} is not a variable of the prefix")
    value = captured.decode("utf-8", "replace")
    pieces = value.split(".") if several else [value]
    if not all(_PIECE.fullmatch(piece) for piece in pieces):
        wanted = "DNS labels" if several else "one DNS label"
        raise BadServerName(f"{where} is {_shown(value)} here, which is not {wanted}")
    return value


def wrong_with(name: str) -> str:
    """Say why a text is neither a DNS name nor an address ("" if it is one)."""
    if is_address(name):
        return ""
    plain = name.removesuffix(".")
    if not plain:
        return "is empty"
    if len(plain) > LONGEST:
        return f"has more than {LONGEST} characters"
    if "*" in plain:
        return "has a star: a name is verified as it is, only certificates have wildcards"
    if not all(_LABEL.fullmatch(label) for label in plain.split(".")):
        return "is not a DNS name"
    return ""


def wrong_with_template(text: str) -> str | None:
    """Say why no name can ever come of a text, whatever is captured."""
    if not text:
        return "is empty"
    why = wrong_with(_VARIABLE.sub("x", text))
    return why or None


def is_address(name: str) -> bool:
    """Tell whether a name is a literal address, which is verified as such and never sent as SNI."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _shown(value: str) -> str:
    return ascii(value if len(value) <= 80 else value[:79] + "…")


__all__ = [
    "BadServerName",
    "is_address",
    "server_name",
    "variables_in",
    "wrong_with",
    "wrong_with_template",
]
