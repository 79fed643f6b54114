"""One endpoint of a client: its connections, its pool, and what its failures have led to.

In come picks of the balancer; out go open connections, idle ones first and the last used before all
others. Owned by the `Client`, which makes one per address and removes it when discovery does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE, FailureAccrual
from linkerd.balancer.base import BUSY, OPEN, Endpoint
from linkerd.client.dial import Dial
from linkerd.client.fail_fast import FailFast
from linkerd.client.marked_down import MarkedDown
from linkerd.net.wheel import Timed
from linkerd.telemetry.request_stats import FAILED_FAST

if TYPE_CHECKING:
    from linkerd.client.client import Client
    from linkerd.client.connection import ClientConnection
    from linkerd.name.addr import Address
    from linkerd.net.exchange import Exchange

NO_CONNECTIONS: list[ClientConnection] = []
"""The pool of all endpoints that have none of their own yet; nothing is ever put into it."""


class ClientEndpoint(Endpoint):
    """An address with its idle connections (last used at the end) and its accrual state.

    `down` is what failFast knows of it, None until a connect has failed or where it is off.
    `open` counts connections, also those that are being opened, `leaving` those that we have told
    to close for their time is over.

    Of ten thousand endpoints most wait long for their first request, so what only a request needs
    is made by the first dial.
    """

    __slots__ = ("accrual", "client", "down", "idle", "leaving", "open", "removed", "revival")

    def __init__(self, client: Client, address: Address, now: float) -> None:
        super().__init__(address, now)
        self.client = client
        self.idle = NO_CONNECTIONS
        self.open = 0
        self.leaving = 0
        self.removed = False
        self.accrual = client.untried
        self.revival: Revival | None = None
        self.down: MarkedDown | None = None

    def name(self) -> str:
        """The address as people write it."""
        host, port = self.address.host, self.address.port
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    # -- connections

    def dial(self, exchange: Exchange) -> None:
        """Open a connection for an exchange, which is told either way."""
        if self.revival is None:
            self.prepare()
        down = self.down
        if down is not None and down.state.dead:
            self.fail_fast(exchange, down.why)
        else:
            Dial(self, exchange).start()

    def prepare(self) -> Revival:
        """Get a pool and an accrual state of its own, before the first connection or failure."""
        client = self.client
        self.idle = []
        self.accrual = FailureAccrual(client.accrual_maker.make(), client.accrual_counts)
        self.revival = Revival(self)
        return self.revival

    def give_up(self, exchange: Exchange) -> None:
        """An exchange waits no more for a connection."""

    def has_room(self) -> bool:
        """Whether there may be another connection."""
        return True

    def is_wanted(self) -> bool:
        """Whether somebody waits for a connection."""
        return False

    def rested(self) -> None:
        """A connection has come back to the pool."""

    def not_opened(self) -> None:
        """A connection could not be had."""
        self.open -= 1

    def retire(self, connection: ClientConnection) -> None:
        """An idle connection is not to be used again."""
        if connection in self.idle:
            self.idle.remove(connection)

    def unsolicited(self, connection: ClientConnection) -> None:
        """An idle connection said something: it is no longer to be trusted."""
        self.retire(connection)
        connection.transport.abort()

    def closed(self, connection: ClientConnection) -> None:
        """A connection is gone."""
        self.open -= 1
        self.retire(connection)
        self.client.transport_stats.closed(connection.transport, connection.opened)

    def leave(self) -> None:
        """Discovery removed the address: nothing comes back to the pool from now on."""
        self.removed = True
        if self.revival is not None:
            self.revival.deadline = 0.0
        if self.down is not None:
            self.down.deadline = 0.0

    def close(self) -> None:
        """Close idle connections; others follow when they are done."""
        self.leave()
        self.abandon()

    def abandon(self) -> bool:
        """Close idle connections, for no request is expected; were there any?"""
        idle = self.idle
        if not idle:
            return False
        self.idle = []
        for connection in idle:
            connection.leave()
        return True

    # -- failure accrual

    def started(self) -> None:
        """A request starts here; it is the probe if one was due."""
        accrual = self.accrual
        if accrual.state != ALIVE:
            accrual.started()
            self.settle()

    def succeeded(self, now: float) -> None:
        """A request succeeded."""
        accrual = self.accrual
        accrual.success(now)
        if self.status != OPEN:
            self.failed_at = 0.0
            self.settle()

    def failed(self, now: float) -> None:
        """A request failed, or no connection could be had."""
        revival = self.revival or self.prepare()
        self.failed_at = now
        seconds = self.accrual.failure(now)
        if seconds >= 0.0 and not self.removed:
            self.client.marked_dead(self, seconds)
            self.client.wheel.arm(revival, now + seconds)
        self.settle()

    def ignored(self) -> None:
        """A request ended without a verdict."""
        self.accrual.ignorable()
        self.settle()

    def settle(self) -> None:
        """Let the balancer see what accrual and failFast think."""
        down = self.down is not None and self.down.state.dead
        status = BUSY if down or self.accrual.is_busy() else OPEN
        if status != self.status:
            self.become(status)

    # -- failFast

    def fail_fast(self, exchange: Exchange, why: str) -> None:
        """Refuse an exchange a connection, for none can be had."""
        client = self.client
        client.not_acquired.value += 1
        client.scope.counter("service_creation", "failures", FAILED_FAST).value += 1
        self.started()
        self.failed(client.clock())
        exchange.not_connected(f"Endpoint {client.id} is marked down (failFast): {why}")

    def connect_failed(self, now: float, why: str) -> None:
        """Connecting has failed."""
        counts = self.client.fail_fast_counts
        if counts is None:
            return
        down = self.down
        if down is None:
            down = self.down = MarkedDown(self, FailFast(counts, self.client.rng))
        down.connect_failed(now, why)


class Revival(Timed):
    """The end of an endpoint's time as dead."""

    __slots__ = ("endpoint",)

    def __init__(self, endpoint: ClientEndpoint) -> None:
        super().__init__()
        self.endpoint = endpoint

    def expired(self, now: float) -> None:
        self.endpoint.accrual.revive()
        self.endpoint.settle()


__all__ = ["ClientEndpoint", "Revival"]
