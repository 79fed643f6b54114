"""/etc/hosts, and files such as it that are read again when they have changed.

In: a path and how to read the text. Out: what the text says, as of at most a second ago. Owned by
whoever looks names up; the files are local, so they are taken in on the spot.
"""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from linkerd._typing import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime

T = TypeVar("T")

SLICE = 32768
"""How much of a hosts file is read in one turn of the reactor, which takes about a millisecond."""

log = Logger()

LOOK_S = 1.0
"""Seconds between two looks at a file."""

SETTLE_S = 0.05
"""Seconds that a file must have been left alone before its new text is believed."""


class Hosts:
    """What hosts(5) says. There may be 100,000 lines, so whoever asks may have to wait for the end.

    Names are found with their addresses as they are written, and those are read when asked for.
    """

    def __init__(self, text: str, reactor: Any) -> None:
        self._text = text
        self._reactor = reactor
        self._read = 0
        self._first: dict[str, str] = {}
        self._more: dict[str, list[str]] = {}
        self._waiting: list[Deferred[None]] = []
        self._go_on()

    async def get(self, name: str) -> frozenset[str] | None:
        """Give the addresses of a name, without a last dot; None if it has none here."""
        if self._read < len(self._text):
            end: Deferred[None] = Deferred()
            self._waiting.append(end)
            await end
        name = name.lower()
        written = (self._first.get(name, ""), *self._more.get(name, ()))
        return frozenset(filter(None, map(_address, written))) or None

    def _go_on(self) -> None:
        """Read the next lines."""
        first = self._first
        end = self._text.find("\n", self._read + SLICE) + 1 or len(self._text)
        for line in self._text[self._read : end].lower().splitlines():
            address, *names = line.partition("#")[0].split() or ("",)
            for name in names:
                if first.setdefault(name, address) is not address:
                    self._more.setdefault(name, []).append(address)
        self._read = end
        if end < len(self._text):
            self._reactor.callLater(0, self._go_on)
            return
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hosts) and self._text == other._text

    __hash__ = None  # type: ignore[assignment]


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


class WatchedFile(Generic[T]):
    """One file and what it says. One that is not there is empty; one not readable is as it was."""

    def __init__(self, runtime: Runtime, path: str, read: Callable[[str], T]) -> None:
        self._clock = runtime.clock
        self._wall = runtime.wall
        self._path = path
        self._read = read
        self._value: T | None = None
        self._stamp: object = None
        self._looked = 0.0
        self._fault = ""

    def value(self) -> T:
        """Give what the file says."""
        now = self._clock()
        if self._value is not None and now < self._looked + LOOK_S:
            return self._value
        self._looked = now
        try:
            self._look()
        except FileNotFoundError:
            if self._stamp is not None:
                self._take(None, "")
        except OSError as error:
            if str(error) != self._fault:
                self._fault = str(error)
                log.warn("cannot read {fault}", fault=self._fault)
        if self._value is None:
            self._value = self._read("")
        return self._value

    def _look(self) -> None:
        found = os.stat(self._path)
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
        young = 0 <= self._wall() - found.st_mtime < SETTLE_S
        if self._value is not None and (young or stamp == self._stamp):
            return
        with open(self._path, "rb") as file:
            text = file.read()
        self._take(stamp, text.decode("utf-8", "replace"))

    def _take(self, stamp: object, text: str) -> None:
        self._stamp = stamp
        self._value = self._read(text)


__all__ = ["LOOK_S", "SETTLE_S", "SLICE", "Hosts", "WatchedFile"]
