"""A request as somebody writes it down, made into the head that a client would have sent.

In come `GET http://users/x`, `GET /x`, `http://users/x`, `users` or a name such as `/svc/users`,
and further header lines; out goes a scanned `RequestHead`, or the name itself. So an imagined
request is read by the same scanner as a real one. Used by explanations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import attrs

from linkerd.name.parse import NameSyntaxError
from linkerd.name.path import Path
from linkerd.wire.http1 import RequestHead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.wire.http1 import Limits

Header: TypeAlias = "tuple[str, str]"

_LINE = re.compile(r"(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+) +)?(\S+)(?: +HTTP/(1\.[01]))?")
_URI = re.compile(r"https?://([^/?#]*)([^#]*).*", re.IGNORECASE)
FORMS = "`GET http://host/path`, `GET /path` with a Host header, `host`, or a name such as `/svc/x`"


class BadRequestText(ValueError):
    """A text that is no request; the message says what was expected."""


@attrs.frozen
class Written:
    """A request as it was written: a `head` that a client would send, or only a `name`.

    `refused` is the status that the scanner answers with, 0 if it takes the head; `head.fault` says
    why.
    """

    text: str
    headers: tuple[Header, ...] = ()
    head: RequestHead | None = None
    name: Path | None = None
    refused: int = 0


def read_request(text: str, headers: Sequence[Header], limits: Limits) -> Written:
    """Read a request. Raises `BadRequestText`."""
    text = text.strip()
    found = _LINE.fullmatch(text)
    if found is None:
        raise BadRequestText(f"{text!r} is not a request: write {FORMS}")
    method, target, version = found.groups()
    if method is None and version is None and target.startswith("/"):
        return Written(text, name=read_name(target))
    target, host = (target, target) if method == "CONNECT" else _split(target)
    if any("\r" in part or "\n" in part for header in headers for part in header):
        raise BadRequestText("a header is one line")
    lines = [f"{name}: {value}" for name, value in headers]
    if host is not None and not any(name.lower() == "host" for name, _ in headers):
        lines.insert(0, f"Host: {host}")
    whole = "\r\n".join((f"{method or 'GET'} {target} HTTP/{version or '1.1'}", *lines))
    try:
        raw = f"{whole}\r\n\r\n".encode("latin-1")
    except UnicodeEncodeError:
        raise BadRequestText("a request has Latin-1 characters only") from None
    head = RequestHead()
    end = head.scan(raw, 0, limits)
    return Written(text, tuple(headers), head, refused=-end if end < 0 else 0)


def read_header(text: str) -> Header:
    """Read `name: value`. Raises `BadRequestText`."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise BadRequestText(f"{text!r} is not a header: write `name: value`")
    return name.strip(), value.strip()


def read_name(text: str) -> Path:
    """Read a name, such as `/svc/web`. Raises `BadRequestText`."""
    try:
        return Path.read(text)
    except NameSyntaxError as error:
        raise BadRequestText(f"not a name: {error}") from None


def _split(target: str) -> tuple[str, str | None]:
    """Give the target as a client without a proxy sends it, and the host, if there is one."""
    if target.startswith("/") or target == "*":
        return target, None
    uri = _URI.fullmatch(target if "://" in target else f"http://{target}")
    if uri is None:
        raise BadRequestText(f"{target!r} is not an http URI")
    host, rest = uri.groups()
    return (rest if rest.startswith("/") else f"/{rest}"), host


__all__ = [
    "FORMS",
    "BadRequestText",
    "Header",
    "Written",
    "read_header",
    "read_name",
    "read_request",
]
