from __future__ import annotations

from tests.client.test_endpoint import World
from tests.support.memory import TestServer

from linkerd.client.stats import opened, pooled
from linkerd.telemetry.metrics import CounterReading, Gauge


def exported(world: World) -> dict[str, float | None]:
    return {
        "/".join(labels): metric.read()
        for labels, metric in world.client.scope.walk()
        if isinstance(metric, Gauge | CounterReading)
    }


def test_pools_are_counted() -> None:
    world = World()
    TestServer(world.network, 80)
    used, resting = world.dial(), world.dial()
    resting.connection.rest()
    assert (pooled(world.client), opened(world.client)) == (1, 2)
    assert used.connection is not resting.connection
    numbers = exported(world)
    assert (numbers["pool_cached"], numbers["pool_size"]) == (1, 2)


def test_the_balancer_is_told_of_by_its_endpoints() -> None:
    world = World()
    numbers = exported(world)
    assert numbers["available"] == 1
    assert numbers["loadbalancer/size"] == 1
    assert numbers["loadbalancer/available"] == 1
    assert numbers["loadbalancer/algorithm/p2c_least_loaded"] == 1
    assert numbers["loadbalancer/meanweight"] == 1
    picked = world.client.balancer.pick(0.0)
    assert picked is not None
    assert exported(world)["loadbalancer/load"] == 1
    world.client.balancer.release(picked, 0.0, 0.0)
    for _ in range(5):
        world.endpoint.failed(0.0)
    numbers = exported(world)
    assert (numbers["available"], numbers["loadbalancer/busy"]) == (0, 1)
    assert numbers["failure_accrual/removals"] == 1
    assert numbers["failure_accrual/removed_for_ms"] == world.client.accrual_counts.removed_for_ms
