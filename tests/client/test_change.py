"""Large sets of addresses: one slice a turn, without an empty moment, whatever comes in between."""

from __future__ import annotations

import gc
import random  # noqa: TID251 - seeded
from typing import TYPE_CHECKING

import pytest
from tests.client.test_client import Waiting
from tests.client.test_endpoint import Dialler
from tests.support.memory import MemoryNetwork, TestServer
from tests.support.runtime import make_runtime

from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.base import BUSY, OPEN
from linkerd.balancer.p2c import P2cConfig
from linkerd.client.change import ADDED, CLOSED, REMOVED, SLICE
from linkerd.client.client import Client
from linkerd.client.endpoint import ClientEndpoint
from linkerd.client.http import HttpConnections
from linkerd.name.activity import Source
from linkerd.name.addr import ADDR_PENDING, Addr, AddrBound, Address, AddrFailed, BoundName
from linkerd.name.path import Path
from linkerd.wire.http1 import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkerd.balancer.base import BalancerConfig

MANY = 3 * SLICE // ADDED
"""Endpoints that take three turns to add, after one to compare."""


class World:
    """A client whose turns come when the test says so."""

    def __init__(self, balancer: BalancerConfig = P2cConfig()) -> None:  # noqa: B008 - frozen
        self.network = MemoryNetwork()
        self.addr: Source[Addr] = Source(ADDR_PENDING)
        name = BoundName(Path.read("/#/fake/web"), self.addr)
        self.client = Client(
            name, make_runtime(self.network), balancer, DEFAULT_ACCRUAL, HttpConnections(Limits())
        )

    def set(self, *parts: Iterable[Address]) -> None:
        self.addr.set(AddrBound(frozenset().union(*parts)))

    def turn(self) -> bool:
        """Let one turn of the reactor pass; whether there was anything to do."""
        calls = self.network.clock.getDelayedCalls()
        if self.client.turn not in calls:
            return False
        self.client.turn.cancel()
        self.client.go_on()
        return True

    def settle(self) -> int:
        turns = 0
        while self.turn():
            turns += 1
            assert turns < 100
        return turns

    def sizes(self) -> tuple[int, int, int]:
        balancer = self.client.balancer
        assert len(self.client.endpoints) == balancer.size
        return balancer.size, balancer.adds, balancer.removes

    def at(self, address: Address) -> ClientEndpoint:
        return self.client.endpoints[address.host, address.port]


def many(port: int, weight: float = 1.0) -> list[Address]:
    return [Address(f"10.0.{i >> 8}.{i & 255}", port, weight) for i in range(MANY)]


@pytest.fixture
def world() -> World:
    return World()


def test_a_large_set_comes_a_slice_a_turn(world: World) -> None:
    world.set(many(1))
    grown = []
    while world.turn():
        grown.append(world.client.balancer.size)
    assert grown == [0, MANY // 3, 2 * MANY // 3, MANY]
    assert world.sizes() == (MANY, MANY, 0)
    assert world.client.balancer.updates == 1


def test_the_first_slice_lets_waiting_requests_go_on(world: World) -> None:
    one = Waiting()
    world.client.waiting.append(one)
    world.set(many(1))
    world.turn()
    assert not world.client.known, "a request that comes now must wait, too"
    assert one.told == 0
    world.turn()
    assert (one.told, world.client.known) == (1, True)


def test_new_endpoints_come_before_old_ones_go(world: World) -> None:
    world.set(many(1))
    world.settle()
    world.set(many(2))
    smallest = MANY
    while world.turn():
        smallest = min(smallest, world.client.balancer.size)
        picked = world.client.balancer.pick(0.0)
        assert picked is not None
        assert not getattr(picked, "removed")  # noqa: B009 - of the client's kind
    assert smallest == MANY
    assert world.sizes() == (MANY, 2 * MANY, MANY)
    assert {endpoint.address.port for endpoint in world.client.endpoints.values()} == {2}


def test_a_small_change_of_a_large_set_keeps_the_rest(world: World) -> None:
    first, *others = many(1)
    new = Address("10.9.9.9", 1)
    world.set([first], others)
    world.settle()
    before = {id(world.at(address)) for address in others}
    gone = world.at(first)
    world.set([new], others)
    assert world.settle() == 2
    assert {id(world.at(address)) for address in others} == before
    assert gone.removed
    assert world.sizes() == (MANY, MANY + 1, 1)


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5])
def test_a_newer_set_takes_over_at_once(world: World, turns: int) -> None:
    world.set(many(1))
    world.settle()
    world.set(many(2))
    for _ in range(turns):
        world.turn()
    newest = [*many(1)[:10], *many(3)]
    world.set(newest)
    world.settle()
    assert {endpoint.address for endpoint in world.client.endpoints.values()} == set(newest)
    size, adds, removes = world.sizes()
    assert size == adds - removes == len(newest)
    assert world.client.balancer.updates == 3
    assert world.client.balancer.count(OPEN) == len(newest)


