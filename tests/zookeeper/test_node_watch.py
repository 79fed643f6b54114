"""The watch of a node loses no change, whatever becomes of node, connection and session."""

from __future__ import annotations

import random  # noqa: TID251

import pytest
from tests.support.namers import virtual_runtime
from tests.zookeeper.fakes import FakeZooKeeper

from linkerd.zookeeper.node_watch import AGAIN_S, NodeWatch

PATH = "/a/b"


class Watched:
    """A watch, and what it has told."""

    def __init__(self, why: str = "") -> None:
        self.runtime = virtual_runtime()
        self.server = FakeZooKeeper(self.runtime, why)
        self.session = self.server.session()
        self.seen: list[list[str] | None] = []
        self.troubles: list[str] = []
        self.watch = NodeWatch(
            self.runtime, self.session, PATH, self.seen.append, self.troubles.append
        )

    def turn(self, seconds: float = 0.01) -> None:
        self.runtime.reactor.pump([0.001] * 20 + [seconds])

    def started(self) -> Watched:
        self.watch.start()
        self.turn()
        return self


def test_children_come_and_go() -> None:
    watched = Watched()
    watched.server.create(PATH + "/one")
    watched.started()
    watched.server.create(PATH + "/two")
    watched.turn()
    watched.server.delete(PATH + "/one")
    watched.turn()
    assert watched.seen == [["one"], ["one", "two"], ["two"]]
    assert watched.troubles == []


def test_a_node_that_is_not_there_is_waited_for() -> None:
    watched = Watched().started()
    assert watched.seen == [None]
    watched.server.create(PATH)
    watched.turn()
    assert watched.seen == [None, []]


def test_a_node_that_is_deleted_and_made_again() -> None:
    watched = Watched()
    watched.server.create(PATH + "/one")
    watched.started()
    for _ in range(3):
        watched.server.delete(PATH)
        watched.turn()
        watched.server.create(PATH + "/two")
        watched.turn()
        assert watched.seen[-1] == ["two"]
    watched.server.delete(PATH)
    watched.server.create(PATH + "/three")
    watched.turn()
    assert watched.seen[-1] == ["three"]


def test_after_a_lost_connection_all_is_looked_at_again() -> None:
    watched = Watched()
    watched.server.create(PATH + "/one")
    watched.started()
    watched.server.suspend("away")
    watched.server.nodes[PATH + "/two"] = b""
    watched.turn(5.0)
    assert watched.seen == [["one"]]
    assert set(watched.troubles) == {"away"}
    watched.server.resume()
    watched.turn()
    assert watched.seen[-1] == ["one", "two"]
    watched.server.create(PATH + "/three")
    watched.turn()
    assert watched.seen[-1] == ["one", "three", "two"]


def test_without_a_connection_nothing_is_asked() -> None:
    watched = Watched("not yet").started()
    assert (watched.seen, watched.troubles) == ([], [])
    watched.server.resume()
    watched.turn()
    assert watched.seen == [None]


def test_a_stopped_watch_tells_nothing() -> None:
    watched = Watched()
    watched.server.create(PATH)
    watched.watch.start()
    watched.watch.stop()
    watched.turn()
    watched.server.create(PATH + "/one")
    watched.server.suspend()
    watched.turn(AGAIN_S)
    assert (watched.seen, watched.troubles) == ([], [])
    assert watched.session.followers == {}
    assert watched.runtime.reactor.getDelayedCalls() == []


def test_trouble_with_a_good_connection_is_tried_again() -> None:
    watched = Watched().started()
    watched.watch.look_later()
    watched.watch.look_later()
    asked = len(watched.seen)
    watched.turn(AGAIN_S)
    watched.turn()
    assert len(watched.seen) == asked + 1


@pytest.mark.parametrize("seed", range(30))
def test_a_day_of_trouble(seed: int) -> None:
    """Random changes and faults; in the end it knows what there is."""
    rng = random.Random(seed)
    watched = Watched().started()
    server = watched.server
    for _ in range(400):
        what = rng.randrange(7)
        if what == 0 and PATH in server.nodes:
            server.delete(PATH)
        elif what <= 2:
            server.create(f"{PATH}/m{rng.randrange(9)}")
        elif what == 3 and server.children(PATH):
            server.delete(f"{PATH}/{rng.choice(server.children(PATH))}")
        elif what == 4:
            server.suspend("away")
        elif what == 5:
            server.resume()
        watched.runtime.reactor.advance(rng.choice((0.0, 0.0, 0.001, 1.0, 60.0)))
    server.resume()
    watched.turn(AGAIN_S)
    watched.turn()
    assert watched.seen[-1] == (server.children(PATH) if PATH in server.nodes else None)


def test_many_children_are_not_looked_at_for_each_change() -> None:
    watched = Watched()
    for number in range(2000):
        watched.server.create(f"{PATH}/{number}")
    watched.started()
    looks = len(watched.seen)
    watched.server.create(f"{PATH}/more")
    watched.turn(0.1)
    for number in range(50):
        watched.server.create(f"{PATH}/more{number}")
        watched.runtime.reactor.advance(0.001)
    watched.turn(0.2)
    watched.turn()
    assert len(watched.seen[-1] or ()) == 2051
    assert len(watched.seen) - looks <= 3
