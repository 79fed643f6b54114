"""From the configuration of an HTTP router to the router with its listeners.

In come the sections as the binder made them; out go the parts in the order of a request's way, tied
together. Nothing is started here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.identifier.base import first_of
from linkerd.router.access_log import AccessLog, format_of
from linkerd.router.access_log_policy import read_policy
from linkerd.router.binding import RouterBindings
from linkerd.router.policy import ClientPolicy, ServicePolicy
from linkerd.router.router import Router
from linkerd.router.untrusted import UntrustedDispatch
from linkerd.server.listener import Listener
from linkerd.wire.head import UNLIMITED, Limits

if TYPE_CHECKING:
    from linkerd.interpreter.base import Interpreter
    from linkerd.name.delegate import Lookups
    from linkerd.router.client_config import ClientConfig
    from linkerd.router.http_config import HttpRouterConfig
    from linkerd.router.service_config import ServiceConfig
    from linkerd.runtime import Runtime


@attrs.frozen
class HttpRouter:
    """A router that has been built, with everything that starts, stops or is shown."""

    config: HttpRouterConfig
    router: Router
    bindings: RouterBindings
    interpreter: Interpreter
    listeners: list[Listener]
    access_log: AccessLog | None


def build_http(config: HttpRouterConfig, runtime: Runtime, namers: Lookups) -> HttpRouter:
    """Build the router; `runtime` counts in the root of the metrics tree."""
    scoped = runtime.scoped(runtime.metrics.scope("rt", config.label))
    limits = limits_of(config)
    interpreter = config.interpreter.build(scoped, namers)
    bindings = RouterBindings(
        scoped,
        interpreter,
        config.dtab,
        client_policy(config.client),
        service_policy(config.service),
        limits,
        config.binding_cache,
    )
    access_log = access_log_of(config, scoped)
    identifier = first_of([each.mk(config.dst_prefix) for each in config.identifier])
    timeout_s = config.binding_timeout_ms / 1000.0
    router = Router(config.label, scoped, identifier, bindings, timeout_s, access_log)
    buffered = config.stream_after_content_length_kb * 1024
    listeners = [
        Listener(
            scoped,
            UntrustedDispatch(router) if server.clear_context else router,
            server.ip,
            server.port,
            limits,
            buffered,
            server.clear_context,
        )
        for server in config.servers
    ]
    if config.originator:
        scoped.metrics.gauge("originator", read=lambda: 1)
    return HttpRouter(config, router, bindings, interpreter, listeners, access_log)


def client_policy(config: ClientConfig) -> ClientPolicy:
    """The policy of the `client` section."""
    return ClientPolicy(
        config.load_balancer,
        config.failure_accrual,
        config.requeue_budget,
        config.connect_timeout_ms / 1000.0,
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
    """How large messages may be."""
    body_kb = config.max_request_body_kb
    return Limits(
        config.max_initial_line_kb * 1024,
        config.max_headers_kb * 1024,
        config.max_headers,
        config.max_chunk_line_bytes,
        config.max_trailers_kb * 1024,
        UNLIMITED if body_kb is None else body_kb * 1024,
    )


def service_policy(config: ServiceConfig) -> ServicePolicy:
    """The policy of the `service` section."""
    retries = config.retries
    return ServicePolicy(
        config.response_classifier.mk(),
        retries.budget,
        retries.backoff.mk() if retries.backoff is not None else None,
        retries.max_per_request,
    )
