"""The addresses of this machine: asked for real once, and under virtual time."""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct
from typing import Any

from tests.support.namers import virtual_runtime
from twisted.logger import capturedLogs

from linkerd.name.activity import Ok
from linkerd.transformer import interfaces
from linkerd.transformer.interfaces import (
    LOOPBACK,
    REFRESH_S,
    LocalAddresses,
    interface_addresses,
)


def test_the_system_tells_its_addresses() -> None:
    found = interface_addresses()
    assert "127.0.0.1" in found
    for text in found:
        assert str(ipaddress.ip_address(text)) == text


def test_they_are_those_that_can_be_bound() -> None:
    for text in interface_addresses():
        address = ipaddress.ip_address(text)
        if not address.is_link_local:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                sock.bind((text, 0))


def test_an_interface_that_is_down_does_not_count() -> None:
    sockaddr = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton("10.0.0.1"))
    address = ctypes.create_string_buffer(sockaddr)
    entry = interfaces._IfAddrs(addr=ctypes.addressof(address), flags=1)
    other = interfaces._IfAddrs(next=ctypes.pointer(entry), flags=1)
    assert list(interfaces._addresses(ctypes.pointer(other))) == ["10.0.0.1"]
    entry.flags = 0
    assert list(interfaces._addresses(ctypes.pointer(other))) == []


class Machine:
    def __init__(self) -> None:
        self.asked = 0
        self.addresses = frozenset(["10.0.0.1"])
        self.broken = False
        self.runtime = virtual_runtime()
        self.local = LocalAddresses(self.runtime, self.ask)

    def ask(self) -> frozenset[str]:
        self.asked += 1
        if self.broken:
            raise OSError("no netlink")
        return self.addresses

    def passes(self, seconds: float) -> None:
        self.runtime.reactor.advance(seconds)


def test_they_are_asked_for_at_most_every_few_seconds() -> None:
    machine = Machine()
    assert machine.local.sample() == Ok(machine.addresses)
    machine.passes(REFRESH_S - 0.1)
    machine.local.sample()
    assert machine.asked == 1
    machine.passes(0.2)
    machine.addresses = frozenset(["10.0.0.2"])
    assert machine.local.sample() == Ok(machine.addresses)
    assert machine.asked == 2


def test_they_are_followed_while_somebody_observes() -> None:
    machine = Machine()
    seen: list[Any] = []
    machine.local.sample()
    machine.passes(1.3)
    observation = machine.local.observe(seen.append)
    machine.addresses = frozenset(["10.0.0.2"])
    for _ in range(3):
        machine.passes(REFRESH_S)
    assert seen == [Ok(frozenset(["10.0.0.1"])), Ok(machine.addresses)]
    assert machine.asked == 4
    observation.close()
    assert machine.runtime.reactor.getDelayedCalls() == []


def test_a_system_that_does_not_tell_changes_nothing_and_is_complained_of_once() -> None:
    machine = Machine()
    machine.broken = True
    with capturedLogs() as logged:
        assert machine.local.sample() == Ok(LOOPBACK)
        machine.passes(REFRESH_S)
        machine.local.sample()
        assert len(logged) == 1
        machine.broken = False
        machine.passes(REFRESH_S)
        assert machine.local.sample() == Ok(machine.addresses)
        machine.broken = True
        machine.passes(REFRESH_S)
        assert machine.local.sample() == Ok(machine.addresses)
        assert len(logged) == 2
