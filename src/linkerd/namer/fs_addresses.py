"""The text of an address file: one endpoint a line.

In: the bytes of a file. Out: its targets, or the line that is none. Pure.

    127.0.0.1 8080            # host and port
    10.0.0.7  8080 * 0.5      # and weight
"""

from __future__ import annotations

import math
import re

from linkerd.namer.endpoints import Target
from linkerd.namer.literal import address_of, may_be_dns_name

LIMIT = 500 * 1024
"""Bytes an address file may have (Linkerd's)."""

_PORT = re.compile(r"[0-9]{1,5}\Z", re.ASCII)
_WEIGHT = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\Z", re.ASCII)
_SHOWN = 120


class MalformedAddress(Exception):
    """A line that is no address; the message is Linkerd's."""

    def __init__(self, line: str) -> None:
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        super().__init__(f"malformed address: {shown[:_SHOWN]}")


def read_addresses(content: bytes) -> tuple[Target, ...]:
    """Give the targets of a file, in its order. Raises MalformedAddress for the first bad line."""
    targets = []
    for line in content.decode("utf-8", "replace").split("\n"):
        text = line.partition("#")[0].strip()
        if text:
            targets.append(_read_line(text))
    return tuple(targets)


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
    if address_of(host) is None and not may_be_dns_name(host):
        raise MalformedAddress(text)
    return Target(host, int(port), weight)


__all__ = ["LIMIT", "MalformedAddress", "read_addresses"]
