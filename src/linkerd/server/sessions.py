"""`serverSession`: ends connections of clients that rest too long or have become too old.

In come the connections of one listener; out goes the end of those whose time is over. Requests pay
nothing for it: all connections are looked at a few times in the course of the shortest limit. One
that is still doing something is told to end behind its answer. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from linkerd.server.answering import Answering
    from linkerd.server.listener import Listener
    from linkerd.telemetry.metrics import Scope

LOOKS = 8
"""How often a limit is looked at before it is over."""


class Sessions(Timed):
    """The looks at one listener's connections; there are some while there are any connections.

    `idle_s` and `life_s` are seconds, 0 for no limit; not both are 0.
    """

    __slots__ = ("idle", "idle_s", "interval", "life_s", "lifetime", "listener")

    def __init__(self, listener: Listener, idle_s: float, life_s: float, scope: Scope) -> None:
        super().__init__()
        self.listener = listener
        self.idle_s = idle_s
        self.life_s = life_s
        self.interval = min(limit for limit in (idle_s, life_s) if limit) / LOOKS
        self.idle = scope.counter("idle")
        self.lifetime = scope.counter("lifetime")

    def wake(self) -> None:
        """There are connections."""
        listener = self.listener
        listener.wheel.arm(self, listener.clock() + self.interval)

    def sleep(self) -> None:
        """There are none any more."""
        self.deadline = 0.0

    def expired(self, now: float) -> None:
        listener = self.listener
        rested = []
        aged = []
        for connection in list(listener.connections):
            resting = self.look(connection, now)
            if self.life_s and now - connection.opened >= self.life_s:
                if connection.expire():
                    self.lifetime.value += 1
                # One that is in use is left the time to hear of it with an answer.
                if resting and connection.quiet < now:
                    aged.append(connection)
            elif resting and self.idle_s and now - connection.quiet >= self.idle_s:
                rested.append(connection)
        if rested or aged:
            # What these clients may have sent meanwhile is read before, by the turn in between.
            listener.later(lambda: self.close(rested, aged))
        if listener.connections and not listener.draining:
            self.wake()

    def look(self, connection: Answering, now: float) -> bool:
        """Whether the connection rests; notes when that was first seen."""
        before = connection.rested
        connection.rested = connection.requests if connection.is_resting() else -1
        if connection.rested != before:
            connection.quiet = now
        return connection.rested >= 0

    def close(self, rested: list[Answering], aged: list[Answering]) -> None:
        """End those on which nothing has begun since they were looked at."""
        for connection in rested:
            if has_kept_quiet(connection):
                self.idle.value += 1
                connection.end()
        for connection in aged:
            if has_kept_quiet(connection):
                connection.end()


def has_kept_quiet(connection: Answering) -> bool:
    """Whether the connection rests, as it did when it was looked at."""
    return connection.is_resting() and connection.rested == connection.requests


__all__ = ["LOOKS", "Sessions"]
