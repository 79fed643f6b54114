"""One server of a router: a listening address, its connections, and how it drains.

A Twisted service: `listen` opens the port, `drain` stops accepting and waits until every accepted
request is answered. What its connections speak is the business of the classes derived from it, such
as `linkerd.server.http_listener`. Owned by the linker's service tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.application import service
from twisted.internet import defer

from linkerd._typing import override
from linkerd.net.endpoints import ConnectionFactory
from linkerd.net.liveness import liveness_of
from linkerd.net.stats import TransportStats
from linkerd.net.stock import take_backlog
from linkerd.server.looks import Looks, has_kept_quiet
from linkerd.server.sessions import Sessions
from linkerd.server.sweep import Sweep
from linkerd.telemetry.request_stats import NO_STATUSES, RequestStats, Statuses

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from linkerd.net.security import Security
    from linkerd.net.socket_options import SocketOptions
    from linkerd.runtime import Runtime
    from linkerd.server.connection import ServerConnection

# A connection that rests this long while we drain is closed; one that speaks is answered first.
QUIET_S = 0.5


class SessionLimits(NamedTuple):
    """How long connections last, in seconds; 0 is no limit.

    `idle_s`: how long one may rest; `life_s`: how old it may get; `tunnel_s`: how long nothing may
    move in a tunnel.
    """

    idle_s: float = 0.0
    life_s: float = 0.0
    tunnel_s: float = 0.0


class Listener(service.Service):
    """A server.

    `stats` counts its requests, `transport_stats` its connections. `forgives_stalls`: a client that
    takes nothing for long is none of its business.
    """

    forgives_stalls = False

    def __init__(
        self,
        runtime: Runtime,
        ip: str,
        port: int,
        options: SocketOptions,
        limits: SessionLimits,
    ) -> None:
        self.runtime = runtime
        self.clock = runtime.clock
        self.wheel = runtime.network.wheel
        self.ip = ip
        self.port = port
        self.options = options
        self.draining = False
        self.connections: set[ServerConnection] = set()
        self.label = f"{ip}/{port}"
        scope = self.scope = runtime.metrics.scope("server", self.label)
        self.stats = RequestStats(scope)
        self.status_stats: Statuses = NO_STATUSES
        self.transport_stats = TransportStats(scope, runtime.clock, dials=False)
        self.connection_requests = scope.stat("connection_requests")
        self.sweep = Sweep(self.connections, self.wheel, runtime.clock, scope, self.forgives_stalls)
        self.looks: list[Looks] = [self.sweep]
        self.liveness = liveness_of(options, self.wheel, runtime.clock, scope)
        if any(limits):
            self.looks.append(Sessions(self, *limits, scope))
        self.security: Security | None = None
        self._port: Any = None
        self._idle: defer.Deferred[None] | None = None

    def connection(self) -> ServerConnection:
        """A connection for a newly accepted stream."""
        raise NotImplementedError

    # -- life

    async def listen(self, inherited: socket.socket | None = None) -> None:
        """Open the port. Raises Twisted's CannotListenError."""
        endpoint = self.runtime.network.server(self.ip, self.port, inherited, self.security)
        self._port = await endpoint.listen(ServerFactory(self))

    def address(self) -> tuple[str, int]:
        """The address in use (port 0 is resolved once the port is open)."""
        if self._port is None:
            return self.ip, self.port
        host = self._port.getHost()
        return host.host, host.port

    async def drain(self) -> None:
        """Stop accepting; return when all accepted requests are answered and all is closed."""
        if self._port is not None:
            take_backlog(self._port)
            await defer.maybeDeferred(self._port.stopListening)
        self.draining = True
        if self.connections:
            self._idle = defer.Deferred()
            quiet = Quiet(self.connections, self.wheel, self.clock, QUIET_S)
            self.looks.append(quiet)
            quiet.look(self.clock())
            quiet.wake()
            await self._idle

    def abort(self) -> None:
        """The grace is over."""
        for connection in list(self.connections):
            connection.transport.abort()

    def later(self, call: Callable[[], None]) -> None:
        """Call this in the reactor's next turn."""
        self.runtime.reactor.callLater(0, call)

    # -- what connections tell

    def opened(self, connection: ServerConnection) -> None:
        """A client connected."""
        self.connections.add(connection)
        self.transport_stats.accepted()
        if self.liveness is not None:
            self.liveness.watch(connection)
        for looks in self.looks:
            looks.wake()

    def closed(self, connection: ServerConnection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        self.transport_stats.closed(connection.transport, connection.opened)
        self.connection_requests.add(connection.requests)
        if self.connections:
            return
        for looks in self.looks:
            looks.sleep()
        if self._idle is not None:
            idle = self._idle
            self._idle = None
            idle.callback(None)


class ServerFactory(ConnectionFactory):
    """Builds the connections of one listener."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.options = listener.options

    def connection(self) -> ServerConnection | None:
        """A connection for a newly accepted stream."""
        return self.listener.connection()

    @override
    def make_room(self) -> None:
        self.listener.sweep.make_room()


class Quiet(Looks):
    """While a listener drains, closes the connections that have nothing to say any more."""

    __slots__ = ()

    def look(self, now: float) -> None:
        for connection in list(self.connections):
            if has_kept_quiet(connection):
                connection.end()
            elif connection.is_resting():
                connection.rested = connection.requests
