"""/etc/hosts, and files such as it that are read again when they have changed.

In: a path and how to read the text. Out: what the text says, as of at most a second ago. Owned by
whoever looks names up; the files are small and local, so they are read on the spot.
"""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Generic, TypeVar

from twisted.logger import Logger

from linkerd._typing import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime

T = TypeVar("T")

log = Logger()

LOOK_S = 1.0
"""Seconds between two looks at a file."""

SETTLE_S = 0.05
"""Seconds that a file must have been left alone before its new text is believed."""


class Hosts:
    """What hosts(5) says. Addresses are read when they are asked for: there may be 100,000."""

    def __init__(self, text: str) -> None:
        self._texts: dict[str, list[str]] = {}
        for line in text.lower().splitlines():
            words = line.partition("#")[0].split()
            for name in words[1:]:
                self._texts.setdefault(name, []).append(words[0])

    def get(self, name: str) -> frozenset[str] | None:
        """Give the addresses of a name, without a last dot; None if it has none here."""
        return frozenset(filter(None, map(_address, self._texts.get(name.lower(), ())))) or None

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hosts) and self._texts == other._texts

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


__all__ = ["LOOK_S", "SETTLE_S", "Hosts", "WatchedFile"]
