"""Connections that a client with `aperture` does not need any more, closed also without requests.

In comes the time, every five smoothing windows; out go the idle connections of endpoints that have
been outside the balancer's window, and unused, for ten of them. The interval and the rule are
Finagle's. Owned by the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.balancer.aperture import LOOK
from linkerd.client.stats import windows

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall

    from linkerd.client.client import Client


class Expiry:
    """Looks at the windows of one client until it is stopped; `smooth` is theirs, in seconds."""

    __slots__ = ("client", "interval", "turn")

    def __init__(self, client: Client, smooth: float) -> None:
        self.client = client
        self.interval = LOOK * smooth
        self.turn: IDelayedCall = client.reactor.callLater(self.interval, self.look)

    def look(self) -> None:
        """Let each window expire what it does not need, and come back later."""
        client = self.client
        self.turn = client.reactor.callLater(self.interval, self.look)
        now = client.clock()
        for window in windows(client):
            window.expire(now)

    def stop(self) -> None:
        """Look no more."""
        if self.turn.active():
            self.turn.cancel()


__all__ = ["Expiry"]
