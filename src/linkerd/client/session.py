"""How long connections to endpoints last (`clientSession`, and `idleTimeMs` of the pool).

In come the times that are configured; out go connections that close themselves when they have
rested too long or have become too old, never in the middle of an exchange. Without such times the
plain `HttpClientConnection` is used. Owned by the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from linkerd.client.connection import ClientConnection
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.telemetry.metrics import Scope

FOR_EVER = float("inf")


class SessionTimes(NamedTuple):
    """Times in seconds. `idle_s` is for all connections, `life_s` from the connect on.

    `spare_s` is for those beyond the `kept` of an endpoint; 0 closes them when they come to rest.
    """

    idle_s: float = FOR_EVER
    life_s: float = FOR_EVER
    kept: int = 0
    spare_s: float = FOR_EVER


class Session:
    """The times of a client's connections, and how many were closed for them."""

    __slots__ = ("idle", "idle_s", "kept", "life_s", "lifetime", "spare_s")

    def __init__(self, scope: Scope, times: SessionTimes) -> None:
        self.idle_s = times.idle_s
        self.life_s = times.life_s
        self.kept = times.kept
        self.spare_s = times.spare_s
        self.idle = scope.counter("idle")
        self.lifetime = scope.counter("lifetime")


class Term(Timed):
    """How long one connection lasts: too old at `too_old`, and idle too long at `too_idle`.

    `spare`: it rests as one that the endpoint need not keep. `leaving`: it has been told to close.
    `connection` is None once nothing is to be done about it any more.
    """

    __slots__ = ("connection", "leaving", "session", "spare", "too_idle", "too_old")

    def __init__(self, connection: ClientConnection, session: Session, now: float) -> None:
        super().__init__()
        self.connection: ClientConnection | None = connection
        self.session = session
        self.too_old = now + session.life_s
        self.too_idle = FOR_EVER
        self.spare = False
        self.leaving = False

    def released(self) -> None:
        """The exchange is over: the connection may rest, or must close."""
        connection = self.connection
        if connection is None or not connection.keep or connection.endpoint.removed:
            return
        now = connection.endpoint.client.clock()
        if now >= self.too_old:
            self.session.lifetime.value += 1
            self.leave(connection)
        elif not connection.endpoint.is_wanted() and not self.may_rest(connection, now):
            self.leave(connection)

    def may_rest(self, connection: ClientConnection, now: float) -> bool:
        """Whether the connection goes to the pool; says until when."""
        session = self.session
        self.spare = session.spare_s < session.idle_s and self.is_spare(connection)
        idle_s = session.spare_s if self.spare else session.idle_s
        self.too_idle = now + idle_s
        self.look_again()
        return idle_s > 0.0

    def is_spare(self, connection: ClientConnection) -> bool:
        """Whether the endpoint has more connections than it keeps."""
        endpoint = connection.endpoint
        return endpoint.open - endpoint.leaving > self.session.kept

    def leave(self, connection: ClientConnection) -> None:
        """The connection is about to be closed."""
        connection.keep = False
        connection.endpoint.leaving += 1
        self.leaving = True
        self.connection = None

    def look_again(self) -> None:
        """Have `expired` called when a time is over."""
        connection = self.connection
        due = min(self.too_idle, self.too_old)
        if connection is not None and due < FOR_EVER:
            connection.endpoint.client.wheel.arm(self, due)

    def expired(self, now: float) -> None:
        """A time may be over; one with an exchange is looked at when that is."""
        connection = self.connection
        if connection is None or connection.exchange is not None:
            return
        if now >= self.too_old:
            self.close_resting(connection)
            self.session.lifetime.value += 1
        elif now < self.too_idle:
            self.look_again()
        elif not self.spare:
            self.close_resting(connection)
            self.session.idle.value += 1
        elif self.is_spare(connection):
            self.close_resting(connection)
        else:
            # Others have gone meanwhile, so this one is kept.
            self.spare = False
            self.too_idle += self.session.idle_s - self.session.spare_s
            self.look_again()

    def close_resting(self, connection: ClientConnection) -> None:
        """Close a connection that nobody uses."""
        self.leave(connection)
        connection.endpoint.retire(connection)
        connection.transport.close()

    def end(self, endpoint: ClientEndpoint) -> None:
        """The connection is gone; the wheel may hold this for a while yet, but not that."""
        self.deadline = 0.0
        self.connection = None
        if self.leaving:
            endpoint.leaving -= 1


__all__ = ["FOR_EVER", "Session", "SessionTimes", "Term"]
