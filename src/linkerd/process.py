"""The running process: builds everything a configuration asks for, starts it, drains it, stops it.

In come a `LinkerConfig` and the sockets that were reserved for it; out goes one Twisted service.
Start order: telemetry, namers, routers, servers, and the admin server last, so that an open admin
port means a ready proxy. Stop order: servers stop accepting and finish what they accepted, then
the rest.
"""

from __future__ import annotations

import os
import random  # noqa: TID251 - the one generator of the process is made here
import signal
import time
from typing import TYPE_CHECKING, Any

from twisted.application import service
from twisted.internet import defer

from linkerd._typing import override
from linkerd.assembly import assemble
from linkerd.logger import make_logger
from linkerd.net.descriptors import raise_limit
from linkerd.net.network import make_network
from linkerd.net.systemd import Notifier, WatchdogService, watchdog_interval
from linkerd.overview.overview import Overview
from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope
from linkerd.telemetry.process import ProcessService
from linkerd.telemetry.prometheus import PrometheusConfig
from linkerd.telemetry.snapshot import SnapshotService

if TYPE_CHECKING:
    from linkerd.assembly import Assembly
    from linkerd.linker import LinkerConfig
    from linkerd.net.security import Security
    from linkerd.reserve import Reservations
    from linkerd.router.built import BuiltRouter
    from linkerd.tls.config import ServerTls

log = make_logger()


