"""Endpoints that cannot be connected to, with `failFast`."""

from __future__ import annotations

import pytest
from tests.client.test_endpoint import Dialler, World
from tests.support.memory import TestServer

from linkerd.accrual.state import DEAD
from linkerd.balancer.base import BUSY, OPEN
from linkerd.client.pool import Pool, PooledEndpoint

WEB = ("127.0.0.1", 80)


class FastWorld(World):
    """A client with `failFast`; a test's requests do not move failure accrual."""

    def __init__(self) -> None:
        super().__init__()
        self.client.fail_fast()

    @property
    def dials(self) -> int:
        """How often the network was asked."""
        return self.network.dialled.count(WEB)

    def gauge(self, name: str) -> float | None:
        """A number of `failfast/`."""
        found = dict(self.client.scope.walk())
        return next(
            metric.read()  # type: ignore[attr-defined]
            for labels, metric in found.items()
            if labels[-2:] == ("failfast", name)
        )


@pytest.fixture
def world() -> FastWorld:
    return FastWorld()


def test_a_failed_connect_makes_it_busy_and_others_fail_at_once(world: FastWorld) -> None:
    assert world.dial().why == "connection refused"
    assert world.endpoint.status == BUSY
    why = world.dial().why
    assert why == "Endpoint /#/fake/web is marked down (failFast): connection refused"
    assert world.dials == 1
    assert world.endpoint.open == 0
    assert world.endpoint.accrual.policy.failures == 2  # type: ignore[attr-defined]


def test_it_is_tried_until_it_is_up(world: FastWorld) -> None:
    world.dial()
    world.network.advance(1.2)
    assert (world.dials, world.endpoint.status) == (2, BUSY)
    assert world.gauge("unhealthy_num_tries") == 1
    assert world.gauge("unhealthy_for_ms") == 1200
    assert world.endpoint.accrual.policy.failures == 1  # type: ignore[attr-defined]
    TestServer(world.network, 80)
    world.network.advance(3.0)
    assert world.endpoint.status == OPEN
    assert len(world.endpoint.idle) == 1
    assert (world.gauge("marked_dead"), world.gauge("marked_available")) == (1, 1)
    assert world.gauge("is_marked_dead") == 0
    dials = world.dials
    world.network.advance(99.0)
    assert world.dials == dials


def test_a_connection_that_was_under_way_makes_it_available(world: FastWorld) -> None:
    TestServer(world.network, 80)
    world.endpoint.dial(Dialler())
    world.endpoint.connect_failed(world.client.clock(), "connection refused")
    assert world.endpoint.status == BUSY
    world.network.pump()
    assert world.endpoint.status == OPEN
    world.network.advance(20.0)
    assert world.dials == 1


def test_without_a_descriptor_it_is_tried_again(world: FastWorld) -> None:
    world.dial()
    TestServer(world.network, 80)
    world.network.exhausted = True
    world.network.advance(1.2)
    assert (world.endpoint.status, world.gauge("unhealthy_num_tries")) == (BUSY, 0)
    world.network.exhausted = False
    world.network.advance(1.2)
    assert world.endpoint.status == OPEN


def test_a_full_pool_is_not_exceeded(world: FastWorld) -> None:
    client = world.client
    client.pool = Pool(client.scope, 1, 9)
    endpoint = PooledEndpoint(client, world.endpoint.address, 0.0)
    TestServer(world.network, 80)
    endpoint.dial(Dialler())
    world.network.pump()
    endpoint.connect_failed(client.clock(), "connection refused")
    world.network.advance(1.2)
    assert world.dials == 1


def test_a_removed_endpoint_is_not_tried(world: FastWorld) -> None:
    world.dial()
    world.endpoint.leave()
    world.network.advance(99.0)
    assert world.dials == 1


def test_one_that_is_removed_while_it_is_dialled_is_not_either(world: FastWorld) -> None:
    world.network.black_holes.add("127.0.0.1")
    world.dial()
    world.endpoint.leave()
    world.network.advance(99.0)
    assert world.dials == 1


def test_one_that_is_refused_at_once_may_be_accruals_probe(world: FastWorld) -> None:
    for _ in range(5):
        world.dial()
    world.endpoint.accrual.revive()
    world.dial()
    assert world.client.accrual_counts.probes == 1
    assert world.endpoint.accrual.state == DEAD


def test_accrual_and_fail_fast_both_have_a_say(world: FastWorld) -> None:
    for _ in range(5):
        world.dial()
    TestServer(world.network, 80)
    world.network.advance(1.2)
    assert world.endpoint.down is not None
    assert not world.endpoint.down.state.dead
    assert world.endpoint.status == BUSY, "failure accrual has marked it for 5 s"
