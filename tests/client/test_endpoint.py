"""One address: its pool, and how failures and probes change its status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.name.fakes import bound
from tests.support.memory import MemoryNetwork, TestServer
from tests.support.runtime import make_runtime

from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.base import BUSY, OPEN
from linkerd.balancer.p2c import P2cConfig
from linkerd.client.client import Client
from linkerd.client.http import HttpConnections
from linkerd.net.exchange import Exchange
from linkerd.wire.http1 import Limits

if TYPE_CHECKING:
    from linkerd.net.connection import Connection


class Dialler(Exchange):
    """Keeps what came of its dial."""

    def __init__(self) -> None:
        super().__init__()
        self.connection: Any = None
        self.why = ""

    def connected(self, connection: Connection) -> None:
        self.connection = connection

    def not_connected(self, why: str, code: str = "") -> None:
        self.why = why


class World:
    """A client of one endpoint, 127.0.0.1:80."""

    def __init__(self) -> None:
        self.network = MemoryNetwork()
        runtime = make_runtime(self.network)
        self.client = Client(
            bound("/#/fake/web", 80),
            runtime,
            P2cConfig(),
            DEFAULT_ACCRUAL,
            HttpConnections(Limits()),
        )
        self.endpoint = self.client.endpoints["127.0.0.1", 80]

    def dial(self) -> Dialler:
        dialler = Dialler()
        self.endpoint.dial(dialler)
        self.network.pump()
        return dialler


@pytest.fixture
def world() -> World:
    return World()


def test_a_dial_gives_a_connection(world: World) -> None:
    server = TestServer(world.network, 80)
    dialler = world.dial()
    assert dialler.connection.endpoint is world.endpoint
    assert (world.endpoint.open, world.endpoint.idle) == (1, [])
    assert world.client.transport_stats.connects.value == 1
    server.peer.close()
    world.network.pump()
    assert world.endpoint.open == 0
    assert world.client.transport_stats.closes.value == 1


def test_a_refused_dial_is_a_failure(world: World) -> None:
    dialler = world.dial()
    assert dialler.why == "connection refused"
    assert world.endpoint.open == 0
    assert world.endpoint.accrual.policy.failures == 1  # type: ignore[attr-defined]


def test_a_dial_without_an_answer_times_out(world: World) -> None:
    world.network.black_holes.add("127.0.0.1")
    dialler = world.dial()
    world.network.advance(1.1)
    assert dialler.why == "connection timed out"


def test_a_resting_connection_is_used_again_last_one_first(world: World) -> None:
    TestServer(world.network, 80)
    one, two = world.dial().connection, world.dial().connection
    one.rest()
    two.rest()
    assert world.endpoint.idle == [one, two]


def test_a_resting_connection_that_speaks_is_dropped(world: World) -> None:
    server = TestServer(world.network, 80)
    world.dial().connection.rest()
    server.peer.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    world.network.pump()
    assert (world.endpoint.idle, world.endpoint.open) == ([], 0)
    assert server.peer.lost


def test_a_removed_endpoint_closes_what_rests_and_takes_nothing_back(world: World) -> None:
    server = TestServer(world.network, 80)
    used, resting = world.dial().connection, world.dial().connection
    resting.rest()
    world.endpoint.close()
    world.network.pump()
    assert server.peers[1].eof
    used.rest()
    world.network.pump()
    assert server.peers[0].eof
    assert world.endpoint.idle == []


def test_five_failures_make_it_busy_until_a_probe_succeeds(world: World) -> None:
    endpoint = world.endpoint
    for _ in range(4):
        endpoint.failed(0.0)
    assert endpoint.status == OPEN
    endpoint.failed(0.0)
    assert endpoint.status == BUSY
    world.network.advance(5.2)
    assert endpoint.status == OPEN, "open for a probe"
    endpoint.started()
    assert endpoint.status == BUSY, "one probe at a time"
    endpoint.succeeded(6.0)
    assert endpoint.status == OPEN


def test_a_probe_without_a_verdict_leaves_the_door_open(world: World) -> None:
    endpoint = world.endpoint
    for _ in range(5):
        endpoint.failed(0.0)
    world.network.advance(5.2)
    endpoint.started()
    endpoint.ignored()
    assert endpoint.status == OPEN


def test_a_marked_endpoint_that_answers_is_told_from_one_that_fails(world: World) -> None:
    endpoint = world.endpoint
    for when in range(1, 6):
        endpoint.failed(float(when))
    assert (endpoint.status, endpoint.failed_at) == (BUSY, 5.0)
    endpoint.succeeded(6.0)
    assert (endpoint.status, endpoint.failed_at) == (BUSY, 0.0)


def test_a_removed_endpoint_is_not_revived(world: World) -> None:
    for _ in range(5):
        world.endpoint.failed(0.0)
    world.endpoint.close()
    world.network.advance(10.0)
    assert world.client.accrual_counts.revivals == 0
    assert world.endpoint.accrual.is_busy()


def test_what_no_request_is_expected_for_is_closed_and_can_be_dialled_again(world: World) -> None:
    server = TestServer(world.network, 80)
    assert not world.endpoint.abandon(), "nothing was ever opened"
    used, resting = world.dial().connection, world.dial().connection
    resting.rest()
    assert world.endpoint.abandon()
    world.network.pump()
    assert [peer.eof for peer in server.peers] == [False, True]
    assert not world.endpoint.abandon()
    used.rest()
    assert world.endpoint.idle == [used]
