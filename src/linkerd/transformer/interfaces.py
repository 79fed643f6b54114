"""The IP addresses of this machine's interfaces that are up.

In: nothing, or the time. Out: a set of addresses, which follows the machine while it is observed.
The system is asked by getifaddrs(3), which neither blocks nor needs /proc; it is in every libc.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from typing import TYPE_CHECKING, Any

from linkerd._typing import override
from linkerd.logger import make_logger
from linkerd.name.activity import Observation, Ok, Source, State, Var

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from linkerd.runtime import Runtime

REFRESH_S = 5.0
"""Seconds between two questions."""

LOOPBACK = frozenset(["127.0.0.1", "::1"])
"""What is assumed as long as the system has not answered."""

_IFF_UP = 1
_FAMILY = struct.Struct("=H")
# Where a sockaddr has its address, and how many bytes (ip(7), ipv6(7)).
_PLACES = {socket.AF_INET: (4, 4), socket.AF_INET6: (8, 16)}

log = make_logger()


class _IfAddrs(ctypes.Structure):
    """`struct ifaddrs`, as far as it is needed."""


_IfAddrs._fields_ = [
    ("next", ctypes.POINTER(_IfAddrs)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("addr", ctypes.c_void_p),
]


def interface_addresses() -> frozenset[str]:
    """Ask the system, once. Raises OSError; AttributeError where there is no getifaddrs(3)."""
    libc = ctypes.CDLL(None, use_errno=True)
    first = ctypes.POINTER(_IfAddrs)()
    if libc.getifaddrs(ctypes.byref(first)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    try:
        return frozenset(_addresses(first))
    finally:
        libc.freeifaddrs(first)


def _addresses(entry: Any) -> Iterator[str]:
    while entry:
        here = entry.contents
        entry = here.next
        if not here.flags & _IFF_UP or not here.addr:
            continue
        (family,) = _FAMILY.unpack(ctypes.string_at(here.addr, _FAMILY.size))
        if family in _PLACES:
            offset, size = _PLACES[family]
            yield socket.inet_ntop(family, ctypes.string_at(here.addr + offset, size))


class LocalAddresses(Var[State[frozenset[str]]]):
    """The addresses as they change; looked at every few seconds while somebody observes."""

    def __init__(
        self, runtime: Runtime, ask: Callable[[], frozenset[str]] = interface_addresses
    ) -> None:
        self._runtime = runtime
        self._ask = ask
        self._asked = float("-inf")
        self._failing = False
        self._timer: Any = None
        self._source: Source[State[frozenset[str]]] = Source(Ok(LOOPBACK), self._begin, self._end)

    @override
    def observe(self, see: Callable[[State[frozenset[str]]], None]) -> Observation:
        """Begin looking, if nobody has."""
        return self._source.observe(see)

    @override
    def sample(self) -> State[frozenset[str]]:
        """Give the addresses, not older than a few seconds."""
        self._refresh()
        return self._source.sample()

    def _begin(self) -> None:
        self._refresh()
        self._timer = self._runtime.reactor.callLater(REFRESH_S, self._again)

    def _again(self) -> None:
        self._timer = self._runtime.reactor.callLater(REFRESH_S, self._again)
        self._look()

    def _end(self) -> None:
        timer, self._timer = self._timer, None
        if timer.active():
            timer.cancel()

    def _refresh(self) -> None:
        if self._runtime.clock() - self._asked >= REFRESH_S:
            self._look()

    def _look(self) -> None:
        self._asked = self._runtime.clock()
        try:
            found = self._ask()
        except (OSError, AttributeError) as error:
            # What was known is still the best guess.
            if not self._failing:
                log.warn("cannot list the addresses of this machine: {error}", error=error)
            self._failing = True
            return
        self._failing = False
        self._source.set(Ok(found))


__all__ = ["LOOPBACK", "REFRESH_S", "LocalAddresses", "interface_addresses"]
