"""From the configuration of a router of raw connections to the router with its listeners.

In come the sections as the binder made them; out go the parts in the order of a connection's way,
tied together. Nothing is started here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.classifier.base import ResponseClassifier
from linkerd.client.tcp import TcpConnections
from linkerd.config.duration import limit_s
from linkerd.identifier.connection import first_connection_of
from linkerd.retry.budget import BudgetConfig
from linkerd.router.binding import RouterBindings
from linkerd.router.built import BuiltRouter
from linkerd.router.policy import ServicePolicy, client_policies
from linkerd.router.securing import ClientSecurities, secure
from linkerd.router.tcp_junction import TcpJunction
from linkerd.router.tcp_log import TcpFormat
from linkerd.server.listener import SessionLimits
from linkerd.server.tcp_listener import TcpListener

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookups
    from linkerd.name.path import Path
    from linkerd.router.tcp_config import TcpRouterConfig, TcpServerConfig
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore

SERVICE = ServicePolicy(ResponseClassifier(), BudgetConfig(), None, 0)
"""Nothing can be said of a service: what was sent cannot be sent again."""


def build_tcp(
    config: TcpRouterConfig, runtime: Runtime, namers: Lookups, store: SharedStore
) -> BuiltRouter:
    """Build the router; `runtime` counts in the root of the metrics tree. Raises `BadPem`."""
    scoped = runtime.scoped(runtime.metrics.scope("rt", config.label))
    interpreter = config.interpreter.build(scoped, namers)
    bindings = RouterBindings(
        scoped,
        interpreter,
        config.dtab,
        client_policies(config.client, ClientSecurities(config.client, store, scoped)),
        service_policy,
        TcpConnections(),
        config.binding_cache,
    )
    identifier = first_connection_of([each.mk(config.dst_prefix) for each in config.identifier])
    timeout_s = config.binding_timeout_ms / 1000.0
    access_log = None
    if config.access_log is not None:
        access_log = config.access_log.mk(scoped, TcpFormat(config.label))
    router = TcpJunction(config.label, scoped, identifier, bindings, timeout_s, access_log)
    listeners = [listener_of(server, router, scoped) for server in config.servers]
    for server, listener in zip(config.servers, listeners, strict=True):
        if server.tls is not None:
            secure(listener, server.tls, store, scoped, names=True)
    if config.originator:
        scoped.metrics.gauge("originator", read=lambda: 1)
    return BuiltRouter(config, router, bindings, interpreter, listeners, access_log)


def service_policy(name: Path) -> ServicePolicy:
    """The policy of every service."""
    return SERVICE


def listener_of(server: TcpServerConfig, router: TcpJunction, runtime: Runtime) -> TcpListener:
    """Make a listener; nothing listens yet."""
    session = server.server_session
    return TcpListener(
        runtime,
        router,
        server.ip,
        server.port,
        server.socket_options,
        SessionLimits(session.idle_time_ms / 1000.0, limit_s(session.life_time_ms)),
        server.first_bytes_timeout_ms / 1000.0,
        server.proxy_protocol,
        server.max_concurrent_requests or 0,
    )


__all__ = ["build_tcp", "listener_of"]
