"""Looks at the connections of one listener, again and again while there are any.

In comes word of the first connection and of the last one's end; out goes a call of `look` every so
often. Requests pay nothing for it. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.wheel import Wheel
    from linkerd.server.connection import ServerConnection


class Looks(Timed):
    """What is done every `interval` seconds."""

    __slots__ = ("clock", "connections", "interval", "wheel")

    def __init__(
        self,
        connections: set[ServerConnection],
        wheel: Wheel,
        clock: Callable[[], float],
        interval: float,
    ) -> None:
        super().__init__()
        self.connections = connections
        self.wheel = wheel
        self.clock = clock
        self.interval = interval

    def wake(self) -> None:
        """There are connections, perhaps since long ago."""
        if self.deadline == 0.0:
            self.wheel.arm(self, self.clock() + self.interval)

    def sleep(self) -> None:
        """There are none any more."""
        self.deadline = 0.0

    def expired(self, now: float) -> None:
        self.look(now)
        if self.connections:
            self.wheel.arm(self, now + self.interval)

    def look(self, now: float) -> None:
        """Look at all connections."""
        raise NotImplementedError


def has_kept_quiet(connection: ServerConnection) -> bool:
    """Whether the connection rests, as it did when it was looked at."""
    return connection.is_resting() and connection.rested == connection.requests


__all__ = ["Looks", "has_kept_quiet"]
