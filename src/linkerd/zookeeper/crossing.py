"""Calls from other threads, made on the reactor's thread a few milliseconds' worth at a time.

In come calls from any thread; out they go on the reactor's, in their order. Ten thousand answers
that come at once would hold up every request; here they take turns with the rest. Owned by a
`linkerd.zookeeper.kazoo_session`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from linkerd.logger import make_logger

if TYPE_CHECKING:
    from collections.abc import Callable

TURN_S = 0.003
"""How long a turn may take before others have theirs."""

log = make_logger()


class Crossing:
    """The way to the reactor's thread."""

    def __init__(self, reactor: Any, clock: Callable[[], float]) -> None:
        self._reactor = reactor
        self._clock = clock
        self._calls: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._woken = False

    def call(self, call: Callable[..., None], *args: Any) -> None:
        """Have a call made; from any thread."""
        self._calls.append((call, args))
        # Read after the append, as `_turn` writes before it looks: no call is left lying.
        if not self._woken:
            self._woken = True
            self._reactor.callFromThread(self._turn)

    def _turn(self) -> None:
        self._woken = False
        end = self._clock() + TURN_S
        while self._calls:
            call, args = self._calls.popleft()
            try:
                call(*args)
            except Exception:
                log.failure("an answer of ZooKeeper's was not dealt with; this is a bug")
            if self._clock() >= end:
                self._woken = True
                self._reactor.callLater(0, self._turn)
                return


__all__ = ["TURN_S", "Crossing"]
