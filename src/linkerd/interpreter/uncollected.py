"""Work that is done without the garbage collector, in whichever thread.

In: stretches of work, which may overlap. Out: the collector is off while there is one, and as it
was before when there is none. Owned by nobody: a process has one collector.
"""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Uncollected:
    """`with` this the collector is off; the last of all threads to leave turns it on again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._was_on = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_on:
                gc.enable()


UNCOLLECTED = Uncollected()

__all__ = ["UNCOLLECTED", "Uncollected"]
