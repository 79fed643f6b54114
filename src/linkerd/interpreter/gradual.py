"""A changing value with thousands of observers, who learn of a change some at a time.

In: a changing value. Out: the same value. The reactor has other things to do, so a change is told
for a few milliseconds a turn. Whoever begins to observe sees the new value at once; a yet newer one
is told to those first who have not been told for longest. Owned by an interpreter, who closes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from linkerd._typing import override
from linkerd.logger import make_logger
from linkerd.name.activity import Observation, Source, Var

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime

T = TypeVar("T")

log = make_logger()

SLICE_S = 0.005
"""Seconds a turn for which observers are told; one at least is."""


class Gradual(Var[T]):
    """`value`, observed from now on, for many."""

    def __init__(self, runtime: Runtime, value: Var[T]) -> None:
        self._runtime = runtime
        self._value = value
        self._current: T
        self._told: dict[Source[T], None] = {}
        self._behind: dict[Source[T], None] = {}
        self._turn: Any = None
        self._telling = False
        self._hold = value.observe(self._changed)

    @override
    def observe(self, see: Callable[[T], None]) -> Observation:
        """Call `see` with the value now, and in one of the next turns after each change."""

        def gone() -> None:
            self._told.pop(source, None)
            self._behind.pop(source, None)

        source = Source(self._current, on_last=gone)
        self._told[source] = None
        return source.observe(see)

    @override
    def sample(self) -> T:
        """Give the value now."""
        return self._value.sample()

    def _changed(self, value: T) -> None:
        self._current = value
        self._behind |= self._told
        self._told = {}
        if self._turn is None and not self._telling:
            self._tell()

    def _tell(self) -> None:
        self._turn = None
        self._telling = True
        end = self._runtime.clock() + SLICE_S
        while self._behind:
            source = next(iter(self._behind))
            del self._behind[source]
            self._told[source] = None
            try:
                source.set(self._current)
            except Exception:  # the other observers have nothing to do with it
                log.failure("an observer of a changed value failed")
            if self._runtime.clock() >= end:
                break
        self._telling = False
        if self._behind:
            self._turn = self._runtime.reactor.callLater(0, self._tell)

    def close(self) -> None:
        """Tell nobody any more."""
        self._hold.close()
        self._behind = {}
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None


__all__ = ["SLICE_S", "Gradual"]
