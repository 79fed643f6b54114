"""From the configuration of an HTTP router to the router with its listeners.

In come the sections as the binder made them; out go the parts in the order of a request's way, tied
together. Nothing is started here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.http import HttpConnections
from linkerd.client.whole import Keeping
from linkerd.identifier.base import first_of
from linkerd.router.access_log import AccessLog, format_of
from linkerd.router.access_log_policy import read_policy
from linkerd.router.binding import RouterBindings
from linkerd.router.built import BuiltRouter
from linkerd.router.dispatch import dispatch_of
from linkerd.router.junction import HttpJunction
from linkerd.router.listening import listener_of
from linkerd.router.policy import client_policies, service_policies
from linkerd.router.securing import HTTP, ClientSecurities, secure
from linkerd.wire.head import UNLIMITED, Limits

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookups
    from linkerd.router.http_config import HttpRouterConfig
    from linkerd.runtime import Runtime
    from linkerd.server.http_listener import HttpListener
    from linkerd.tls.shared import SharedStore

WHOLE_KB = 65536
"""How large a body may be, in KB, where all bodies are taken in whole and nothing else is set."""


class HttpRouter(BuiltRouter):
    """A router of HTTP that has been built."""

    __slots__ = ()

    config: HttpRouterConfig
    router: HttpJunction
    listeners: list[HttpListener]


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
        client_policies(config.client, ClientSecurities(config.client, store, scoped, HTTP)),
        service_policies(config.service),
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
            secure(listener, server.tls, store, scoped, HTTP)
    if config.originator:
        scoped.metrics.gauge("originator", read=lambda: 1)
    return HttpRouter(config, router, bindings, interpreter, listeners, access_log)


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
