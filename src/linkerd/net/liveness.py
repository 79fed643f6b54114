"""`readTimeoutMs` and `writeTimeoutMs`: ends connections on which no byte moves for too long.

In come connections as they open; out goes the end of one whose peer sends nothing, or takes nothing
of what waits for it. A connection is looked at a few times in the course of the shorter limit, so
that bytes cost nothing. Owned by the server or client whose `socketOptions` ask for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.config.duration import limit_s
from linkerd.net.connection import NO_TRANSPORT
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.connection import Connection
    from linkerd.net.socket_options import SocketOptions
    from linkerd.net.wheel import Wheel
    from linkerd.telemetry.metrics import Scope

LOOKS = 4
"""How often a limit is looked at before it is over."""


class Liveness:
    """The limits of one server's or client's connections, in seconds; 0.0 is none."""

    __slots__ = (
        "clock",
        "interval",
        "read_s",
        "read_timeouts",
        "wheel",
        "write_s",
        "write_timeouts",
    )

    def __init__(
        self,
        read_s: float,
        write_s: float,
        wheel: Wheel,
        clock: Callable[[], float],
        scope: Scope,
    ) -> None:
        self.read_s = read_s
        self.write_s = write_s
        self.interval = min(limit for limit in (read_s, write_s) if limit) / LOOKS
        self.wheel = wheel
        self.clock = clock
        self.read_timeouts = scope.counter("read_timeout")
        self.write_timeouts = scope.counter("write_timeout")

    def watch(self, connection: Connection) -> None:
        """Look after a connection that has opened, until it is gone."""
        self.wheel.arm(Watched(self, connection), self.clock() + self.interval)


class Watched(Timed):
    """What is known of one connection: its bytes at the last look, and since when they are so."""

    __slots__ = ("connection", "liveness", "read", "reading_since", "taken", "taking_since")

    def __init__(self, liveness: Liveness, connection: Connection) -> None:
        super().__init__()
        self.liveness = liveness
        self.connection = connection
        now = liveness.clock()
        self.read = connection.transport.bytes_in
        self.reading_since = now
        self.taken = -1
        self.taking_since = now

    def expired(self, now: float) -> None:
        connection = self.connection
        liveness = self.liveness
        if connection.transport is NO_TRANSPORT:
            return
        if liveness.read_s and self.reads_nothing(now):
            liveness.read_timeouts.value += 1
            connection.timed_out(f"no byte came for {liveness.read_s:g} s")
        elif liveness.write_s and self.takes_nothing(now):
            liveness.write_timeouts.value += 1
            connection.timed_out(f"no byte was taken for {liveness.write_s:g} s")
        else:
            liveness.wheel.arm(self, now + liveness.interval)

    def reads_nothing(self, now: float) -> bool:
        """Whether no byte has come for as long as may be."""
        read = self.connection.transport.bytes_in
        if read != self.read:
            self.read = read
            self.reading_since = now
        return now - self.reading_since >= self.liveness.read_s

    def takes_nothing(self, now: float) -> bool:
        """Whether none of the bytes that wait has been taken for as long as may be."""
        taken = self.connection.transport.acknowledged()
        if taken < 0 or taken != self.taken:
            self.taken = taken
            self.taking_since = now
        return now - self.taking_since >= self.liveness.write_s


def liveness_of(
    options: SocketOptions, wheel: Wheel, clock: Callable[[], float], scope: Scope
) -> Liveness | None:
    """What a server or client needs for its options; None if they set no limit."""
    read_s = limit_s(options.read_timeout_ms)
    write_s = limit_s(options.write_timeout_ms)
    return Liveness(read_s, write_s, wheel, clock, scope) if read_s or write_s else None


__all__ = ["LOOKS", "Liveness", "liveness_of"]
