"""When a name is looked at: virtual time, a worker that can be held, a watcher by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.namers import Seen, virtual_runtime
from tests.watch.fakes import ByHand, Worker
from twisted.logger import capturedLogs

from linkerd.name.activity import Failed, Ok, Pending
from linkerd.name.addr import Address
from linkerd.namer import fs_tree
from linkerd.namer.discovery import Tally
from linkerd.namer.fs_look import Absent, Directory, Listing, look
from linkerd.namer.fs_tree import (
    GAP,
    HOLD,
    HUNG,
    MAX_EVENTS,
    NET,
    POLL,
    SOON,
    WRITING,
    FsTree,
)
from linkerd.watch.inotify import CLOSE_WRITE, DELETE, MODIFY, OVERFLOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from linkerd.namer.fs_beside import Beside
    from linkerd.namer.fs_look import Look, Reader, Segments
    from linkerd.watch.way import Signature

TICK = 0.001
"""Seconds, less than any wait."""


def listing(*ports: int) -> Ok[Any]:
    return Ok(Listing(frozenset(Address("127.0.0.1", port) for port in ports)))


class Site:
    """A directory, the tree of its observed names, and every look at one of them."""

    def __init__(self, root: Path, watcher: ByHand | None) -> None:
        self.root = root
        self.runtime = virtual_runtime()
        self.clock = self.runtime.reactor
        self.tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics)
        self.worker = Worker()
        self.watcher = watcher
        self.tree = FsTree(self.runtime, self.tally, os.fsencode(root), self.worker)
        if watcher is not None:
            self.tree.watch_with(watcher)
        self.looks: list[tuple[str, bool]] = []
        self.broken: Exception | None = None

    def look(
        self,
        root: bytes,
        segments: Segments,
        watch: Any,
        known: Signature | None,
        reader: Reader,
        beside: Beside,
    ) -> Look:
        self.looks.append((b"/".join(segments).decode(), known is not None))
        if self.broken is not None:
            raise self.broken
        return look(root, segments, watch, known, reader, beside)

    def write(self, name: str, *ports: int) -> None:
        (self.root / name).write_text("".join(f"127.0.0.1 {port}\n" for port in ports))

    def observe(self, name: str) -> Seen[Any]:
        """Observe a name and let the first look happen."""
        seen: Seen[Any] = Seen(self.tree.at(tuple(name.encode().split(b"/"))))
        self.clock.advance(0)
        return seen

    def rested(self, name: str, *ports: int) -> Seen[Any]:
        """Write and observe a name; its next look may be at once, and has not been counted."""
        self.write(name, *ports)
        seen = self.observe(name)
        self.clock.advance(GAP)
        self.looks.clear()
        return seen

    def event(self, name: str, mask: int = CLOSE_WRITE) -> None:
        assert self.watcher is not None
        self.tree.event(self.watcher.numbers[os.fsencode(self.root)], mask, name.encode())

    def looked_within(self, seconds: float) -> list[str]:
        """Give the names looked at while time passes."""
        self.looks.clear()
        self.clock.pump([TICK] * round(seconds / TICK))
        return [name for name, _ in self.looks]

    def looked_after(self, seconds: float) -> list[str]:
        """Give the names looked at when that has passed; before it there must be none."""
        assert self.looked_within(seconds - 2 * TICK) == []
        return self.looked_within(4 * TICK)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(tmp_path, ByHand())
    monkeypatch.setattr(fs_tree, "look", site.look)
    yield site
    site.tree.close()
    assert site.clock.getDelayedCalls() == []


@pytest.fixture
def blind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(tmp_path, None)
    monkeypatch.setattr(fs_tree, "look", site.look)
    yield site
    site.tree.close()


# Observers come and go


def test_nothing_is_done_for_a_name_that_nobody_observes(site: Site) -> None:
    site.write("web", 1)
    assert site.tree.at((b"web",)).sample() == Pending()
    assert site.tree.nodes == {}
    assert site.clock.getDelayedCalls() == []


def test_an_observed_name_is_looked_at_at_once(site: Site) -> None:
    site.write("web", 1, 2)
    (site.root / "dir").mkdir()
    web, directory, none = (site.observe(name) for name in ("web", "dir", "none"))
    assert web.all == [Pending(), listing(1, 2)]
    assert directory.last == Ok(Directory())
    assert none.last == Ok(Absent())
    assert site.tree.at((b"web",)).sample() == listing(1, 2)


def test_observers_of_one_name_share_its_looks(site: Site) -> None:
    first = site.rested("web", 1)
    second = site.observe("web")
    assert second.all == [listing(1)]
    assert site.looks == []
    first.close()
    assert set(site.tree.nodes) == {(b"web",)}
    site.write("web", 2)
    site.event("web")
    site.clock.advance(GAP)
    assert second.last == listing(2)
    assert first.last == listing(1)


def test_with_the_last_observer_goes_all_of_it(site: Site) -> None:
    seen = site.rested("web", 1)
    assert site.tree.watches.watched == 2, "the root and where it is"
    site.event("web")
    seen.close()
    assert site.tree.nodes == {}
    assert site.tree.watches.watched == 0
    assert site.tally.running == {}
    assert site.looked_within(NET + POLL) == []
    assert site.clock.getDelayedCalls() == []


def test_one_batch_looks_at_all_names_that_are_due(site: Site) -> None:
    names = ["a", "b", "c"]
    for name in names:
        Seen(site.tree.at((name.encode(),)))
    site.clock.advance(0)
    assert site.worker.done == 1
    assert [name for name, _ in site.looks] == names


def test_many_names_are_looked_at_in_several_batches(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fs_tree, "MAX_BATCH", 2)
    seen = [Seen(site.tree.at((name.encode(),))) for name in "abcde"]
    site.clock.advance(0)
    assert site.worker.done == 3
    assert [name for name, _ in site.looks] == list("abcde")
    assert [each.last for each in seen] == [Ok(Absent())] * 5


def test_one_timer_is_set_for_many_names(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        Seen(site.tree.at((b"%d" % number,)))
    site.clock.advance(GAP)
    set_at: list[float] = []
    call_later = site.clock.callLater
    monkeypatch.setattr(
        site.clock, "callLater", lambda s, f, *a: (set_at.append(s), call_later(s, f, *a))[1]
    )
    site.event("any", OVERFLOW)
    assert len(set_at) == 1


def test_a_name_observed_anew_during_its_look_gets_one_of_its_own(site: Site) -> None:
    site.write("web", 1)
    site.worker.held = True
    old = site.observe("web")
    old.close()
    new = site.observe("web")
    site.worker.run()
    assert new.all == [Pending()]
    site.clock.advance(0)
    assert new.all == [Pending(), listing(1)]
    assert old.all == [Pending()]
    assert site.tree.watches.watched == 2


def test_a_look_that_nobody_waits_for_leaves_no_watch(site: Site) -> None:
    site.worker.held = True
    site.observe("web").close()
    site.worker.run()
    assert site.watcher is not None
    assert site.watcher.numbers == {}
    assert site.tree.watches.watched == 0


# Something may have changed


@pytest.mark.parametrize(("mask", "wait"), [(CLOSE_WRITE, SOON), (DELETE, SOON), (MODIFY, WRITING)])
def test_a_look_follows_an_event(site: Site, mask: int, wait: float) -> None:
    site.rested("web", 1)
    site.event("web", mask)
    assert site.looked_after(wait) == ["web"]


def test_the_end_of_writing_hastens_the_look(site: Site) -> None:
    site.rested("web", 1)
    site.event("web", MODIFY)
    site.event("web", CLOSE_WRITE)
    site.event("web", MODIFY)
    assert len(site.clock.getDelayedCalls()) == 2, "the look and the next check"
    assert site.looked_after(SOON) == ["web"]
    assert site.looked_within(2 * WRITING) == []


def test_an_event_of_another_file_is_no_reason_to_look(site: Site) -> None:
    site.rested("web", 1)
    site.event("other")
    assert site.looked_within(1) == []


def test_a_name_is_not_looked_at_more_often_than_once_a_gap(site: Site) -> None:
    site.rested("web", 1)
    looks = 0
    for _ in range(100):
        site.event("web")
        looks += len(site.looked_within(0.01))
    assert looks == pytest.approx(1 / GAP, rel=0.2)


def test_what_happens_during_a_batch_is_looked_at_after_it(site: Site) -> None:
    web = site.rested("web", 1)
    site.worker.held = True
    site.event("web")
    site.clock.advance(SOON)
    site.write("web", 2)
    site.event("web")
    site.clock.advance(1)
    assert site.looks == []
    site.worker.held = False
    site.worker.run()
    assert [name for name, _ in site.looks] == ["web"]
    assert web.last == listing(2)
    assert site.looked_after(GAP) == ["web"]
    assert site.looked_within(1) == []


@pytest.mark.parametrize(
    ("events", "looked"), [(MAX_EVENTS, []), (MAX_EVENTS + 1, ["web", "other"])]
)
def test_too_many_events_during_a_batch_make_all_names_doubtful(
    site: Site, events: int, looked: list[str]
) -> None:
    site.rested("web", 1)
    site.rested("other", 1)
    site.worker.held = True
    site.event("web")
    site.clock.advance(SOON)
    for _ in range(events):
        site.event("of no concern")
    site.worker.run()
    assert sorted(site.looked_within(2 * GAP)) == sorted(looked)
    assert site.looked_within(1) == [], "once"


def test_an_overflow_makes_all_names_doubtful(site: Site) -> None:
    site.rested("web", 1)
    site.rested("other", 1)
    site.tree.event(-1, OVERFLOW, b"")
    assert sorted(site.looked_within(2 * GAP)) == ["other", "web"]


def test_the_last_event_is_told(site: Site) -> None:
    assert site.tree.last_event is None
    site.rested("web", 1)
    site.event("web", MODIFY)
    assert site.tree.last_event == ("modify", "web", site.clock.seconds())
    site.tree.event(1, DELETE, b"\xff")
    assert site.tree.last_event == ("delete", "\ufffd", site.clock.seconds())


# Checks for lost events


def test_everything_is_looked_at_now_and_then(site: Site) -> None:
    site.observe("web")
    site.looked_within(NET - 2 * TICK)
    assert site.looked_within(4 * TICK) == ["web"]
    assert site.looked_after(NET - 2 * TICK) == ["web"]
    assert site.tree.state()["watching"] == "inotify"


def test_what_has_not_changed_is_not_read_again(site: Site) -> None:
    web = site.rested("web", 1)
    for known in (False, True, True):
        site.looks.clear()
        site.clock.advance(NET)
        site.clock.advance(0)
        assert site.looks == [("web", known)], "twice the same signature, then it is certain"
    site.clock.advance(GAP)
    site.event("web")
    site.looks.clear()
    site.clock.advance(SOON)
    assert site.looks == [("web", False)], "something happened"
    assert web.all == [Pending(), listing(1)]


@pytest.mark.parametrize("disturbed", [False, True])
def test_an_event_before_the_look_of_a_check_has_the_file_read(site: Site, disturbed: bool) -> None:
    site.rested("web", 1)
    site.clock.advance(NET - GAP - SOON - TICK)
    site.event("web")
    site.clock.pump([SOON, 2 * TICK])
    if disturbed:
        site.event("web")
    site.clock.advance(GAP)
    assert site.looks == [("web", False), ("web", not disturbed)]


def test_a_check_does_not_hasten_the_look_after_a_doubtful_one(site: Site) -> None:
    web = site.rested("web", 1)
    site.write("web")
    site.clock.advance(NET - GAP - SOON - TICK)
    site.event("web")
    site.clock.advance(SOON)
    assert site.looked_after(HOLD) == ["web"]
    assert web.last == listing()


def test_polls_without_a_watcher(blind: Site) -> None:
    web = blind.rested("web", 1)
    assert blind.tree.state()["watching"] == "polling"
    assert blind.looked_after(POLL - GAP) == ["web"]
    blind.write("web", 2)
    blind.clock.pump([TICK] * 1100)
    assert web.last == listing(2)


def test_polls_however_often_something_else_is_looked_at(blind: Site) -> None:
    blind.rested("web", 1)
    looked: list[str] = []
    for number in range(6):
        blind.observe(f"other{number}")
        looked += blind.looked_within(POLL / 4)
    assert looked.count("web") == 1


def test_polls_as_soon_as_a_directory_cannot_be_watched(site: Site) -> None:
    assert site.watcher is not None
    site.watcher.limit = 1
    seen = site.observe("web")
    assert site.tree.state()["watching"] == "polling"
    assert site.looked_after(POLL) == ["web"]
    seen.close()
    assert site.tree.state()["watching"] == "inotify"


def test_a_file_system_that_does_not_answer_makes_names_stale(site: Site) -> None:
    web = site.rested("web", 1)
    site.worker.held = True
    site.event("web")
    site.clock.advance(SOON)
    new = Seen(site.tree.at((b"new",)))
    discovery = site.tree.nodes[b"web",].discovery
    site.clock.pump([TICK] * round(HUNG / TICK))
    assert discovery.phase == "ok"
    site.clock.pump([TICK] * round(NET / TICK))
    assert discovery.phase == "stale"
    assert discovery.why == "the file system has not answered for 10 s"
    assert web.last == listing(1)
    assert new.last == Failed("the file system has not answered for 10 s")
    site.worker.run()
    assert discovery.phase == "ok"
    site.clock.advance(GAP)
    assert new.last == Ok(Absent())


# Looking


def test_a_doubtful_look_counts_when_a_second_one_agrees(site: Site) -> None:
    web = site.rested("web", 1)
    site.write("web")
    site.event("web")
    site.clock.advance(SOON)
    assert web.last == listing(1)
    assert site.looked_after(HOLD) == ["web"]
    assert web.last == listing()
    assert site.looked_within(1) == []


def test_an_event_between_makes_the_second_look_doubtful_too(site: Site) -> None:
    web = site.rested("web", 1)
    site.write("web")
    site.event("web")
    site.clock.advance(SOON)
    site.event("web")
    site.clock.pump([TICK] * round(HOLD / TICK))
    assert web.last == listing(1)
    site.clock.pump([TICK] * round(HOLD / TICK))
    assert web.last == listing()


def test_a_file_that_cannot_be_used_is_stale_or_fails(site: Site) -> None:
    web = site.rested("web", 1)
    for name in ("web", "new"):
        (site.root / name).write_text("nonsense\n")
    site.event("web")
    new = site.observe("new")
    site.clock.pump([TICK] * 200)
    assert web.last == listing(1)
    assert site.tree.nodes[b"web",].discovery.why == "malformed address: nonsense"
    assert new.last == Failed("malformed address: nonsense")


def test_a_look_that_goes_wrong_is_told_and_made_up_for(site: Site) -> None:
    web = site.rested("web", 1)
    site.clock.pump([NET, NET, GAP])
    site.broken = RuntimeError("no memory")
    site.event("web")
    new = site.observe("new")
    site.clock.advance(SOON)
    discovery = site.tree.nodes[b"web",].discovery
    assert (discovery.phase, discovery.why) == ("stale", "no memory")
    assert new.last == Failed("no memory")
    site.broken = None
    site.clock.pump([0.01] * round(1.1 * NET / 0.01))
    assert discovery.phase == "ok", "though the file has not changed"
    assert new.last == Ok(Absent())
    assert web.all == [Pending(), listing(1)]


def test_an_observer_that_raises_does_not_stop_the_others(site: Site) -> None:
    site.write("a", 1)
    site.write("b", 2)

    def see(state: object) -> None:
        if state != Pending():
            raise ValueError("an observer's own")

    site.tree.at((b"a",)).observe(see)
    with capturedLogs() as logged:
        other = site.observe("b")
    assert other.last == listing(2)
    assert [event["log_failure"].type for event in logged] == [ValueError]
    site.write("b", 3)
    site.event("b")
    site.clock.advance(GAP)
    assert other.last == listing(3)


def test_an_observer_may_close_another_of_the_same_batch(site: Site) -> None:
    seen: list[Seen[Any]] = []

    def see(state: object) -> None:
        if state != Pending():
            seen[0].close()

    site.write("b")
    site.tree.at((b"a",)).observe(see)
    seen.append(Seen(site.tree.at((b"b",))))
    site.clock.advance(0)
    assert seen[0].all == [Pending()]
    assert set(site.tree.nodes) == {(b"a",)}
    assert site.looked_within(1) == [], "not even a second time, as a new empty file is"


# Close


def test_nothing_is_done_after_close(site: Site) -> None:
    web = site.rested("web", 1)
    site.worker.held = True
    site.write("web", 2)
    site.event("web")
    site.clock.advance(SOON)
    site.tree.close()
    assert site.worker.closed
    assert site.watcher is not None
    assert site.watcher.closed
    site.worker.run()
    assert web.all == [Pending(), listing(1)]
    assert site.observe("late").all == [Pending()]
    assert site.clock.getDelayedCalls() == []


def test_nothing_can_be_observed_after_close(site: Site) -> None:
    site.tree.close()
    late = site.observe("late")
    assert site.clock.getDelayedCalls() == []
    late.close()
    assert (late.all, site.looks, site.tree.nodes) == ([Pending()], [], {})


def test_a_failure_after_close_is_nobodys(site: Site) -> None:
    web = site.rested("web", 1)
    site.worker.held = True
    site.event("web")
    site.clock.advance(SOON)
    site.broken = RuntimeError("gone")
    site.tree.close()
    site.worker.run()
    assert site.tally.failures.value == 0
    assert web.last == listing(1)
