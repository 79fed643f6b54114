"""`serverSession` of raw connections: ends those in which nothing moves, or that are too old.

In come the connections of one listener; out goes a reset on both sides of those whose time is over:
only the two that speak know where one could stop. They are looked at a few times in the course of
the shortest limit. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.server.connection import TUNNEL
from linkerd.server.looks import Looks
from linkerd.server.sessions import LOOKS, note

if TYPE_CHECKING:
    from linkerd.server.tcp_listener import TcpListener


class TcpTimes(Looks):
    """The limits of one listener's connections in seconds, 0 for none; not both are 0."""

    __slots__ = ("idle_s", "life_s")

    def __init__(self, listener: TcpListener, idle_s: float, life_s: float) -> None:
        shortest = min(limit for limit in (idle_s, life_s) if limit)
        super().__init__(listener.connections, listener.wheel, listener.clock, shortest / LOOKS)
        self.idle_s = idle_s
        self.life_s = life_s

    def look(self, now: float) -> None:
        for connection in list(self.connections):
            exchange = connection.exchange
            if connection.state != TUNNEL or exchange is None:
                continue
            note(connection, now)
            if self.life_s and now - connection.opened >= self.life_s:
                exchange.cut_off("lifetime")
            elif self.idle_s and now - connection.quiet >= self.idle_s:
                exchange.cut_off("idle")


__all__ = ["TcpTimes"]
