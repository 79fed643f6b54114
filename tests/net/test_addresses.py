"""Addresses of sockets."""

from __future__ import annotations

import socket

from twisted.internet.address import IPv4Address, IPv6Address

from linkerd.net.addresses import address_of, is_ip, zoned


def test_an_address_as_twisted_wants_it() -> None:
    assert address_of(("192.0.2.1", 80)) == IPv4Address("TCP", "192.0.2.1", 80)
    assert address_of(("::1", 80)) == IPv6Address("TCP", "::1", 80)


def test_an_address_of_one_interface() -> None:
    assert zoned(("fe80::1%lo", 80)) == ("fe80::1", 80, 0, socket.if_nametoindex("lo"))
    assert zoned(("fe80::1%7", 80)) == ("fe80::1", 80, 0, 7)


def test_what_is_an_address() -> None:
    texts = ("192.0.2.1", "::1", "fe80::1%lo", "a.example", "", "1.2")
    assert [text for text in texts if is_ip(text)] == [
        "192.0.2.1",
        "::1",
        "fe80::1%lo",
    ]
