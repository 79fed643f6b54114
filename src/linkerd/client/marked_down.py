"""Endpoints that cannot be connected to, with `failFast`: refused at once, and tried by ourselves.

In come the failed connects of requests; out go connects of our own, at the times that
`linkerd.client.fail_fast` says, until one succeeds. Its connection goes to the pool. Owned by the
endpoint, which makes one when a connect fails for the first time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.dial import Dial
from linkerd.net.exchange import Exchange
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.client.fail_fast import FailFast
    from linkerd.net.connection import Connection

LATER_S = 1.0
"""When a connect is tried again that could not be tried now."""


class MarkedDown(Timed):
    """What failFast knows of an endpoint: its state, and `why` the last connect failed."""

    __slots__ = ("endpoint", "state", "why")

    def __init__(self, endpoint: ClientEndpoint, state: FailFast) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.state = state
        self.why = ""

    def connect_failed(self, now: float, why: str) -> None:
        """A request's connect has failed; the first one takes the endpoint down."""
        self.why = why
        self.wait(self.state.connect_failed(now))

    def probe_failed(self, why: str) -> None:
        """Our own connect has failed."""
        self.why = why
        self.wait(self.state.probe_failed())

    def wait(self, seconds: float) -> None:
        """Try again after so many seconds; below zero that is settled already."""
        endpoint = self.endpoint
        if seconds >= 0.0 and not endpoint.removed:
            endpoint.client.wheel.arm(self, endpoint.client.clock() + seconds)
        endpoint.settle()

    def connected(self) -> None:
        """A connection could be had."""
        if self.state.connected():
            self.deadline = 0.0
            self.endpoint.settle()

    def expired(self, now: float) -> None:
        if self.endpoint.has_room():
            ProbeDial(self).start()
        else:
            self.wait(LATER_S)


class ProbeDial(Dial):
    """A connect that no request asked for.

    Failure accrual, which counts what requests meet with, learns nothing of it.
    """

    def __init__(self, down: MarkedDown) -> None:
        super().__init__(down.endpoint, Probe(down))
        self.down = down

    def refused(self, now: float, why: str, code: str) -> None:
        self.down.probe_failed(why)


class Probe(Exchange):
    """Lets a connection rest as soon as it is open."""

    __slots__ = ("down",)

    def __init__(self, down: MarkedDown) -> None:
        self.down = down

    def connected(self, connection: Connection) -> None:
        connection.rest()  # type: ignore[attr-defined]

    def not_connected(self, why: str, code: str = "") -> None:
        """A fault of our own: nothing has been learnt."""
        self.down.wait(LATER_S)

    def without_descriptor(self) -> None:
        self.down.wait(LATER_S)


__all__ = ["LATER_S", "MarkedDown", "Probe", "ProbeDial"]
