"""From an entry under `servers` to the listener that it describes.

In come the section, the router and what takes its requests; out goes a `Listener` whose requests
pass through what the section asks for, and through nothing else. Nothing listens yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.config.duration import limit_s
from linkerd.router.call_depth import CallDepthDispatch
from linkerd.router.concurrency import ConcurrencyDispatch
from linkerd.router.forwarded import ForwardedDispatch
from linkerd.router.refused import RefusalLines
from linkerd.router.timed import TimedDispatch
from linkerd.router.timestamp import TimestampDispatch
from linkerd.server.http_listener import HttpListener
from linkerd.server.policy import ServerPolicy
from linkerd.server.whole import WholeDispatch

if TYPE_CHECKING:
    from linkerd.router.junction import HttpJunction
    from linkerd.runtime import Runtime
    from linkerd.server.base import Dispatch
    from linkerd.server.config import ServerConfig
    from linkerd.wire.http1 import Limits


def listener_of(
    server: ServerConfig,
    router: HttpJunction,
    runtime: Runtime,
    limits: Limits,
    buffered: int,
    dispatch: Dispatch,
    streaming: bool,
) -> HttpListener:
    """Make a listener; `dispatch` gets what is let through, with what is added to it."""
    if server.timeout_ms:
        dispatch = TimedDispatch(dispatch, server.timeout_ms / 1000.0, runtime.clock)
    dispatch = with_fields(server, router, runtime, dispatch)
    if not streaming:
        dispatch = WholeDispatch(dispatch)
    listener = HttpListener(
        runtime,
        dispatch,
        server.ip,
        server.port,
        policy_of(server, limits, buffered),
    )
    most = server.max_concurrent_requests
    if most is not None:
        listener.dispatch = ConcurrencyDispatch(
            listener.dispatch, router, most, listener.stats, listener.stats.scope
        )
    access_log = router.access_log
    if access_log is not None and access_log.errors:
        listener.refusal_log = RefusalLines(router, access_log)
    listener.via_dispatch = CallDepthDispatch(listener.dispatch, router, server.max_call_depth)
    return listener


def with_fields(
    server: ServerConfig, router: HttpJunction, runtime: Runtime, dispatch: Dispatch
) -> Dispatch:
    """Put what adds fields to requests before `dispatch`."""
    added = server.add_forwarded_header
    if added is not None:
        near = added.by.mk(router.label, runtime.rng)
        far = added.for_.mk(router.label, runtime.rng)
        dispatch = ForwardedDispatch(dispatch, near, far)
    if server.timestamp_header is not None:
        dispatch = TimestampDispatch(dispatch, server.timestamp_header, runtime.wall)
    return dispatch


def policy_of(server: ServerConfig, limits: Limits, buffered: int) -> ServerPolicy:
    """The values of the section, ready for use."""
    session = server.server_session
    return ServerPolicy(
        limits,
        buffered,
        server.clear_context,
        server.head_timeout_ms / 1000.0,
        server.body_idle_timeout_ms / 1000.0,
        session.idle_time_ms / 1000.0,
        limit_s(session.life_time_ms),
        session.tunnel_idle_time_ms / 1000.0,
        server.socket_options,
    )


__all__ = ["listener_of", "policy_of"]