def test_all_go_a_slice_a_turn_and_requests_go_on_with_the_rest(world: World) -> None:
    world.set(many(1), many(2), many(3))
    world.settle()
    world.set()
    sizes = [world.client.balancer.size for _ in iter(world.turn, False)]
    assert sizes == [3 * MANY, 3 * MANY - SLICE // REMOVED, *sizes[2:-1], 0]
    assert world.client.balancer.pick(0.0) is None


def test_a_failure_half_way_does_not_stop_the_change(world: World) -> None:
    world.set(many(1))
    world.turn()
    world.turn()
    world.addr.set(AddrFailed("gone away"))
    world.settle()
    assert world.client.balancer.size == MANY
    assert world.client.problem == "gone away"


def test_closed_half_way_it_does_no_more_of_it(world: World) -> None:
    world.set(many(1), many(2))
    for _ in range(3):
        world.turn()
    endpoints = list(world.client.endpoints.values())
    world.client.close()
    world.settle()
    assert len(world.client.endpoints) == len(endpoints) < 2 * MANY
    assert all(endpoint.removed for endpoint in endpoints)


@pytest.mark.parametrize("count", [1, MANY])
def test_a_new_weight_keeps_the_endpoint_and_its_state(world: World, count: int) -> None:
    light, heavy = many(1)[:count], many(1, weight=2.0)[:count]
    world.set(light)
    world.settle()
    before = [world.at(address) for address in light]
    before[0].pending = 7
    world.set(heavy, many(2)[:1])
    world.settle()
    assert [world.at(address) for address in heavy] == before
    assert [endpoint.address for endpoint in before] == heavy
    assert not any(endpoint.removed for endpoint in before)
    assert world.sizes() == (count + 1, count + 1, 0)
    assert world.client.balancer.mean_weight() == (2.0 * count + 1.0) / (count + 1)
    assert world.client.balancer.outstanding() == 7


def test_of_several_weights_of_one_address_the_greatest_counts(world: World) -> None:
    light, middle, heavy = (Address("10.0.0.1", 1, weight) for weight in (0.5, 1.0, 2.0))
    world.set([light, middle])
    endpoint = world.at(light)
    assert (endpoint.address, world.sizes()) == (middle, (1, 1, 0))
    world.set([light, middle, heavy])
    assert (endpoint.address, world.client.balancer.mean_weight()) == (heavy, 2.0)
    world.set([light, middle, heavy, Address("10.0.0.2", 1, 2.0)])
    assert (endpoint.address, world.client.balancer.mean_weight()) == (heavy, 2.0)
    world.set([light])
    assert world.at(light) is endpoint
    assert (endpoint.address, world.client.balancer.mean_weight()) == (light, 0.5)
    assert (world.sizes(), endpoint.removed) == ((1, 2, 1), False)


def test_several_weights_of_a_new_address_make_one_endpoint(world: World) -> None:
    old, light, heavy = Address("10.0.0.1", 1), *[Address("10.0.0.2", 1, w) for w in (0.5, 2.0)]
    world.set([old])
    world.set([old, light, heavy])
    assert world.sizes() == (2, 2, 0)
    assert world.client.balancer.weight_classes() == 2
    assert world.client.balancer.mean_weight() == 1.5


def test_an_endpoint_on_probation_goes_with_the_change_after_its_failure() -> None:
    world = World(P2cConfig(enable_probation=True))
    old, new, newer = (Address("10.0.0.1", port) for port in (1, 2, 3))
    world.set([old])
    endpoint = world.at(old)
    world.set([new])
    assert (world.at(old), endpoint.removed) == (endpoint, False)
    endpoint.become(BUSY)
    world.set([new, newer])
    assert endpoint.removed
    assert world.sizes() == (2, 3, 1)


def test_an_endpoint_on_probation_may_come_back() -> None:
    world = World(P2cConfig(enable_probation=True))
    old, new = (Address("10.0.0.1", port) for port in (1, 2))
    world.set([old])
    endpoint = world.at(old)
    world.set([new])
    world.set([old])
    assert world.at(old) is endpoint
    assert world.sizes() == (2, 2, 0)


def rest_connections(world: World, address: Address, count: int) -> None:
    """Give an endpoint idle connections."""
    diallers = [Dialler() for _ in range(count)]
    for dialler in diallers:
        world.at(address).dial(dialler)
    world.network.pump()
    for dialler in diallers:
        dialler.connection.rest()


def test_connections_are_closed_last_and_few_a_turn(world: World) -> None:
    server = TestServer(world.network, 1, ip="10.0.0.0")
    [first, *_] = addresses = many(1)
    per_turn = SLICE // CLOSED
    world.set(addresses)
    world.settle()
    rest_connections(world, first, 2 * per_turn + 1)
    endpoint = world.at(first)
    world.set(many(2))
    while world.client.change is not None:
        assert world.turn()
    assert endpoint.removed
    left = [len(endpoint.idle) for _ in iter(world.turn, False)]
    assert len(left) in (2, 3)
    assert left[-1] == 0
    world.network.pump()
    assert all(peer.eof for peer in server.peers)


def test_what_has_not_been_dialled_has_nothing_of_its_own(world: World) -> None:
    one, other = many(1)[:2]
    world.set([one, other])
    assert world.at(one).accrual is world.at(other).accrual
    for _ in range(5):
        world.at(one).failed(0.0)
    assert (world.at(one).status, world.at(other).status) == (BUSY, OPEN)
    assert not world.at(other).accrual.is_busy()
    TestServer(world.network, 1, ip=one.host)
    rest_connections(world, one, 1)
    assert (len(world.at(one).idle), len(world.at(other).idle)) == (1, 0)


def test_nothing_is_left_of_endpoints_that_have_gone(world: World) -> None:
    chance = random.Random(3)
    server = TestServer(world.network, 1, ip="10.0.0.0")
    for _ in range(20):
        world.set(many(1)[: chance.randrange(1, MANY)])
        world.settle()
        rest_connections(world, many(1)[0], 2)
        for _ in range(5):
            world.at(many(1)[0]).failed(0.0)
        world.set()
        world.settle()
        world.network.pump()
        while server.peers:
            server.peers.pop().close()
    world.network.advance(400.0)  # what was dead would have been revived
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is ClientEndpoint]
    assert world.network.transports == set()
