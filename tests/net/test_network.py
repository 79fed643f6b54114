"""The contract of networks, on every carrier; and which of them a process gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.network import RealWorld, World, memory_world, network_contract

from linkerd.net.network import EngineNetwork, StockNetwork, make_network

if TYPE_CHECKING:
    from collections.abc import Callable


def the_reactor() -> Any:
    from twisted.internet import reactor

    return reactor


def real(make: Callable[..., Any], **how: Any) -> World:
    reactor = the_reactor()
    return RealWorld(make(reactor, reactor.seconds, **how), reactor)


def outer() -> World:
    return real(EngineNetwork, outer=True)


def inner() -> World:
    return real(EngineNetwork, outer=False)


def stock() -> World:
    return real(StockNetwork)


class EngineOutsideTest(network_contract(outer)):  # type: ignore[misc]
    """The engine waits for the reactor."""


class EngineInsideTest(network_contract(inner)):  # type: ignore[misc]
    """The reactor waits for the engine."""


class StockTest(network_contract(stock)):  # type: ignore[misc]
    """Twisted's own transports."""


class MemoryTest(network_contract(memory_world)):  # type: ignore[misc]
    """No sockets."""


class SlowMemoryTest(network_contract(lambda: memory_world(0.01))):  # type: ignore[misc]
    """No sockets, but a distance."""


@pytest.mark.parametrize(
    ("switch", "name"), [("", "pure"), ("auto", "pure"), ("pure", "pure"), ("twisted", "twisted")]
)
def test_the_switch_chooses_the_carrier(switch: str, name: str) -> None:
    network = make_network(the_reactor(), the_reactor().seconds, switch)
    network.close()
    assert network.name == name


def test_another_switch_is_an_error() -> None:
    with pytest.raises(ValueError, match="auto, pure or twisted"):
        make_network(the_reactor(), the_reactor().seconds, "fast")
