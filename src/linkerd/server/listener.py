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
from linkerd.server.deadline_stats import DeadlineStats
from linkerd.server.http import HttpServerConnection
from linkerd.server.looks import Looks, has_kept_quiet
from linkerd.server.sessions import Sessions
from linkerd.server.sweep import Sweep
from linkerd.telemetry.request_stats import RequestStats, StatusStats

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from linkerd.net.security import Security
    from linkerd.runtime import Runtime
    from linkerd.server.answering import Answering
    from linkerd.server.base import Dispatch, RefusalLog
    from linkerd.server.policy import ServerPolicy
    from linkerd.wire.http1 import RequestHead

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
        self.refusal_log: RefusalLog | None = None
        self.sweep = Sweep(self.connections, self.wheel, runtime.clock, scope)
        self.looks: list[Looks] = [self.sweep]
        self.liveness = liveness_of(policy.socket, self.wheel, runtime.clock, scope)
        times = (policy.idle_s, policy.life_s, policy.tunnel_idle_s)
        if any(times):
            self.looks.append(Sessions(self, *times, scope))
        self.security: Security | None = None
        self._port: Any = None
        self._idle: defer.Deferred[None] | None = None

    # -- life

    async def listen(self, inherited: socket.socket | None = None) -> None:
        """Open the port. Raises Twisted's CannotListenError."""
        endpoint = self.runtime.network.server(self.ip, self.port, inherited, self.security)
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

    def opened(self, connection: Answering) -> None:
        """A client connected."""
        self.connections.add(connection)
        self.transport_stats.accepted()
        if self.liveness is not None:
            self.liveness.watch(connection)
        for looks in self.looks:
            looks.wake()

    def closed(self, connection: Answering) -> None:
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

    def refused(
        self, connection: Answering, head: RequestHead, status: int, why: str, answer: bytes
    ) -> None:
        """A client sent something that is not a request."""
        self.refusals.counter(str(status)).value += 1
        if self.refusal_log is not None:
            self.refusal_log.refused(connection, head, status, answer)
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


class Quiet(Looks):
    """While a listener drains, closes the connections that have nothing to say any more."""

    __slots__ = ()

    def look(self, now: float) -> None:
        for connection in list(self.connections):
            if has_kept_quiet(connection):
                connection.end()
            elif connection.is_resting():
                connection.rested = connection.requests
