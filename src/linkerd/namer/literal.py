"""Host texts that need no DNS: address literals and `localhost`; and those that DNS cannot know.

In: the host of an `/$/inet` name or of a line of a file. Out: a canonical address, or whether the
text can be a DNS name at all. Pure.
"""

from __future__ import annotations

import ipaddress
import re

LOOPBACK = "127.0.0.1"

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")


def address_of(host: str) -> str | None:
    """Give the address that a literal stands for, or None if the text is none.

    The empty host and `localhost` are the loopback address, as for Finagle. IPv4 may have fewer
    than four parts, the last filling the rest (`127.1`, as inet_aton(3) reads it). Numbers with
    leading zeros and hexadecimal ones are no literals, for resolvers disagree about them.
    """
    if host == "" or host.lower() == "localhost":
        return LOOPBACK
    if ":" in host:
        return _ipv6(host)
    return _ipv4(host)


def _ipv4(host: str) -> str | None:
    parts = host.split(".")
    if len(parts) > 4 or not all(_DECIMAL.match(part) for part in parts):
        return None
    *heads, last = [int(part) for part in parts]
    rest = 4 - len(heads)
    if any(head > 255 for head in heads) or last >= 256**rest:
        return None
    return ".".join(str(byte) for byte in [*heads, *last.to_bytes(rest, "big")])


def _ipv6(host: str) -> str | None:
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        return None


def may_be_dns_name(host: str) -> bool:
    """Tell whether the text can be looked up (RFC 1123 §2.1, underscores allowed).

    A name whose last label starts with a digit is a malformed address: no top-level domain does.
    """
    labels = host.removesuffix(".").split(".")
    return (
        len(host) <= 253
        and all(_LABEL.match(label) for label in labels)
        and not labels[-1][0].isdigit()
    )


__all__ = ["LOOPBACK", "address_of", "may_be_dns_name"]
