"""`serverSession`: ends connections of clients that rest too long or have become too old.

In come the connections of one listener; out goes the end of those whose time is over. They are
looked at a few times in the course of the shortest limit. One that is still doing something is told
to end behind its answer; a tunnel, which has none, ends when no byte moves in it for its own time.
Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.server.connection import TUNNEL
from linkerd.server.looks import Looks, has_kept_quiet

if TYPE_CHECKING:
    from linkerd.server.connection import ServerConnection
    from linkerd.server.listener import Listener
    from linkerd.telemetry.metrics import Scope

LOOKS = 8
"""How often a limit is looked at before it is over."""


class Sessions(Looks):
    """The limits of one listener's connections in seconds, 0 for none; not all of them are 0."""

    __slots__ = ("idle", "idle_s", "life_s", "lifetime", "listener", "silent", "tunnel_s")

    def __init__(
        self, listener: Listener, idle_s: float, life_s: float, tunnel_s: float, scope: Scope
    ) -> None:
        shortest = min(limit for limit in (idle_s, life_s, tunnel_s) if limit)
        super().__init__(listener.connections, listener.wheel, listener.clock, shortest / LOOKS)
        self.listener = listener
        self.idle_s = idle_s
        self.life_s = life_s
        self.tunnel_s = tunnel_s
        self.idle = scope.counter("idle")
        self.lifetime = scope.counter("lifetime")
        self.silent = scope.counter("tunnels", "idle")

    def look(self, now: float) -> None:
        rested = []
        aged = []
        for connection in list(self.connections):
            resting = note(connection, now)
            if connection.state == TUNNEL:
                if self.tunnel_s and now - connection.quiet >= self.tunnel_s:
                    self.end_tunnel(connection)
            elif self.life_s and now - connection.opened >= self.life_s:
                if connection.expire():
                    self.lifetime.value += 1
                # One that is in use is left the time to hear of it with an answer.
                if resting and connection.quiet < now:
                    aged.append(connection)
            elif resting and self.idle_s and now - connection.quiet >= self.idle_s:
                rested.append(connection)
        if rested or aged:
            # What these clients may have sent meanwhile is read before, by the turn in between.
            self.listener.later(lambda: self.close(rested, aged))

    def end_tunnel(self, connection: ServerConnection) -> None:
        """Break a tunnel off in which nothing moves."""
        if connection.exchange is not None:
            self.silent.value += 1
            connection.exchange.timed_out()

    def close(self, rested: list[ServerConnection], aged: list[ServerConnection]) -> None:
        """End those on which nothing has begun since they were looked at."""
        for connection in rested:
            if has_kept_quiet(connection):
                self.idle.value += 1
                connection.end()
        for connection in aged:
            if has_kept_quiet(connection):
                connection.end()


def note(connection: ServerConnection, now: float) -> bool:
    """Whether the connection rests; notes when that was first seen, or a byte last in a tunnel."""
    before = connection.rested
    if connection.state == TUNNEL:
        connection.rested = connection.transport.bytes_in + connection.transport.sent()
    else:
        connection.rested = connection.requests if connection.is_resting() else -1
    if connection.rested != before:
        connection.quiet = now
    return connection.rested >= 0


__all__ = ["LOOKS", "Sessions"]
