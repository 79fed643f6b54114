"""From the configuration of an HTTP router to the router with its listeners.

In come the sections as the binder made them; out go the parts in the order of a request's way, tied
together. Nothing is started here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.client.http import HttpConnections
from linkerd.client.session import FOR_EVER, SessionTimes
from linkerd.client.whole import Keeping
from linkerd.config.duration import limit_s
from linkerd.identifier.base import first_of
from linkerd.router.access_log import AccessLog, format_of
from linkerd.router.access_log_policy import read_policy
from linkerd.router.binding import RouterBindings
from linkerd.router.client_config import UNBOUNDED
from linkerd.router.dispatch import dispatch_of
from linkerd.router.junction import HttpJunction
from linkerd.router.listening import listener_of
from linkerd.router.policy import ClientPolicy, ServicePolicy
from linkerd.router.securing import ClientSecurities, secure
from linkerd.wire.head import UNLIMITED, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from linkerd.interpreter.base import Interpreter
    from linkerd.name.delegate import Lookups
    from linkerd.name.path import Path
    from linkerd.net.security import Security
    from linkerd.router.client_config import ClientParameters
    from linkerd.router.http_config import HttpRouterConfig
    from linkerd.router.service_config import ServiceParameters
    from linkerd.runtime import Runtime
    from linkerd.server.http_listener import HttpListener
    from linkerd.telemetry.metrics import Scope
    from linkerd.tls.shared import SharedStore

WHOLE_KB = 65536
"""How large a body may be, in KB, where all bodies are taken in whole and nothing else is set."""


@attrs.frozen
class HttpRouter:
    """A router that has been built, with everything that starts, stops or is shown."""

    config: HttpRouterConfig
    router: HttpJunction
    bindings: RouterBindings
    interpreter: Interpreter
    listeners: list[HttpListener]
    access_log: AccessLog | None


def build_http(
    config: HttpRouterConfig, runtime: Runtime, namers: Lookups, store: SharedStore
) -> HttpRouter:
    """Build the router; `runtime` counts in the root of the metrics tree. Raises `BadPem`."""
    scoped = runtime.scoped(runtime.metrics.scope("rt", config.label))
    limits = limits_of(config)
    keeping = keeping_of(config)
    interpreter = config.interpreter.build(scoped, namers)
    bindings = RouterBindings(
        scoped,
        interpreter,
        config.dtab,
        client_policies(config, ClientSecurities(config.client, store, scoped)),
        service_policies(config),
        HttpConnections(limits, keeping),
        config.binding_cache,
    )
    access_log = access_log_of(config, scoped)
    identifier = first_of([each.mk(config.dst_prefix) for each in config.identifier])
    timeout_s = config.binding_timeout_ms / 1000.0
    propagator = config.trace_propagator.mk(scoped.rng)
    router = HttpJunction(
        config.label, scoped, identifier, bindings, timeout_s, access_log, propagator
    )
    buffered = config.stream_after_content_length_kb * 1024
    listeners = [
        listener_of(
            server,
            router,
            scoped,
            limits,
            buffered,
            dispatch_of(router, server.clear_context, config.compression_level, keeping),
            config.streaming_enabled,
        )
        for server in config.servers
    ]
    for server, listener in zip(config.servers, listeners, strict=True):
        if server.tls is not None:
            secure(listener, server.tls, store, scoped)
    if config.originator:
        scoped.metrics.gauge("originator", read=lambda: 1)
    return HttpRouter(config, router, bindings, interpreter, listeners, access_log)


def client_policies(
    config: HttpRouterConfig, securities: ClientSecurities
) -> Callable[[Path], ClientPolicy]:
    """What tells the policy of a client by its id."""

    def policy(client_id: Path) -> ClientPolicy:
        parameters = config.client.parameters(client_id)
        return client_policy(parameters, securities.of(client_id, parameters.tls))

    return policy


def service_policies(config: HttpRouterConfig) -> Callable[[Path], ServicePolicy]:
    """What tells the policy of a service by its name."""
    return lambda name: service_policy(config.service.parameters(name))


def client_policy(
    config: ClientParameters,
    secure: Callable[[Scope], Security | None] | None = None,
) -> ClientPolicy:
    """The policy of a client with these parameters."""
    return ClientPolicy(
        config.load_balancer,
        config.failure_accrual,
        config.requeue_budget,
        config.connect_timeout_ms / 1000.0,
        session=session_of(config),
        pool=pool_of(config),
        show_certificate=certificates_of(config),
        attempt_timeout_s=limit_s(config.request_attempt_timeout_ms),
        socket_options=config.socket_options,
        fail_fast=config.fail_fast,
        secure=secure,
    )


def session_of(config: ClientParameters) -> SessionTimes | None:
    """How long connections to endpoints last; None is for ever."""
    session = config.client_session
    pool = config.host_connection_pool
    times = SessionTimes(
        seconds(session.idle_time_ms),
        seconds(session.life_time_ms),
        pool.min_size,
        seconds(pool.idle_time_ms),
    )
    limited = times[:2] != SessionTimes()[:2] or pool.idle_time_ms is not None
    return times if limited or pool_of(config) is not None else None


def pool_of(config: ClientParameters) -> tuple[int, int] | None:
    """How many connections an endpoint has and how many requests wait; None is any number."""
    pool = config.host_connection_pool
    return None if pool.max_size == UNBOUNDED else (pool.max_size, pool.max_waiters)


def seconds(milliseconds: int | None) -> float:
    """A time that may not be limited."""
    return FOR_EVER if milliseconds is None else milliseconds / 1000.0


def certificates_of(config: ClientParameters) -> Callable[[Certificate], bytes] | None:
    """What writes the certificates of clients down, if that is wanted."""
    if not config.forward_client_cert:
        return None
    # It takes a library with it that is not needed otherwise.
    from linkerd.router.client_cert import show_certificate

    return show_certificate


def keeping_of(config: HttpRouterConfig) -> Keeping:
    """Which answers are taken in whole before they are passed on."""
    return Keeping(
        config.stream_after_content_length_kb * 1024,
        not config.streaming_enabled,
        UNLIMITED if config.streaming_enabled else config.max_response_body_kb * 1024,
    )


def access_log_of(config: HttpRouterConfig, runtime: Runtime) -> AccessLog | None:
    """The access log, if one is wanted."""
    if config.http_access_log is None:
        return None
    return AccessLog(
        runtime,
        config.http_access_log,
        format_of(config.http_access_log_format, config.label),
        read_policy(config.http_access_log_roll_policy),
        config.http_access_log_append,
        config.http_access_log_rotate_count,
    )


def limits_of(config: HttpRouterConfig) -> Limits:
    """How large messages may be, and whether there may be tunnels."""
    body_kb = config.max_request_body_kb
    if body_kb is None and not config.streaming_enabled:
        body_kb = WHOLE_KB
    return Limits(
        config.max_initial_line_kb * 1024,
        config.max_headers_kb * 1024,
        config.max_headers,
        config.max_chunk_line_bytes,
        config.max_trailers_kb * 1024,
        UNLIMITED if body_kb is None else body_kb * 1024,
        upgrade=config.upgrade_enabled,
        connect=config.connect_enabled,
        error=config.max_err_response_kb * 1024,
    )


def service_policy(config: ServiceParameters) -> ServicePolicy:
    """The policy of a service with these parameters."""
    retries = config.retries
    return ServicePolicy(
        config.response_classifier.mk(),
        retries.budget,
        retries.backoff.mk() if retries.backoff is not None else None,
        retries.max_per_request,
        limit_s(config.total_timeout_ms),
    )
