"""Addresses of sockets, as Twisted wants them and as the system does."""

from __future__ import annotations

import socket
from functools import lru_cache

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import IPv4Address, IPv6Address

KNOWN = 4096


def address_of(pair: tuple[str, int]) -> IPv4Address | IPv6Address:
    """A Twisted address for an (ip, port) pair."""
    kind = IPv6Address if ":" in pair[0] else IPv4Address
    return kind("TCP", pair[0], pair[1])


def zoned(address: tuple[str, int]) -> tuple[str, int, int, int]:
    """A socket address for `fe80::1%eth0`, without the resolver. Raises OSError."""
    ip, _, zone = address[0].partition("%")
    return ip, address[1], 0, int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)


@lru_cache(maxsize=KNOWN)
def is_ip(text: str) -> bool:
    """Whether it is an address, perhaps one of an interface, and no name."""
    return isIPAddress(text) or isIPv6Address(text)


__all__ = ["address_of", "is_ip", "zoned"]
