"""Looks over a server's connections now and then, for what no single one of them notices.

In come the connections of one listener; out goes the end of those whose clients take nothing of
what waits for them, and, while descriptors are short, of some that rest. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.server.looks import Looks

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.wheel import Wheel
    from linkerd.server.connection import ServerConnection
    from linkerd.telemetry.metrics import Scope

STALLED_S = 60.0
"""A client that takes no byte from one look to the next is given up."""
RESTED_S = 1.0
SHARE = 4
"""One in so many connections may be closed at a time to make room."""


class Sweep(Looks):
    """The looks at one listener's connections. `forgiving`: whoever takes nothing may stay."""

    __slots__ = ("forgiving", "looked", "pauses", "rested", "spared", "stalled", "taken")

    def __init__(
        self,
        connections: set[ServerConnection],
        wheel: Wheel,
        clock: Callable[[], float],
        scope: Scope,
        forgiving: bool = False,
    ) -> None:
        super().__init__(connections, wheel, clock, STALLED_S)
        self.forgiving = forgiving
        self.stalled = scope.counter("stalled")
        self.pauses = scope.counter("descriptors", "pauses")
        self.spared = scope.counter("descriptors", "closed_idle")
        self.taken: dict[ServerConnection, int] = {}
        self.rested: dict[ServerConnection, int] = {}
        self.looked = -RESTED_S

    def wake(self) -> None:
        if not self.forgiving:
            super().wake()

    def sleep(self) -> None:
        super().sleep()
        self.taken = {}

    def look(self, now: float) -> None:
        """Give up every client for which bytes wait and that took none since the last look."""
        before = self.taken
        taken_now: dict[ServerConnection, int] = {}
        for connection in list(self.connections):
            taken = connection.transport.acknowledged()
            if taken < 0:
                continue
            if before.get(connection) == taken:
                self.stalled.value += 1
                connection.transport.abort()
            else:
                taken_now[connection] = taken
        self.taken = taken_now

    def make_room(self) -> None:
        """Descriptors are short: close some connections on which nothing happens."""
        self.pauses.value += 1
        now = self.clock()
        if now - self.looked < RESTED_S:
            return
        self.looked = now
        before = self.rested
        resting = {
            connection: connection.requests
            for connection in self.connections
            if connection.is_resting()
        }
        quiet = [each for each, requests in resting.items() if before.get(each) == requests]
        # Those first that have never asked for anything.
        quiet.sort(key=has_asked)
        for connection in quiet[: len(self.connections) // SHARE + 1]:
            self.spared.value += 1
            resting.pop(connection, None)
            connection.transport.close()
        self.rested = resting


def has_asked(connection: ServerConnection) -> bool:
    """Whether a client has sent a request."""
    return connection.requests > 0
