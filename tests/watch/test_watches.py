"""Which names an event concerns."""

from __future__ import annotations

from linkerd.watch.inotify import CREATE, DELETE_SELF, IGNORED, OVERFLOW
from linkerd.watch.watches import Blind, Watches
from linkerd.watch.way import Step, Way


class FakeWatcher:
    def __init__(self) -> None:
        self.removed: list[int] = []
        self.closed = False

    def add(self, directory: bytes) -> int | None:
        return None

    def remove(self, watch: int) -> None:
        self.removed.append(watch)

    def close(self) -> None:
        self.closed = True


def way(*steps: tuple[bytes, bytes], **watches: int | None) -> Way:
    return Way(
        steps={Step(*step) for step in steps},
        watches={directory.encode(): number for directory, number in watches.items()},
    )


def test_an_event_concerns_who_depends_on_that_entry() -> None:
    watches: Watches[str] = Watches(FakeWatcher())
    watches.learn("a", way((b"d", b"a"), d=1))
    watches.learn("b", way((b"d", b"b"), (b"e", b"x"), d=1, e=2))
    assert watches.concerned(1, CREATE, b"a") == {"a"}
    assert watches.concerned(1, CREATE, b"b") == {"b"}
    assert watches.concerned(2, CREATE, b"x") == {"b"}
    assert watches.concerned(1, CREATE, b"x") == set()
    assert watches.concerned(3, CREATE, b"a") == set()
    assert watches.concerned(1, DELETE_SELF, b"") == {"a", "b"}
    assert watches.concerned(-1, OVERFLOW, b"") == {"a", "b"}


def test_directories_that_nobody_needs_are_given_back() -> None:
    watcher = FakeWatcher()
    watches: Watches[str] = Watches(watcher)
    watches.learn("a", way((b"d", b"a"), d=1))
    watches.learn("b", way((b"d", b"b"), (b"e", b"x"), d=1, e=2))
    watches.forget("b")
    watches.sweep()
    assert watcher.removed == [2]
    assert watches.watched == 1
    watches.learn("a", way((b"f", b"a"), f=3))
    watches.sweep()
    assert watcher.removed == [2, 1]
    watches.forget("a")
    watches.sweep()
    assert watcher.removed == [2, 1, 3]
    assert watches.watched == 0
    assert watches.concerned(-1, OVERFLOW, b"") == set()


def test_a_directory_of_two_paths_has_one_watch() -> None:
    watcher = FakeWatcher()
    watches: Watches[str] = Watches(watcher)
    watches.learn("a", way((b"d", b"x"), d=1))
    watches.learn("b", way((b"e", b"x"), e=1))
    assert watches.concerned(1, CREATE, b"x") == {"a", "b"}
    watches.forget("a")
    watches.sweep()
    assert watcher.removed == []
    assert watches.concerned(1, CREATE, b"x") == {"b"}


def test_a_path_whose_directory_is_another_now() -> None:
    watcher = FakeWatcher()
    watches: Watches[str] = Watches(watcher)
    watches.learn("a", way((b"d", b"x"), d=1))
    watches.learn("a", way((b"d", b"x"), d=2))
    assert watcher.removed == [1]
    assert watches.concerned(2, CREATE, b"x") == {"a"}


def test_a_watch_the_kernel_gave_up_is_forgotten() -> None:
    watcher = FakeWatcher()
    watches: Watches[str] = Watches(watcher)
    watches.learn("a", way((b"d", b"x"), d=1))
    assert watches.concerned(1, IGNORED, b"") == {"a"}
    assert watches.watched == 0
    watches.forget("a")
    watches.sweep()
    assert watcher.removed == []


def test_blind_if_a_directory_cannot_be_watched() -> None:
    watches: Watches[str] = Watches(FakeWatcher())
    watches.learn("a", way((b"d", b"x"), d=None))
    assert watches.blind
    watches.learn("a", way((b"d", b"x"), d=1))
    assert not watches.blind
    watches.learn("b", way((b"e", b"x"), e=None))
    watches.forget("b")
    assert not watches.blind


def test_close_closes_the_watcher() -> None:
    watcher = FakeWatcher()
    watches: Watches[str] = Watches(watcher)
    watches.learn("a", way((b"d", b"x"), d=1))
    watches.close()
    assert watcher.closed
    assert Blind().add(b"d") is None
