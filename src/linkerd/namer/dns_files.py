"""/etc/hosts, and files such as it that are read again when they have changed.

In: a path and how to read the text. Out: what the text says, as of at most a second ago. Owned by
whoever looks names up; the files are small and local, so they are read on the spot.
"""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Generic, TypeVar

from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from linkerd.runtime import Runtime

T = TypeVar("T")

log = Logger()

LOOK_S = 1.0
"""Seconds between two looks at a file."""

SETTLE_S = 0.05
"""Seconds that a file must have been left alone before its new text is believed."""


def read_hosts(text: str) -> Mapping[str, frozenset[str]]:
    """Read hosts(5): the addresses of each name, names in lower case."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) < 2:
            continue
        try:
            address = str(ipaddress.ip_address(words[0]))
        except ValueError:
            continue
        for name in words[1:]:
            found.setdefault(name.lower(), set()).add(address)
    return {name: frozenset(addresses) for name, addresses in found.items()}


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


__all__ = ["LOOK_S", "SETTLE_S", "WatchedFile", "read_hosts"]
