from __future__ import annotations

from tests.client.test_change import World as Changing
from tests.client.test_endpoint import World
from tests.support.memory import TestServer

from linkerd.balancer.aperture import ApertureConfig
from linkerd.client.stats import opened, pooled
from linkerd.name.addr import Address
from linkerd.telemetry.metrics import CounterReading, Gauge


def exported(world: World | Changing) -> dict[str, float | None]:
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


def test_an_aperture_is_told_of_over_all_weights() -> None:
    world = Changing(ApertureConfig(min_aperture=2))

    def shown() -> dict[str, float | None]:
        numbers = exported(world)
        names = ("logical_aperture", "physical_aperture", "loadband/widen", "expired")
        return {name: numbers[f"loadbalancer/{name}"] for name in names}

    one, two, three = (Address("127.0.0.1", port) for port in (1, 2, 3))
    world.set([one, two, three])
    for _ in range(3):
        world.client.balancer.pick(5.0)
    assert list(shown().values()) == [2, 2, 0, 0]
    world.client.balancer.widened = 7  # type: ignore[attr-defined]
    heavy = Address("127.0.0.1", 4, weight=2.0)
    world.set([one, heavy])
    assert list(shown().values()) == [2, 2, 7, 0]
    world.set([heavy])
    assert list(shown().values()) == [1, 1, 7, 0], "what has been counted stays counted"


def test_only_an_aperture_tells_of_one() -> None:
    assert not [name for name in exported(World()) if "aperture" in name or "loadband" in name]
