"""The members of one service: read once, applied in one go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.namers import Seen, virtual_runtime
from tests.zookeeper.fakes import FakeZooKeeper

from linkerd.name.activity import Ok
from linkerd.namer.discovery import OK, STALE, Tally
from linkerd.namer.serversets import Serversets
from linkerd.namer.zk_members import AT_ONCE, ZkMembers

if TYPE_CHECKING:
    from linkerd.namer.roster import Served

PATH = "/discovery/web"


def member(port: int) -> bytes:
    return json.dumps({"serviceEndpoint": {"host": "127.0.0.1", "port": port}}).encode()


def vector(weight: float) -> bytes:
    return json.dumps({"vector": [{"select": "inet=127.0.0.1:1", "weight": weight}]}).encode()


class Set:
    """A set with a ZooKeeper behind it."""

    def __init__(self, keep_s: float = 0.0) -> None:
        self.runtime = virtual_runtime()
        self.server = FakeZooKeeper(self.runtime)
        tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics)
        self.gone: list[int] = []
        self.shared = self.server.shared()
        self.serverset = ZkMembers(
            self.runtime,
            self.shared,
            tally,
            PATH,
            Serversets(),
            lambda: self.gone.append(1),
            keep_s,
        )

    def join(self, number: int) -> None:
        self.server.create(f"{PATH}/member_{number:010}", member(number))

    def turn(self, seconds: float = 0.001) -> None:
        self.runtime.reactor.pump([0.001] * 30 + [seconds])

    def served(self) -> Served:
        edition = self.serverset.discovery.value
        assert edition is not None
        return edition.served("")

    def weights(self) -> set[float]:
        return {each.weight for each in self.served().literal}

    def ports(self) -> set[int]:
        edition = self.serverset.discovery.value
        return {each.port for _, each in edition.roster.members()} if edition else set()


def test_each_member_is_read_once() -> None:
    one = Set()
    one.join(1)
    one.join(2)
    one.server.create(f"{PATH}/other_1", b"{}")
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
    assert [len(value.roster.members()) for value in values if value] == [count]
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


def test_a_path_that_is_wiped_keeps_its_members_for_a_while() -> None:
    one = Set(keep_s=40.0)
    one.join(1)
    one.join(2)
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    one.server.delete(PATH)
    one.turn(39.0)
    assert one.ports() == {1, 2}
    assert one.serverset.discovery.phase == STALE
    assert "all members have left; kept for 40 s" in one.serverset.discovery.why
    # Restored, under the same names, with something else in them.
    one.server.create(f"{PATH}/member_{1:010}", member(7))
    one.turn()
    assert one.ports() == {7}
    assert one.serverset.discovery.phase == OK
    one.turn(100.0)
    assert one.ports() == {7}
    one.server.delete(f"{PATH}/member_{1:010}")
    one.turn(30.0)
    assert one.ports() == {7}
    one.turn(11.0)
    assert one.ports() == set()
    assert one.serverset.discovery.phase == OK
    one.server.delete(PATH)
    one.turn()
    assert seen.last == Ok(None)
    seen.close()


def test_nobody_is_kept_for_those_who_look_no_more() -> None:
    one = Set(keep_s=40.0)
    one.join(1)
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    one.server.delete(PATH)
    one.turn()
    seen.close()
    one.turn(100.0)
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    assert seen.last == Ok(None)
    seen.close()


def test_weights_are_followed_where_they_stand() -> None:
    one = Set()
    one.join(1)
    one.server.create(f"{PATH}/vector_a", vector(0.5))
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    assert one.weights() == {0.5}
    one.server.write(f"{PATH}/vector_a", vector(0.25))
    one.turn()
    assert one.weights() == {0.25}
    one.server.suspend()
    one.server.write(f"{PATH}/vector_a", vector(2.0))
    one.turn(1.0)
    assert one.weights() == {0.25}
    one.server.resume()
    one.turn()
    assert one.weights() == {2.0}
    one.server.delete(f"{PATH}/vector_a")
    one.turn()
    assert one.weights() == {1.0}
    assert one.server.reads == 4
    seen.close()


def test_a_server_without_a_majority_is_believed_with_a_doubt() -> None:
    one = Set()
    one.join(1)
    one.server.read_only = True
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    assert one.ports() == {1}
    assert one.serverset.discovery.phase == STALE
    assert "read-only" in one.serverset.discovery.why
    one.server.read_only = False
    one.server.resume()
    one.turn()
    assert one.serverset.discovery.phase == OK
    seen.close()


def test_one_that_flaps_leaves_the_others_alone() -> None:
    one = Set()
    one.join(1)
    one.join(2)
    seen = Seen(one.serverset.discovery.state)
    one.turn()
    first = one.served()
    # A new session of the same server: the old node goes, another with the same address comes.
    one.server.delete(f"{PATH}/member_{2:010}")
    one.server.create(f"{PATH}/member_{3:010}", member(2))
    one.turn()
    assert one.served() == first
    seen.close()
