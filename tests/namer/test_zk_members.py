"""The members of one service: read once, applied in one go."""

from __future__ import annotations

import json

from tests.support.namers import Seen, virtual_runtime
from tests.zookeeper.fakes import FakeZooKeeper

from linkerd.name.activity import Ok
from linkerd.namer.discovery import STALE, Tally
from linkerd.namer.serversets import Serversets
from linkerd.namer.zk_members import AT_ONCE, ZkMembers

PATH = "/discovery/web"


def member(port: int) -> bytes:
    return json.dumps({"serviceEndpoint": {"host": "127.0.0.1", "port": port}}).encode()


class Set:
    """A set with a ZooKeeper behind it."""

    def __init__(self) -> None:
        self.runtime = virtual_runtime()
        self.server = FakeZooKeeper(self.runtime)
        tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics)
        self.gone: list[int] = []
        self.shared = self.server.shared()
        self.serverset = ZkMembers(
            self.runtime, self.shared, tally, PATH, Serversets(), lambda: self.gone.append(1)
        )

    def join(self, number: int) -> None:
        self.server.create(f"{PATH}/member_{number:010}", member(number))

    def turn(self, seconds: float = 0.001) -> None:
        self.runtime.reactor.pump([0.001] * 30 + [seconds])

    def ports(self) -> set[int]:
        return {each.port for each in self.serverset.discovery.value or ()}


def test_each_member_is_read_once() -> None:
    one = Set()
    one.join(1)
    one.join(2)
    one.server.create(f"{PATH}/vector_1", b"{}")
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    one.join(3)
    one.turn()
    assert one.ports() == {1, 2, 3}
    assert one.server.reads == 3
    seen.close()


def test_many_are_applied_in_one_go() -> None:
    one = Set()
    count = 5 * AT_ONCE + 7
    for number in range(1, count + 1):
        one.join(number)
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    values = [state.value for state in seen.all if isinstance(state, Ok)]
    assert [len(value or ()) for value in values] == [count]
    seen.close()


def test_one_that_leaves_while_it_is_read() -> None:
    one = Set()
    one.join(1)
    one.join(2)
    seen = Seen(one.serverset.discovery.state)
    one.runtime.reactor.advance(0.0)
    one.server.delete(f"{PATH}/member_{2:010}")
    one.turn()
    assert one.ports() == {1}
    seen.close()


def test_one_that_is_no_member() -> None:
    one = Set()
    one.join(1)
    one.server.create(f"{PATH}/member_x", b"?")
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    assert one.ports() == {1}
    seen.close()


def test_one_that_cannot_be_read_is_tried_again() -> None:
    one = Set()
    one.join(1)
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    broken = f"{PATH}/member_{2:010}"
    one.server.broken.add(broken)
    one.join(2)
    one.turn()
    assert one.ports() == {1}
    assert one.serverset.discovery.phase == STALE
    one.server.broken.clear()
    one.turn(1.1)
    one.turn()
    assert one.ports() == {1, 2}
    seen.close()


def test_nobody_looks_any_more() -> None:
    one = Set()
    one.join(1)
    seen = Seen(one.serverset.discovery.state)
    one.runtime.reactor.advance(0.0)
    seen.close()
    one.turn()
    assert one.gone == [1]
    [session] = one.server.sessions
    assert session.followers == {}
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    assert one.ports() == {1}
    seen.close()
