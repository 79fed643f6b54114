"""A client's set of endpoints as discovery changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime

from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.base import BUSY
from linkerd.balancer.p2c import P2cConfig
from linkerd.client.client import MAX_SHOWN, Client
from linkerd.client.http import HttpConnections
from linkerd.name.activity import Source
from linkerd.name.addr import (
    ADDR_NEG,
    ADDR_PENDING,
    Addr,
    AddrBound,
    Address,
    AddrFailed,
    BoundName,
)
from linkerd.name.path import Path
from linkerd.net.exchange import Exchange
from linkerd.wire.http1 import Limits

if TYPE_CHECKING:
    from linkerd.balancer.base import BalancerConfig


class Waiting(Exchange):
    """Counts how often it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0

    def bound(self, now: float) -> None:
        self.told += 1


def at(*ports: int, host: str = "127.0.0.1", weight: float = 1.0) -> AddrBound:
    return AddrBound(frozenset(Address(host, port, weight) for port in ports))


@pytest.fixture
def addr() -> Source[Addr]:
    return Source(ADDR_PENDING)


def make(addr: Source[Addr], balancer: BalancerConfig | None = None) -> Client:
    runtime = make_runtime(MemoryNetwork())
    name = BoundName(Path.read("/#/fake/web"), addr)
    return Client(
        name, runtime, balancer or P2cConfig(), DEFAULT_ACCRUAL, HttpConnections(Limits())
    )


def test_it_knows_nothing_at_first(addr: Source[Addr]) -> None:
    client = make(addr)
    assert (client.id, client.known, client.problem) == ("/#/fake/web", False, "")
    assert client.balancer.pick(0.0) is None


@pytest.mark.parametrize("news", [at(80), AddrFailed("no"), ADDR_NEG, at()])
def test_news_of_any_kind_lets_waiting_requests_go_on(addr: Source[Addr], news: Addr) -> None:
    client = make(addr)
    one = Waiting()
    client.waiting.append(one)
    addr.set(news)
    assert (one.told, client.waiting) == (1, [])


def test_endpoints_that_stay_are_the_same_objects(addr: Source[Addr]) -> None:
    client = make(addr)
    addr.set(at(80, 81))
    before = client.endpoints["127.0.0.1", 80]
    addr.set(at(80, 82, weight=2.0))
    assert client.endpoints["127.0.0.1", 80] is before
    assert before.address.weight == 2.0
    assert list(client.endpoints) == [("127.0.0.1", 80), ("127.0.0.1", 82)]
    assert client.balancer.size == 2


def test_a_failure_does_not_take_known_addresses_away(addr: Source[Addr]) -> None:
    client = make(addr)
    addr.set(at(80))
    addr.set(AddrFailed("down"))
    assert (client.problem, len(client.endpoints)) == ("down", 1)
    addr.set(at(80, 81))
    assert (client.problem, len(client.endpoints)) == ("", 2)


def test_negative_means_none(addr: Source[Addr]) -> None:
    client = make(addr)
    addr.set(at(80))
    addr.set(ADDR_NEG)
    assert (client.endpoints, client.balancer.size, client.known) == ({}, 0, True)


def test_probation_keeps_healthy_endpoints_that_vanish(addr: Source[Addr]) -> None:
    client = make(addr, P2cConfig(enable_probation=True))
    addr.set(at(80, 81))
    sick = client.endpoints["127.0.0.1", 81]
    sick.become(BUSY)
    addr.set(at(82))
    assert [port for _, port in client.endpoints] == [80, 82]
    assert not client.endpoints["127.0.0.1", 80].removed
    assert sick.removed


def test_addresses_are_shown_as_people_write_them(addr: Source[Addr]) -> None:
    client = make(addr)
    addr.set(AddrBound(frozenset({Address("::1", 80), Address("10.0.0.1", 80)})))
    assert client.addresses() == "10.0.0.1:80, [::1]:80"


def test_a_bounded_number_of_addresses_is_shown(addr: Source[Addr]) -> None:
    client = make(addr)
    addr.set(at(*range(1, MAX_SHOWN + 6)))
    assert client.addresses().endswith(f", 127.0.0.1:{MAX_SHOWN}, and 5 more")


def test_closed_it_watches_and_exports_nothing(addr: Source[Addr]) -> None:
    client = make(addr)
    addr.set(at(80))
    endpoint = client.endpoints["127.0.0.1", 80]
    client.close()
    assert addr.observers == 0
    assert endpoint.removed
    assert client.scope.labels() == ()
