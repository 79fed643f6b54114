"""How long connections to endpoints last (`clientSession`, and `idleTimeMs` of the pool).

In come the times that are configured; out go connections that close themselves when they have
rested too long or have become too old, never in the middle of an exchange. Without such times the
plain `HttpClientConnection` is used. Owned by the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from linkerd.client.http import IDLE, HttpClientConnection
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.net.connection import Transport
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
    """The time at which something is to be done about a connection."""

    __slots__ = ("connection",)

    def __init__(self, connection: SessionConnection) -> None:
        super().__init__()
        self.connection: SessionConnection | None = connection

    def expired(self, now: float) -> None:
        if self.connection is not None:
            self.connection.expired(now)


class SessionConnection(HttpClientConnection):
    """A connection whose times are limited: too old at `too_old`, and idle too long at `too_idle`.

    `spare`: it rests as one that the endpoint need not keep. `leaving`: it has been told to close.
    """

    __slots__ = ("leaving", "session", "spare", "term", "too_idle", "too_old")

    def __init__(self, endpoint: ClientEndpoint, session: Session, now: float) -> None:
        super().__init__(endpoint, endpoint.client.limits, now)
        self.session = session
        self.term = Term(self)
        self.too_old = now + session.life_s
        self.too_idle = FOR_EVER
        self.spare = False
        self.leaving = False

    def connected(self, transport: Transport) -> None:
        super().connected(transport)
        self.look_again()

    def released(self) -> None:
        endpoint = self.endpoint
        now = endpoint.client.clock()
        if self.keep and self.state == IDLE and not endpoint.removed:
            if now >= self.too_old:
                self.session.lifetime.value += 1
                self.leave()
            elif not endpoint.is_wanted() and not self.may_rest(now):
                self.leave()
        super().released()
        endpoint.rested()

    def may_rest(self, now: float) -> bool:
        """Whether the connection goes to the pool; says until when."""
        session = self.session
        self.spare = session.spare_s < session.idle_s and self.is_spare()
        idle_s = session.spare_s if self.spare else session.idle_s
        self.too_idle = now + idle_s
        self.look_again()
        return idle_s > 0.0

    def is_spare(self) -> bool:
        """Whether the endpoint has more connections than it keeps."""
        return self.endpoint.open - self.endpoint.leaving > self.session.kept

    def leave(self) -> None:
        """The connection is about to be closed."""
        self.keep = False
        self.leaving = True
        self.term.connection = None
        self.endpoint.leaving += 1

    def look_again(self) -> None:
        """Have `expired` called when a time is over."""
        due = min(self.too_idle, self.too_old)
        if due < FOR_EVER:
            self.endpoint.client.wheel.arm(self.term, due)

    def expired(self, now: float) -> None:
        """A time may be over; one with an exchange is looked at when that is."""
        if self.exchange is not None:
            return
        if now >= self.too_old:
            self.close_resting()
            self.session.lifetime.value += 1
        elif now < self.too_idle:
            self.look_again()
        elif not self.spare:
            self.close_resting()
            self.session.idle.value += 1
        elif self.is_spare():
            self.close_resting()
        else:
            # Others have gone meanwhile, so this one is kept.
            self.spare = False
            self.too_idle += self.session.idle_s - self.session.spare_s
            self.look_again()

    def close_resting(self) -> None:
        """Close a connection that nobody uses."""
        self.leave()
        self.endpoint.retire(self)
        self.transport.close()

    def connection_lost(self, why: str) -> None:
        self.term.deadline = 0.0
        self.term.connection = None
        if self.leaving:
            self.endpoint.leaving -= 1
        super().connection_lost(why)


__all__ = ["FOR_EVER", "Session", "SessionConnection", "SessionTimes"]
