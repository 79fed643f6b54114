"""One attempt to open a connection to an endpoint.

In come the endpoint and the exchange that wants the connection; out goes the connection to that
exchange, or why there is none, and what the attempt has told of the endpoint. Made by the endpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.session import Term
from linkerd.logger import make_logger
from linkerd.net.endpoints import ConnectionFactory, HandshakeFailed, NoDescriptor
from linkerd.telemetry.request_stats import CONNECTION_FAILED

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from linkerd.client.connection import ClientConnection
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.net.connection import Connection
    from linkerd.net.exchange import Exchange

NO_TLS = "L5D-2012"

log = make_logger()


class Dial(ConnectionFactory):
    """One attempt to connect, for one exchange."""

    def __init__(self, endpoint: ClientEndpoint, exchange: Exchange) -> None:
        self.endpoint = endpoint
        self.exchange = exchange
        self.options = endpoint.client.socket_options
        self.began = 0.0
        self.opened: ClientConnection | None = None

    def start(self) -> None:
        """Ask the network."""
        client = self.endpoint.client
        address = self.endpoint.address
        self.endpoint.open += 1
        self.began = client.clock()
        to = address.host, address.port
        where = client.network.client(to, client.connect_timeout_s, client.security)
        where.connect(self).addCallbacks(self.done, self.failed).addErrback(self.broken)

    def connection(self) -> ClientConnection:
        """Build the connection; called by the carrier when the stream is open."""
        client = self.endpoint.client
        now = client.clock()
        connection = self.opened = client.connections.connection(self.endpoint, now)
        if client.session is not None:
            connection.term = Term(connection, client.session, now)
        return connection

    def done(self, connection: Connection) -> None:
        """The stream is open and `connection` is on it."""
        client = self.endpoint.client
        elapsed_ms = int((client.clock() - self.began) * 1000.0)
        client.transport_stats.connected(elapsed_ms)
        client.acquired.add(elapsed_ms)
        if client.liveness is not None:
            client.liveness.watch(connection)
        if self.endpoint.down is not None:
            self.endpoint.down.connected()
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
        code = NO_TLS if failure.check(HandshakeFailed) else ""
        self.refused(now, text_of(failure), code)

    def refused(self, now: float, why: str, code: str) -> None:
        """The endpoint gave us no stream."""
        self.endpoint.connect_failed(now, why)
        self.endpoint.started()
        self.endpoint.failed(now)
        self.exchange.not_connected(why, code)

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


__all__ = ["Dial", "text_of"]
