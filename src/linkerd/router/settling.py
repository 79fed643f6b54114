"""Waits until an explanation is complete: until every namer and address set has answered.

A changing trace comes in; it is observed, and so are the addresses of all names it is bound to. Out
goes the trace of the moment when nothing is missing any more, or when the time is up. The owner
closes it, after reading what it wants: what nobody observes is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TimedOut

from linkerd.name.activity import Computed, Read, Var
from linkerd.name.trace import Node, bound_names, settled

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime


class Settling:
    """A trace on its way to being complete; `node` is what it is now."""

    def __init__(self, explanation: Var[Node]) -> None:
        self.node: Node
        self._explanation = explanation
        self._waiting: Deferred[None] | None = None
        self._observation = Computed(self._look).observe(self._see)

    def _look(self, read: Read) -> bool:
        self.node = read(self._explanation)
        for bound in bound_names(self.node):
            read(bound.addr)
        return settled(self.node)

    def _see(self, complete: bool) -> None:
        waiting = self._waiting
        if complete and waiting is not None:
            self._waiting = None
            waiting.callback(None)

    @property
    def complete(self) -> bool:
        """Whether everything has answered."""
        return settled(self.node)

    async def wait(self, reactor: IReactorTime, limit_s: float) -> bool:
        """Wait until the trace is complete, at the most so many seconds; tell whether it is."""
        try:
            await self.settled().addTimeout(limit_s, reactor)
        except TimedOut:
            self._waiting = None
        return self.complete

    def settled(self) -> Deferred[None]:
        """Give a Deferred that fires when the trace is complete; there is one at a time."""
        waiting: Deferred[None] = Deferred()
        if self.complete:
            waiting.callback(None)
        else:
            self._waiting = waiting
        return waiting

    def close(self) -> None:
        """Observe nothing any more."""
        self._observation.close()


__all__ = ["Settling"]
