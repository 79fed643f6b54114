"""Turns of lookups: how many are under way at a time, and who makes way for whom.

In: what is looked up, and how. Out: its answer, when there has been a turn. Owned by one namer, for
services and hosts alike, so that no number of names uses up the sockets of the process. Lookups
that nobody answers make way when others wait, and go on in turns that they share among themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet import defer

from linkerd.namer.dns_message import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

T = TypeVar("T")

AT_ONCE = 100
"""Lookups that are under way at a time (Finagle's)."""

SLOW_AT_ONCE = 20
"""As many besides of names that had no answer last time."""

TURN_S = 0.5
"""Seconds that a lookup has before it makes way for one that waits."""


class Turns:
    """Gives turns, in the order in which they are asked for."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._usual = _Lane(reactor, AT_ONCE)
        self._slow = _Lane(reactor, SLOW_AT_ONCE)
        self._silent: set[str] = set()

    def waiting(self) -> int:
        """Count the lookups that wait for their turn."""
        return len(self._usual.waiting) + len(self._slow.waiting)

    def run(self, name: str, look: Callable[[str], Deferred[T]]) -> Deferred[T]:
        """Look a name up when it has its turn. Fails as the lookup, or with NoAnswer."""
        return defer.Deferred.fromCoroutine(self._run(name, look))

    async def _run(self, name: str, look: Callable[[str], Deferred[T]]) -> T:
        lane = self._slow if name in self._silent else self._usual
        # Without a turn among the slow it is no longer known to be silent, and is one of the rest.
        self._silent.discard(name)
        await lane.acquire()
        turn = _Turn(self._reactor, lane)
        try:
            return await turn.take(look(name))
        except NoAnswer as fault:
            if fault.silent:
                self._silent.add(name)
            raise
        finally:
            turn.end()
            lane.leave()

    def forget(self, name: str) -> None:
        """Nobody wants to know the name any more."""
        self._silent.discard(name)


class _Lane(defer.DeferredSemaphore):
    """So many turns at a time. Who waits begins a moment later: it may be about to give up, too."""

    def __init__(self, reactor: Any, turns: int) -> None:
        super().__init__(turns)
        self._reactor = reactor
        self._free = 0

    def is_wanted(self) -> bool:
        """Tell whether somebody waits for whom there is no turn yet."""
        return len(self.waiting) > self._free

    def leave(self) -> None:
        if self.waiting:
            self._free += 1
            self._reactor.callLater(0, self._next)
        else:
            self.release()

    def _next(self) -> None:
        self._free -= 1
        self.release()


class _Turn:
    """One lookup under way, which is dropped when its time is over and others wait."""

    def __init__(self, reactor: Any, lane: _Lane) -> None:
        self._reactor = reactor
        self._lane = lane
        self._asked: Deferred[Any] | None = None
        self._made_way = False
        self._timer: Any = None

    async def take(self, asked: Deferred[T]) -> T:
        self._asked = asked
        if not asked.called:
            self._timer = self._reactor.callLater(TURN_S, self._over)
        try:
            return await asked
        except defer.CancelledError:
            if self._made_way:
                raise NoAnswer("there is no answer, and others wait", True) from None
            raise

    def _over(self) -> None:
        if self._lane.is_wanted() and self._asked is not None:
            self._made_way = True
            self._asked.cancel()
        else:
            self._timer = self._reactor.callLater(TURN_S, self._over)

    def end(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()


__all__ = ["AT_ONCE", "SLOW_AT_ONCE", "TURN_S", "Turns"]
