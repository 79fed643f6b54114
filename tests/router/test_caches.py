"""The `bindingCache` section, and when the caches are cleaned up."""

from __future__ import annotations

import pytest

from linkerd.errors import ConfigError
from linkerd.linker import load
from linkerd.net.wheel import Wheel
from linkerd.router.caches import BindingCacheConfig, Sweep

ROUTER = "routers: [{protocol: http, servers: [{port: 4140}], bindingCache: %s}]"


def test_the_defaults_are_linkerds() -> None:
    config = BindingCacheConfig()
    sizes = (config.paths, config.trees, config.bounds, config.clients)
    assert (sizes, config.idle_ttl_secs) == ((1000, 1000, 1000, 1000), 600)


@pytest.mark.parametrize("key", ["paths", "trees", "bounds", "clients", "idleTtlSecs"])
def test_a_cache_of_nothing_is_refused(key: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(ROUTER % f"{{{key}: 0}}", "x")
    [fault] = raised.value.faults
    assert fault.path == f"routers[0].bindingCache.{key}"


def test_it_sweeps_as_long_as_there_is_something() -> None:
    wheel = Wheel()
    swept: list[float] = []

    def expire(now: float) -> bool:
        swept.append(now)
        return len(swept) < 2

    sweep = Sweep(wheel, 10.0, expire)
    sweep.start(0.0)
    sweep.start(5.0)
    for now in range(1, 60):
        wheel.sweep(float(now))
    assert swept == [11.0, 22.0]


def test_it_stops_when_told() -> None:
    wheel = Wheel()
    sweep = Sweep(wheel, 10.0, lambda _: pytest.fail("swept"))
    sweep.start(0.0)
    sweep.stop()
    wheel.sweep(20.0)
