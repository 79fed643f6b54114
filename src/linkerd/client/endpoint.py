"""One endpoint of a client: its connections, its pool, and what its failures have led to.

In come picks of the balancer; out go open connections, idle ones first and the last used before all
others. Owned by the `Client`, which makes one per address and removes it when discovery does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE, FailureAccrual
from linkerd.balancer.base import BUSY, OPEN, Endpoint
from linkerd.client.http import HttpClientConnection
from linkerd.client.session import SessionConnection
from linkerd.logger import make_logger
from linkerd.net.endpoints import ConnectionFactory, NoDescriptor
from linkerd.net.wheel import Timed
from linkerd.telemetry.request_stats import CONNECTION_FAILED

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from linkerd.client.client import Client
    from linkerd.name.addr import Address
    from linkerd.net.connection import Connection
    from linkerd.net.exchange import Exchange


log = make_logger()

NO_CONNECTIONS: list[HttpClientConnection] = []
"""The pool of all endpoints that have none of their own yet; nothing is ever put into it."""


class ClientEndpoint(Endpoint):
    """An address with its idle connections (last used at the end) and its accrual state.

    `open` counts connections, also those that are being opened, `leaving` those that we have told
    to close for their time is over.

    Of ten thousand endpoints most wait long for their first request, so what only a request needs
    is made by the first dial.
    """

    __slots__ = ("accrual", "client", "idle", "leaving", "open", "removed", "revival")

    def __init__(self, client: Client, address: Address, now: float) -> None:
        super().__init__(address, now)
        self.client = client
        self.idle = NO_CONNECTIONS
        self.open = 0
        self.leaving = 0
        self.removed = False
        self.accrual = client.untried
        self.revival: Revival | None = None

    def name(self) -> str:
        """The address as people write it."""
        host, port = self.address.host, self.address.port
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    # -- connections

    def dial(self, exchange: Exchange) -> None:
        """Open a connection for an exchange, which is told either way."""
        if self.revival is None:
            self.prepare()
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

    def is_wanted(self) -> bool:
        """Whether somebody waits for a connection."""
        return False

    def rested(self) -> None:
        """A connection has come back to the pool."""

    def not_opened(self) -> None:
        """A connection could not be had."""
        self.open -= 1

    def retire(self, connection: HttpClientConnection) -> None:
        """An idle connection is not to be used again."""
        if connection in self.idle:
            self.idle.remove(connection)

    def unsolicited(self, connection: HttpClientConnection) -> None:
        """An idle connection said something: it is no longer to be trusted."""
        self.retire(connection)
        connection.transport.abort()

    def closed(self, connection: HttpClientConnection) -> None:
        """A connection is gone."""
        self.open -= 1
        self.retire(connection)
        self.client.transport_stats.closed(connection.transport, connection.opened)

    def leave(self) -> None:
        """Discovery removed the address: nothing comes back to the pool from now on."""
        self.removed = True
        if self.revival is not None:
            self.revival.deadline = 0.0

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
            connection.transport.close()
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
            self.settle()

    def failed(self, now: float) -> None:
        """A request failed, or no connection could be had."""
        revival = self.revival or self.prepare()
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
        """Let the balancer see what accrual thinks."""
        status = BUSY if self.accrual.is_busy() else OPEN
        if status != self.status:
            self.become(status)


class Revival(Timed):
    """The end of an endpoint's time as dead."""

    __slots__ = ("endpoint",)

    def __init__(self, endpoint: ClientEndpoint) -> None:
        super().__init__()
        self.endpoint = endpoint

    def expired(self, now: float) -> None:
        self.endpoint.accrual.revive()
        self.endpoint.settle()


class Dial(ConnectionFactory):
    """One attempt to connect, for one exchange."""

    def __init__(self, endpoint: ClientEndpoint, exchange: Exchange) -> None:
        self.endpoint = endpoint
        self.exchange = exchange
        self.options = endpoint.client.socket_options
        self.began = 0.0
        self.opened: HttpClientConnection | None = None

    def start(self) -> None:
        """Ask the network."""
        client = self.endpoint.client
        address = self.endpoint.address
        self.endpoint.open += 1
        self.began = client.clock()
        where = client.network.client((address.host, address.port), client.connect_timeout_s)
        where.connect(self).addCallbacks(self.done, self.failed).addErrback(self.broken)

    def connection(self) -> HttpClientConnection:
        """Build the connection; called by the carrier when the stream is open."""
        client = self.endpoint.client
        now = client.clock()
        if client.session is None:
            self.opened = HttpClientConnection(self.endpoint, client.limits, now)
        else:
            self.opened = SessionConnection(self.endpoint, client.session, now)
        return self.opened

    def done(self, connection: Connection) -> None:
        """The stream is open and `connection` is on it."""
        client = self.endpoint.client
        elapsed_ms = int((client.clock() - self.began) * 1000.0)
        client.transport_stats.connected(elapsed_ms)
        client.acquired.add(elapsed_ms)
        if client.liveness is not None:
            client.liveness.watch(connection)
        self.exchange.connected(connection)

    def failed(self, failure: Failure) -> None:
        """No stream."""
        client = self.endpoint.client
        now = client.clock()
        self.endpoint.not_opened()
        client.transport_stats.not_connected(int((now - self.began) * 1000.0))
        client.not_acquired.value += 1
        client.scope.counter("service_creation", "failures", CONNECTION_FAILED).value += 1
        if failure.check(NoDescriptor):
            # Our own want, of which the endpoint knows nothing: it must not be ejected for that.
            self.exchange.without_descriptor()
            return
        self.endpoint.started()
        self.endpoint.failed(now)
        self.exchange.not_connected(text_of(failure))

    def broken(self, failure: Failure) -> None:
        """A fault of our own in `done` or `failed`: the exchange must not wait for ever."""
        log.failure("A new connection could not be used: {log_failure}", failure=failure)
        if self.opened is not None:
            self.opened.transport.abort()
        self.exchange.not_connected("internal error")


def text_of(failure: Failure) -> str:
    """A short cause of a failed connect, the same from every carrier."""
    error = failure.value
    kind = type(error).__name__
    known = {
        "ConnectionRefusedError": "connection refused",
        "TimeoutError": "connection timed out",
        "TCPTimedOutError": "connection timed out",
        "NoRouteError": "no route to host",
    }
    return known.get(kind) or getattr(error, "string", None) or str(error)
