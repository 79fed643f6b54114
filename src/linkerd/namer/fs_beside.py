"""What there is beside a name that is not there, so that a misspelt name can be corrected.

In: directories, asked for in the worker's thread. Out: the names in them, read again once a second
at most. Owned by the tree of observed names.
"""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from linkerd.name.near import MAX_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

AGAIN_S = 1.0
MAX_DIRECTORIES = 16


class Beside:
    """The names in the directories that were asked for last."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._read: dict[bytes, tuple[float, tuple[bytes, ...]]] = {}

    def names(self, directory: bytes) -> tuple[bytes, ...]:
        """Give the names in a directory, hidden ones left out; none if it cannot be read."""
        now = self._clock()
        known = self._read.pop(directory, None)
        if known is None or now - known[0] >= AGAIN_S:
            known = (now, _names_in(directory))
        self._read[directory] = known
        if len(self._read) > MAX_DIRECTORIES:
            del self._read[next(iter(self._read))]
        return known[1]


def _names_in(directory: bytes) -> tuple[bytes, ...]:
    try:
        with os.scandir(directory) as entries:
            return tuple(
                entry.name
                for entry in islice(entries, MAX_WORDS)
                if not entry.name.startswith(b".")
            )
    except OSError:
        return ()


__all__ = ["Beside"]
