"""Connections whose bytes are not what a server takes: a count, and a line in the log now and then.

In come refusals; out goes at most one line a second, with how many went before it. Owned by the
listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.logger import make_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.server.connection import ServerConnection
    from linkerd.telemetry.metrics import Scope

QUIET_S = 1.0
"""After a line about a refusal there is no other one for so long; those between are counted."""

log = make_logger()


class Refusals:
    """What one server has refused."""

    __slots__ = ("clock", "count", "label", "silent_until", "unsaid")

    def __init__(self, scope: Scope, label: str, clock: Callable[[], float]) -> None:
        self.count = scope.counter("refused")
        self.label = label
        self.clock = clock
        self.silent_until = 0.0
        self.unsaid = 0

    def note(self, connection: ServerConnection, why: str) -> None:
        """A connection is closed for this reason."""
        self.count.value += 1
        self.say(connection, why)

    def say(self, connection: ServerConnection, why: str) -> None:
        """Write the line, unless there has just been one."""
        now = self.clock()
        if now < self.silent_until:
            self.unsaid += 1
            return
        log.warn(
            "closed a connection of {peer} on {label}: {why}{more}",
            peer="{}:{}".format(*connection.transport.peer),
            label=self.label,
            why=why,
            more=f" ({self.unsaid} more were closed before)" if self.unsaid else "",
        )
        self.unsaid = 0
        self.silent_until = now + QUIET_S


__all__ = ["QUIET_S", "Refusals"]
