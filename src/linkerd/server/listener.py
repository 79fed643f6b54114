"""One server of a router: a listening address, its connections, and how it drains.

A Twisted service: `listen` opens the port, `drain` stops accepting and waits until every accepted
request is answered. Owned by the linker's service tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application import service
from twisted.internet import defer

from linkerd._typing import override
from linkerd.logger import make_logger
from linkerd.net.endpoints import ConnectionFactory
from linkerd.net.liveness import liveness_of
from linkerd.net.stats import TransportStats, TunnelStats
from linkerd.net.stock import take_backlog
from linkerd.net.wheel import Timed
from linkerd.server.deadline_stats import DeadlineStats
from linkerd.server.http import HttpServerConnection
from linkerd.server.sessions import Sessions
from linkerd.server.sweep import Sweep
from linkerd.telemetry.request_stats import RequestStats, StatusStats

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from linkerd.runtime import Runtime
    from linkerd.server.answering import Answering
    from linkerd.server.base import Dispatch
    from linkerd.server.policy import ServerPolicy

# A connection that rests this long while we drain is closed; one that speaks is answered first.
QUIET_S = 0.5

log = make_logger()


class Listener(service.Service):
    """A server.

    `plain`: an answer may go out with the usual fields and without a further thought. Requests with
    a Via go by `via_dispatch`, which counts the proxies that they have passed.
    """

    def __init__(
        self,
        runtime: Runtime,
        dispatch: Dispatch,
        ip: str,
        port: int,
        policy: ServerPolicy,
    ) -> None:
        self.runtime = runtime
        self.clock = runtime.clock
        self.wheel = runtime.network.wheel
        self.dispatch = dispatch
        self.via_dispatch = dispatch
        self.ip = ip
        self.port = port
        self.policy = policy
        self.limits = policy.limits
        # A body that is too large must not be collected before that is seen.
        self.buffered = min(policy.buffered, policy.limits.body)
        self.clear_context = policy.clear_context
        self.head_s = policy.head_s
        self.body_s = policy.body_s
        self.draining = False
        self.plain = not policy.clear_context
        self.connections: set[Answering] = set()
        self.label = f"{ip}/{port}"
        scope = runtime.metrics.scope("server", self.label)
        self.stats = RequestStats(scope)
        self.status_stats = StatusStats(scope)
        self.deadline_stats = DeadlineStats(scope)
        self.transport_stats = TransportStats(scope, runtime.clock, dials=False)
        self.tunnels = TunnelStats(scope)
        self.connection_requests = scope.stat("connection_requests")
        self.refusals = scope.scope("refused")
        self.sweep = Sweep(self.connections, runtime.reactor, runtime.clock, scope)
        self.liveness = liveness_of(policy.socket, self.wheel, runtime.clock, scope)
        self.sessions: Sessions | None = None
        if policy.idle_s or policy.life_s:
            self.sessions = Sessions(self, policy.idle_s, policy.life_s, scope)
        self._port: Any = None
        self._idle: defer.Deferred[None] | None = None
        self._quiet = Quiet(self)

    # -- life

    async def listen(self, inherited: socket.socket | None = None) -> None:
        """Open the port. Raises Twisted's CannotListenError."""
        endpoint = self.runtime.network.server(self.ip, self.port, inherited)
        self._port = await endpoint.listen(HttpServerFactory(self))

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
        self.plain = False
        if self.connections:
            self._idle = defer.Deferred()
            self.close_quiet()
            self.wheel.arm(self._quiet, self.clock() + QUIET_S)
            await self._idle
        self.sweep.stop()

    def close_quiet(self) -> None:
        """Close the connections that have nothing to say any more."""
        for connection in list(self.connections):
            if connection.is_resting():
                if connection.rested == connection.requests:
                    connection.end()
                connection.rested = connection.requests

    def abort(self) -> None:
        """The grace is over."""
        for connection in list(self.connections):
            connection.transport.abort()

    def later(self, call: Callable[[], None]) -> None:
        """Call this in the reactor's next turn."""
        self.runtime.reactor.callLater(0, call)

    # -- what connections tell

    def opened(self, connection: Answering) -> None:
        """A client connected."""
        self.connections.add(connection)
        self.transport_stats.accepted()
        if self.sweep.timer is None:
            self.sweep.wake()
        if self.liveness is not None:
            self.liveness.watch(connection)
        sessions = self.sessions
        if sessions is not None and sessions.deadline == 0.0:
            sessions.wake()

    def closed(self, connection: Answering) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        self.transport_stats.closed(connection.transport, connection.opened)
        self.connection_requests.add(connection.requests)
        if self.sessions is not None and not self.connections:
            self.sessions.sleep()
        if self._idle is not None and not self.connections:
            idle = self._idle
            self._idle = None
            idle.callback(None)

    def refused(self, connection: Answering, status: int, why: str) -> None:
        """A client sent something that is not a request."""
        self.refusals.counter(str(status)).value += 1
        log.debug(
            "refused a request of {peer} on {label} with {status}: {why}",
            peer=connection.transport.peer[0],
            label=self.label,
            status=status,
            why=why,
        )


class HttpServerFactory(ConnectionFactory):
    """Builds the connections of one listener."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.options = listener.policy.socket

    def connection(self) -> HttpServerConnection | None:
        """A connection for a newly accepted stream."""
        return HttpServerConnection(self.listener)

    @override
    def make_room(self) -> None:
        self.listener.sweep.make_room()


class Quiet(Timed):
    """Looks for quiet connections again while a listener drains."""

    __slots__ = ("listener",)

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self.listener = listener

    def expired(self, now: float) -> None:
        if self.listener.connections:
            self.listener.close_quiet()
            self.listener.wheel.arm(self, now + QUIET_S)
