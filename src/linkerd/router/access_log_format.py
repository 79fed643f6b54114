"""The text formats of the access log: Linkerd's own, and the two that every tool reads.

In comes an exchange, of which `capture` copies what a line needs, on the data path; out go lines,
made of that by `line` on a thread. Whatever clients sent is on one line, within its quotes. The
other format, JSON, is `linkerd.router.access_log_json`.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from linkerd._typing import override

if TYPE_CHECKING:
    from linkerd.balancer.base import Endpoint
    from linkerd.router.beginning import Beginning

REFERER = re.compile(rb"\nreferer:([^\r]*)", re.IGNORECASE)
USER_AGENT = re.compile(rb"\nuser-agent:([^\r]*)", re.IGNORECASE)
UNSAFE = re.compile(rb"[^\x20\x21\x23-\x5b\x5d-\x7e]")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

CLIENT_GONE = "L5D-3011"

Facts: TypeAlias = tuple[Any, ...]
"""What a line is made of; the first is always its time, seconds since 1970."""


class Format(Protocol):
    """How lines look. `errors`: answers that are the proxy's own have lines, too."""

    errors: bool

    def capture(
        self, exchange: Any, endpoint: Endpoint | None, when: float, now: float, code: str
    ) -> Facts:
        """Copy what a line needs; `now` is by the router's clock, `code` that of our error."""

    def line(self, facts: Facts) -> str:
        """The line, with its line feed."""


class Stamps:
    """Times in words, made once a second."""

    def __init__(self) -> None:
        self.second = -1
        self.stamp = ""

    def stamp_of(self, when: float) -> str:
        """The time in words."""
        second = int(when)
        if second != self.second:
            self.second = second
            self.stamp = self.made(second)
        return self.stamp

    def made(self, second: int) -> str:
        """Seconds since 1970 in words."""
        raise NotImplementedError


class LinkerdFormat(Stamps):
    """Host, client, time, request line, status, length, referer, user agent; local time."""

    errors = False

    def capture(
        self, exchange: Beginning, endpoint: Endpoint | None, when: float, now: float, code: str
    ) -> Facts:
        head = exchange.head
        return (
            when,
            head.host,
            head.method,
            head.target,
            head.version,
            # A copy: the head's bytes may be a large read with a body.
            head.raw[head.first - 1 : head.end],
            exchange.server.transport.peer[0],
            exchange.answered_status,
            exchange.length,
        )

    def line(self, facts: Facts) -> str:
        when, host, method, target, version, fields, peer, status, length = facts
        return (
            f"{shown(host)} {peer or '-'} - - [{self.stamp_of(when)}] "
            f'"{shown(method)} {shown(target)} {protocol(version)}" {status} '
            f"{length if length >= 0 else '-'} "
            f'"{shown(field(fields, REFERER))}" "{shown(field(fields, USER_AGENT))}"\n'
        )

    @override
    def made(self, second: int) -> str:
        return time.strftime("%d/%m/%Y:%H:%M:%S %Z", time.localtime(second))


class CommonFormat(LinkerdFormat):
    """The Common Log Format: client, time, request line, status, length."""

    errors = True

    @override
    def line(self, facts: Facts) -> str:
        return self.common(facts) + "\n"

    def common(self, facts: Facts) -> str:
        """The line without its end."""
        when, _, method, target, version, _, peer, status, length = facts
        size = length if length > 0 and has_body(method, status) else "-"
        request = "-"
        if method:
            request = f"{escaped(method)} {escaped(target)} {protocol(version) or '-'}"
        return f'{peer or "-"} - - [{self.stamp_of(when)}] "{request}" {status} {size}'

    @override
    def made(self, second: int) -> str:
        local = time.localtime(second)
        month = MONTHS[local.tm_mon - 1]
        return time.strftime(f"%d/{month}/%Y:%H:%M:%S %z", local)


class CombinedFormat(CommonFormat):
    """The Common Log Format with referer and user agent behind it."""

    @override
    def line(self, facts: Facts) -> str:
        fields = facts[5]
        return (
            f'{self.common(facts)} "{escaped(field(fields, REFERER))}" '
            f'"{escaped(field(fields, USER_AGENT))}"\n'
        )


def field(fields: bytes, name: re.Pattern[bytes]) -> bytes:
    """The first value of a field in a block of fields."""
    found = name.search(fields)
    return found[1].strip(b" \t") if found else b""


def protocol(version: int) -> str:
    """The version of the request, "" if it is neither 10 nor 11."""
    if version == 11:
        return "HTTP/1.1"
    return "HTTP/1.0" if version == 10 else ""


def has_body(method: bytes, status: int) -> bool:
    """Whether an answer has a body, whatever its Content-Length (RFC 9110 6.4.1)."""
    return method != b"HEAD" and status not in (204, 304)


def shown(value: bytes) -> str:
    """A value on one line: `-` if empty, and nothing that could end the line or its quotes."""
    if not value:
        return "-"
    text = value.decode("latin-1")
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(c if c.isprintable() and c not in '"\\' else f"\\x{ord(c):02x}" for c in text)


def escaped(value: bytes) -> str:
    """A value in ASCII: `-` if empty, and every byte that is not plain as `\\xNN`."""
    if not value:
        return "-"
    if UNSAFE.search(value):
        value = UNSAFE.sub(code_of, value)
    return value.decode("ascii")


def code_of(match: re.Match[bytes]) -> bytes:
    """One byte, as it is written."""
    return b"\\x%02x" % match[0][0]


__all__ = [
    "CLIENT_GONE",
    "REFERER",
    "USER_AGENT",
    "CombinedFormat",
    "CommonFormat",
    "Facts",
    "Format",
    "LinkerdFormat",
    "Stamps",
    "escaped",
    "field",
    "has_body",
    "protocol",
    "shown",
]
