"""A listener gets what its section asks for, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.configured import read
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime

from linkerd.router.concurrency import ConcurrencyDispatch
from linkerd.router.forwarded import ForwardedDispatch
from linkerd.router.listening import listener_of, policy_of
from linkerd.router.timestamp import TimestampDispatch
from linkerd.tls.shared import SharedStore
from linkerd.wire.head import Limits

if TYPE_CHECKING:
    from linkerd.router.build import HttpRouter
    from linkerd.server.http_listener import HttpListener as Listener


def listener(server: str = "{}") -> tuple[HttpRouter, Listener]:
    config = read(servers=f"[{server}]")
    runtime = make_runtime(MemoryNetwork())
    built = config.mk(runtime, (), SharedStore(runtime))
    router = built.router
    return built, listener_of(config.servers[0], router, runtime, Limits(), 5, router, True)


def test_by_default_requests_go_to_the_router_at_once() -> None:
    built, found = listener()
    assert found.dispatch is built.router


def test_the_limit_comes_before_what_is_added() -> None:
    server = "{maxConcurrentRequests: 9, timestampHeader: x-t, addForwardedHeader: {}}"
    built, found = listener(server)
    limit = found.dispatch
    assert isinstance(limit, ConcurrencyDispatch)
    assert isinstance(limit.then, TimestampDispatch)
    assert isinstance(limit.then.then, ForwardedDispatch)
    assert limit.then.then.then is built.router


def test_times_in_seconds() -> None:
    session = "serverSession: {idleTimeMs: 1000, lifeTimeMs: 2000}"
    text = f"[{{headTimeoutMs: 1500, bodyIdleTimeoutMs: 0, {session}}}]"
    (server,) = read(servers=text).servers
    policy = policy_of(server, Limits(), 5)
    assert (policy.head_s, policy.body_s) == (1.5, 0.0)
    assert (policy.idle_s, policy.life_s) == (1.0, 2.0)
    assert policy.buffered == 5


def test_default_times() -> None:
    (server,) = read().servers
    policy = policy_of(server, Limits(), 5)
    assert (policy.head_s, policy.body_s, policy.idle_s, policy.life_s) == (10.0, 30.0, 600.0, 0.0)