class Process(service.MultiService):
    """The top of the service tree.

    Everything is built in `startService`, which twistd calls after it has become a daemon: an epoll
    descriptor or a thread made before that would be lost or shared.
    """

    def __init__(
        self,
        config: LinkerConfig,
        reservations: Reservations,
        reactor: Any,
        snapshot_interval_s: float = 60.0,
    ) -> None:
        service.MultiService.__init__(self)
        self.config = config
        self.reservations = reservations
        self.reactor = reactor
        self.snapshot_interval_s = snapshot_interval_s
        self.grace_s = config.admin.shutdown_grace_ms / 1000.0
        self.routers: list[BuiltRouter] = []
        self.assembly: Assembly
        self.notifier = Notifier.from_environ(os.environ)
        self.admin_port: Any = None
        self.admin_security: Security | None = None
        self.failed = False
        self.runtime: Runtime

    @override
    def startService(self) -> None:
        """Build everything; open the ports once the reactor runs.

        Until then a signal would end the process at once, and with it whatever was accepted.
        """
        log.info("up to {limit} file descriptors", limit=raise_limit())
        self.runtime = Runtime(
            reactor=self.reactor,
            clock=time.monotonic,  # noqa: TID251 - the one clock of the process
            wall=time.time,  # noqa: TID251
            rng=random.Random(),
            metrics=Scope(),
            network=make_network(
                self.reactor,
                time.monotonic,  # noqa: TID251
                os.environ.get("LINKERD_ENGINE", "auto"),
            ),
        )
        self.build()
        signal.signal(signal.SIGHUP, self.hung_up)
        self.reactor.callWhenRunning(self.begin)

    def begin(self) -> None:
        """The reactor runs: start, or say why not and end."""
        starting = defer.Deferred.fromCoroutine(self.start())
        starting.addErrback(self.failed_to_start)

    def build(self) -> None:
        """The object graph; nothing listens yet."""
        runtime = self.runtime
        config = self.config
        self.add(SnapshotService(runtime.metrics, self.reactor, self.snapshot_interval_s))
        self.add(ProcessService(runtime.metrics, self.reactor, runtime.clock, runtime.wall()))
        self.assembly = assemble(config, runtime)
        self.routers = self.assembly.routers
        for router in self.routers:
            if router.access_log is not None:
                self.add(router.access_log)
        interval = watchdog_interval(os.environ, os.getpid())
        if interval is not None:
            self.add(WatchdogService(self.notifier, interval, self.reactor))
        if config.admin.tls is not None:
            self.admin_security = self.secure_admin(config.admin.tls)
        self.overview = Overview(
            config,
            runtime,
            self.routers,
            self.assembly.namers,
            self.assembly.interpreter,
            self.shutdown,
            self.assembly.store,
        )

    def secure_admin(self, section: ServerTls) -> Security:
        """Read the files of the admin server's TLS. Raises `BadPem`."""
        from linkerd.admin.secured import ALPN
        from linkerd.tls.security import server_security

        scope = self.runtime.metrics.scope("adminhttp")
        return server_security(section, self.assembly.store.get(), self.runtime, scope, ALPN)

    def add(self, child: service.Service) -> None:
        """Put a service into the tree."""
        child.setServiceParent(self)

    async def start(self) -> None:
        """Start what was built, then open the ports, admin last."""
        service.MultiService.startService(self)
        for router in self.routers:
            for listener in router.listeners:
                options = listener.options
                sock = self.reservations.take(listener.ip, listener.port, options)
                await listener.listen(sock)
                log.info(
                    "serving {router} on /{ip}:{port}",
                    router=router.config.label,
                    ip=listener.address()[0],
                    port=listener.address()[1],
                )
        await self.start_admin()
        self.reservations.close()
        log.info("initialized")
        self.notifier.ready("serving")

    async def start_admin(self) -> None:
        """The admin server, on Twisted's own transports."""
        from twisted.internet.endpoints import AdoptedStreamServerEndpoint

        from linkerd.admin.site import make_site

        admin = self.config.admin
        prometheus = next(
            (each for each in self.config.telemetry if isinstance(each, PrometheusConfig)), None
        )
        site = make_site(self.overview, admin, self.reactor, prometheus)
        site.noisy = False
        factory: Any = site
        if self.admin_security is not None:
            from linkerd.admin.secured import secured_site

            factory = secured_site(site, self.admin_security, self.reactor, self.runtime.clock)
        sock = self.reservations.take(admin.ip, admin.port, admin.socket_options)
        family = sock.family
        endpoint = AdoptedStreamServerEndpoint(self.reactor, sock.detach(), family)
        self.admin_port = await endpoint.listen(factory)
        host = self.admin_port.getHost()
        log.info(
            "serving {scheme} admin on /{ip}:{port}",
            scheme=site.scheme,
            ip=host.host,
            port=host.port,
        )

    def failed_to_start(self, failure: Any) -> None:
        """Something could not be opened although its port was reserved: say why and end."""
        self.failed = True
        log.failure("linkerd cannot start: {log_failure}", failure=failure)
        self.reactor.callLater(0, self.reactor.stop)

    def hung_up(self, *_: object) -> None:
        """SIGHUP, which ends nothing: access logs may have been moved away."""
        for router in self.routers:
            if router.access_log is not None:
                self.reactor.callFromThread(router.access_log.hung_up)

    # -- the end

    def shutdown(self, grace_s: float | None) -> None:
        """End the process as a signal would, with another grace if one is given."""
        if grace_s is not None:
            self.grace_s = grace_s
        self.reactor.callLater(0, self.stop_reactor)

    def stop_reactor(self) -> None:
        """Stop, unless that has begun already."""
        if self.running:
            self.reactor.stop()

    @override
    def stopService(self) -> defer.Deferred[None]:
        """Drain, then stop everything; fires when all is closed."""
        self.notifier.stopping()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.hurried)
        return defer.Deferred.fromCoroutine(self.stop())

    def hurried(self, *_: object) -> None:
        """A second signal: wait no longer."""
        self.reactor.callFromThread(self.abort)

    def abort(self) -> None:
        """Close what is still open."""
        for router in self.routers:
            for listener in router.listeners:
                listener.abort()

    async def stop(self) -> None:
        """The stop order."""
        grace = self.reactor.callLater(self.grace_s, self.grace_is_over)
        await defer.gatherResults(
            [
                defer.Deferred.fromCoroutine(listener.drain())
                for router in self.routers
                for listener in router.listeners
            ],
            consumeErrors=True,
        )
        if grace.active():
            grace.cancel()
        self.assembly.close()
        if self.admin_port is not None:
            await defer.maybeDeferred(self.admin_port.stopListening)
        await service.MultiService.stopService(self)
        self.runtime.network.close()

    def grace_is_over(self) -> None:
        """Requests are still in flight after the grace: they are cut."""
        left = sum(len(each.connections) for router in self.routers for each in router.listeners)
        log.warn("the shutdown grace is over: closing {left} connections", left=left)
        self.abort()


__all__ = ["Process"]
