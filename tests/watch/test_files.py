"""Groups of files that are followed, under virtual time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.support.namers import virtual_runtime

from linkerd.watch.files import NET_S, SOON_S, Files
from linkerd.watch.inotify import CREATE, MODIFY, MOVED_TO

from .fakes import ByHand, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = (runtime := virtual_runtime()).reactor
        self.worker, self.watcher = Worker(), ByHand()
        self.files = Files(runtime, self.worker)
        self.files.watch_with(self.watcher)
        self.calls: list[str] = []
        for name in ("a", "b"):
            (folder / name).write_text("one")

    def follow(self, *names: str) -> None:
        paths = [str(self.folder / name) for name in names]
        self.group = self.files.follow(paths, lambda: self.calls.append("+".join(names)))
        self.clock.advance(0)

    def event(self, name: str, folder: Path | None = None, mask: int = MOVED_TO) -> None:
        number = self.watcher.numbers[os.fsencode(folder or self.folder)]
        self.files.event(number, mask, name.encode())

    def told(self) -> list[str]:
        calls, self.calls = self.calls, []
        return calls


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.files.close()
    assert site.clock.getDelayedCalls() == []
    assert site.worker.closed
    assert site.watcher.closed


def test_the_first_look_counts_as_a_change(site: Site) -> None:
    site.follow("a", "b")
    assert site.told() == ["a+b"]
    site.clock.advance(NET_S)
    assert site.told() == []


def test_an_event_is_a_change_if_a_file_is_another(site: Site) -> None:
    site.follow("a", "b")
    site.follow("b")
    site.told()
    (site.folder / "a").write_text("two and more")
    site.event("a", mask=MODIFY)
    site.event("a")
    site.clock.advance(SOON_S)
    assert site.told() == ["a+b"]
    site.event("b")
    site.clock.advance(SOON_S)
    assert site.told() == [], "nothing is new"


def test_a_lost_event_is_found_in_time(site: Site) -> None:
    site.follow("a")
    site.told()
    os.replace(site.folder / "b", site.folder / "a")
    site.clock.advance(NET_S)
    assert site.told() == ["a"]


def test_a_file_that_goes_and_comes(site: Site) -> None:
    site.follow("a")
    site.told()
    for _ in range(2):
        (site.folder / "a").unlink()
        site.clock.advance(NET_S)
        assert site.told() == ["a"]
        (site.folder / "a").write_text("again")
        site.event("a", mask=CREATE)
        site.clock.advance(SOON_S)
        assert site.told() == ["a"]


def test_links_as_kubernetes_sets_them(site: Site) -> None:
    for name in ("one", "two"):
        (site.folder / name).mkdir()
        (site.folder / name / "key").write_text(name)
    (site.folder / "..data").symlink_to("one")
    (site.folder / "key").symlink_to("..data/key")
    site.follow("key")
    site.told()
    (site.folder / "new").symlink_to("two")
    os.replace(site.folder / "new", site.folder / "..data")
    site.event("..data")
    site.clock.advance(SOON_S)
    assert site.told() == ["key"]
    (site.folder / "two" / "key").write_text("three")
    site.event("key", site.folder / "two")
    site.clock.advance(SOON_S)
    assert site.told() == ["key"], "the new directory is watched"
    assert os.fsencode(site.folder / "one") not in site.watcher.numbers


def test_events_during_a_look_wait_for_its_end(site: Site) -> None:
    site.follow("a")
    site.told()
    site.worker.held = True
    (site.folder / "a").write_text("two!")
    site.event("a")
    site.clock.advance(SOON_S)
    site.event("a")
    site.clock.advance(SOON_S)
    assert site.told() == []
    site.worker.run()
    assert site.told() == ["a"]
    (site.folder / "a").write_text("three!")
    site.clock.advance(SOON_S)
    assert site.told() == ["a"]


def test_an_event_during_the_first_look(site: Site) -> None:
    site.worker.held = True
    site.follow("a")
    number = site.watcher.add(os.fsencode(site.folder))
    assert number is not None
    site.files.event(number, MOVED_TO, b"a")
    site.worker.run()
    site.told()
    (site.folder / "a").write_text("two!")
    site.clock.advance(SOON_S)
    assert site.told() == ["a"]


def test_a_group_that_is_closed_is_told_nothing(site: Site) -> None:
    site.follow("a")
    site.told()
    site.group.close()
    assert site.watcher.numbers == {}
    (site.folder / "a").write_text("two!")
    site.clock.advance(NET_S)
    assert site.told() == []


def test_a_look_that_fails_is_made_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.follow("a")
    site.told()
    (site.folder / "a").write_text("two!")
    with monkeypatch.context() as broken:
        broken.setattr("linkerd.watch.files._look", None)
        site.clock.advance(NET_S)
    assert site.told() == []
    site.clock.advance(NET_S)
    assert site.told() == ["a"]
