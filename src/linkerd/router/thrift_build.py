"""From the configuration of a Thrift router to the router with its listeners.

In come the sections as the binder made them; out go the parts in the order of a call's way, tied
together. Nothing is started here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.classifier.thrift import ThriftClassifier
from linkerd.client.thrift_connections import ThriftConnections
from linkerd.config.duration import limit_s
from linkerd.identifier.thrift import ThriftIdentifier
from linkerd.router.binding import RouterBindings
from linkerd.router.built import BuiltRouter
from linkerd.router.policy import client_policies, service_policy
from linkerd.router.securing import ClientSecurities, secure
from linkerd.router.thrift_gate import ThriftGate
from linkerd.router.thrift_junction import ThriftJunction
from linkerd.router.thrift_log import ThriftFormat
from linkerd.router.thrift_shown import Shown
from linkerd.router.thrift_untrusted import UntrustedCalls
from linkerd.server.listener import SessionLimits
from linkerd.server.thrift_listener import ThriftListener
from linkerd.wire.thrift_message import ThriftLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.delegate import Lookups
    from linkerd.name.path import Path
    from linkerd.router.access_log import AccessLog
    from linkerd.router.policy import ServicePolicy
    from linkerd.router.service_config import ServiceConfig
    from linkerd.router.thrift_config import ThriftRouterConfig, ThriftServerConfig
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore


def build_thrift(
    config: ThriftRouterConfig, runtime: Runtime, namers: Lookups, store: SharedStore
) -> BuiltRouter:
    """Build the router; `runtime` counts in the root of the metrics tree. Raises `BadPem`."""
    scoped = runtime.scoped(runtime.metrics.scope("rt", config.label))
    limits = ThriftLimits(frame=config.max_frame_kb * 1024)
    interpreter = config.interpreter.build(scoped, namers)
    bindings = RouterBindings(
        scoped,
        interpreter,
        config.dtab,
        client_policies(config.client, ClientSecurities(config.client, store, scoped)),
        service_policies(config.service),
        ThriftConnections(limits),
        config.binding_cache,
    )
    identifier = ThriftIdentifier(config.dst_prefix, config.thrift_method_in_dst)
    timeout_s = config.binding_timeout_ms / 1000.0
    access_log = access_log_of(config, scoped)
    router = ThriftJunction(config.label, scoped, identifier, bindings, timeout_s, access_log)
    listeners = [listener_of(server, router, scoped, limits) for server in config.servers]
    for server, listener in zip(config.servers, listeners, strict=True):
        if server.tls is not None:
            secure(listener, server.tls, store, scoped)
    if config.originator:
        scoped.metrics.gauge("originator", read=lambda: 1)
    return BuiltRouter(config, router, bindings, interpreter, listeners, access_log)


def access_log_of(config: ThriftRouterConfig, runtime: Runtime) -> AccessLog | None:
    """The access log, if one is wanted. Raises `BadIdl`."""
    if config.access_log is None:
        return None
    shown = config.idl.shown() if config.idl is not None else Shown({})
    return config.access_log.mk(runtime, ThriftFormat(config.label, shown))


def listener_of(
    server: ThriftServerConfig, router: ThriftJunction, runtime: Runtime, limits: ThriftLimits
) -> ThriftListener:
    """Make a listener; nothing listens yet."""
    session = server.server_session
    listener = ThriftListener(
        runtime,
        router,
        server.ip,
        server.port,
        server.socket_options,
        SessionLimits(session.idle_time_ms / 1000.0, limit_s(session.life_time_ms)),
        limits,
        server.frame_idle_timeout_ms / 1000.0,
    )
    if server.timeout_ms or server.max_concurrent_requests is not None:
        listener.dispatch = ThriftGate(
            router, listener.stats, limit_s(server.timeout_ms), server.max_concurrent_requests
        )
    if server.clear_context:
        listener.dispatch = UntrustedCalls(listener.dispatch, router.bits)
    return listener


def service_policies(config: ServiceConfig) -> Callable[[Path], ServicePolicy]:
    """What tells the policy of a service by its name; classifiers of HTTP say nothing of calls."""

    def policy(name: Path) -> ServicePolicy:
        found = service_policy(config.parameters(name))
        if isinstance(found.classifier, ThriftClassifier):
            return found
        return attrs.evolve(found, classifier=ThriftClassifier())

    return policy


__all__ = ["build_thrift", "listener_of", "service_policies"]
