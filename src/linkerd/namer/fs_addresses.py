"""The text of an address file: one endpoint a line.

In: the bytes of a file. Out: its addresses, or the line that is none. Pure.

    127.0.0.1 8080            # host and port
    10.0.0.7  8080 * 0.5      # and weight

A file may have ten thousand lines, and is read beside the reactor's thread. So the usual line costs
one match, and after some lines the interpreter is given away for a moment, by `rest`.
"""

from __future__ import annotations

import math
import re
import socket
from typing import TYPE_CHECKING

from linkerd.name.addr import Address
from linkerd.namer.endpoints import Target
from linkerd.namer.literal import address_of, may_be_dns_name

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 500 * 1024
"""Bytes an address file may have (Linkerd's)."""

PIECE = 500
"""Lines read between two rests: about half a millisecond."""

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_USUAL = re.compile(
    rf"[ \t]*({_BYTE}(?:\.{_BYTE}){{3}})[ \t]+([1-9][0-9]{{0,4}})"
    r"(?:[ \t]+\*[ \t]+([0-9]{1,9}(?:\.[0-9]{0,9})?))?[ \t\r]*(?:#.*)?\Z"
)
"""A line with an IPv4 address as it is printed, which needs no second look."""

_PORT = re.compile(r"[0-9]{1,5}\Z", re.ASCII)
_WEIGHT = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\Z", re.ASCII)
_SHOWN = 120


class MalformedAddress(Exception):
    """A line that is no address; the message is Linkerd's."""

    def __init__(self, line: str) -> None:
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        super().__init__(f"malformed address: {shown[:_SHOWN]}")


def no_rest() -> None:
    """Go on at once."""


def read_addresses(
    content: bytes, rest: Callable[[], None] = no_rest
) -> tuple[frozenset[Address], tuple[Target, ...]]:
    """Give the literal addresses of a file, and the hosts in it that must be looked up.

    `rest` is called after every `PIECE` lines. Raises MalformedAddress for the first bad line.
    """
    literal: list[Address] = []
    named: list[Target] = []
    lines = content.decode("utf-8", "replace").split("\n")
    for begin in range(0, len(lines), PIECE):
        if begin:
            rest()
        _read_lines(lines[begin : begin + PIECE], literal, named)
    addresses = frozenset(literal)
    hash(addresses)  # which the set keeps; two that differ are then told apart at once
    return addresses, tuple(named)


def _read_lines(lines: list[str], literal: list[Address], named: list[Target]) -> None:
    for line in lines:
        usual = _USUAL.match(line)
        if usual is not None:
            host, digits, weight = usual.groups()
            port = int(digits)
            if port < 65536:
                literal.append(Address(host, port, 1.0 if weight is None else float(weight)))
                continue
        text = line.partition("#")[0].strip()
        if text:
            target = _read_line(text)
            address = _address(target.host)
            if address is None:
                named.append(target)
            else:
                literal.append(Address(address, target.port, target.weight))


def _read_line(text: str) -> Target:
    words = text.split()
    if len(words) == 4 and words[2] == "*" and _WEIGHT.match(words[3]):
        weight = float(words[3])
    elif len(words) == 2:
        weight = 1.0
    else:
        raise MalformedAddress(text)
    host, port = words[0], words[1]
    if not _PORT.match(port) or not 0 < int(port) < 65536 or not math.isfinite(weight):
        raise MalformedAddress(text)
    if _address(host) is None and not may_be_dns_name(host):
        raise MalformedAddress(text)
    return Target(host, int(port), weight)


def _address(host: str) -> str | None:
    """Give the address of a literal, as `address_of` does; quick for plain IPv6."""
    if ":" in host and "." not in host:
        try:
            text = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
        except OSError:
            return address_of(host)
        if not text.startswith("::"):  # those may be written in more than one way
            return text
    return address_of(host)


__all__ = ["LIMIT", "MalformedAddress", "read_addresses"]
