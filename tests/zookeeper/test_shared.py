"""One session for each ensemble."""

from __future__ import annotations

from tests.support.namers import virtual_runtime
from tests.zookeeper.fakes import FakeZooKeeper

from linkerd.telemetry.metrics import Scope
from linkerd.zookeeper.ensemble import Ensemble
from linkerd.zookeeper.shared import LINGER_S, shared_session


def test_one_for_all_parts_of_a_process() -> None:
    runtime = virtual_runtime()
    first = shared_session(runtime, Ensemble("a:1,b:1"))
    assert shared_session(runtime.scoped(Scope()), Ensemble("a:1,b:1")) is first
    assert shared_session(runtime, Ensemble("c:1")) is not first
    assert shared_session(virtual_runtime(), Ensemble("a:1,b:1")) is not first


def test_it_ends_a_while_after_its_last_use() -> None:
    runtime = virtual_runtime()
    server = FakeZooKeeper(runtime)
    shared = server.shared()
    one, two = shared.acquire(), shared.acquire()
    assert one is two
    shared.release()
    shared.release()
    runtime.reactor.advance(LINGER_S - 0.1)
    assert shared.acquire() is one
    runtime.reactor.advance(LINGER_S)
    assert len(server.sessions) == 1
    shared.release()
    runtime.reactor.advance(LINGER_S)
    assert server.sessions == []
    assert shared.acquire() is not one
    shared.release()
    shared.close()
    assert server.sessions == []
    assert runtime.reactor.getDelayedCalls() == []


def test_closing_leaves_those_that_use_it() -> None:
    server = FakeZooKeeper(virtual_runtime())
    shared = server.shared()
    shared.acquire()
    shared.close()
    assert len(server.sessions) == 1
