"""What a labeler is: it names one end of a client's connection in a Forwarded header (RFC 7239 6).

In: the address of that end, and which connection it is. Out: a node as it stands in the header. The
sections `by` and `for` of `addForwardedHeader` choose one each; a server owns both.
"""

from __future__ import annotations

import abc
import ipaddress
import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.section import Plugin

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

UNKNOWN = b"unknown"
ALPHANUMERIC = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
LENGTH = 6
"""Characters of a random label behind its underscore."""

OBFUSCATED = re.compile(r"[A-Za-z0-9._-]+")
"""What may follow the underscore of a name that is not an address (RFC 7239 6.3)."""

Address = tuple[str, int]
Session = tuple[Address, float]


class Labeler(abc.ABC):
    """Names one end of a connection. A `Session` is a connection: its peer and when it opened."""

    __slots__ = ()

    @abc.abstractmethod
    def label(self, address: Address, session: Session) -> bytes:
        """Give the node for an (ip, port) pair."""


@attrs.frozen(kw_only=True)
class LabelerConfig(Plugin):
    """The sections `by` and `for` of `addForwardedHeader`."""

    family: ClassVar[str] = "labeler"
    summary: ClassVar[str] = "How one end of a connection is named in a Forwarded header."

    def mk(self, router: str, rng: random.Random) -> Labeler:
        """Make the labeler of a server of the router with that label."""
        raise NotImplementedError


def literal(ip: str) -> str:
    """Give an address as RFC 7239 writes it, IPv6 in brackets; "" for none or for a wildcard."""
    bare = ip.partition("%")[0]
    if bare in ("", "0.0.0.0", "::"):
        return ""
    if ":" not in bare:
        return bare
    mapped = ipaddress.IPv6Address(bare).ipv4_mapped
    return f"[{bare}]" if mapped is None else str(mapped)


__all__ = [
    "ALPHANUMERIC",
    "LENGTH",
    "OBFUSCATED",
    "UNKNOWN",
    "Address",
    "Labeler",
    "LabelerConfig",
    "Session",
    "literal",
]
