"""/etc/hosts, and files that are read again."""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING

import pytest
from tests.support.namers import virtual_runtime
from twisted.internet.defer import CancelledError, Deferred

from linkerd.namer.dns_files import LOOK_S, SETTLE_S, SLICE, Hosts, WatchedFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTS = """\
# a comment
127.0.0.1\tlocalhost vm   # another
10.0.0.1 Web.Example web

10.0.0.2 web
::1 WEB
nonsense web
10.0.0.3
10.0.0.300 web bad
"""


class Asked:
    """A hosts file of which names are asked, and in place of a reactor what it leaves for later."""

    def __init__(self, text: str) -> None:
        self.later: list[Callable[[], None]] = []
        self.hosts = Hosts(text, self)

    def callLater(self, delay: float, call: Callable[[], None]) -> None:
        self.later.append(call)

    def asks(self, name: str) -> Deferred[frozenset[str] | None]:
        return Deferred.fromCoroutine(self.hosts.get(name))

    def get(self, name: str) -> frozenset[str] | None:
        said = self.asks(name)
        assert said.called
        return said.result


def test_hosts_are_read() -> None:
    hosts = Asked(HOSTS)
    assert hosts.get("localhost") == hosts.get("vm") == {"127.0.0.1"}
    assert hosts.get("WEB.example") == {"10.0.0.1"}
    assert hosts.get("web") == {"10.0.0.1", "10.0.0.2", "::1"}
    for none in ("#", "another", "10.0.0.3", "bad", "other"):
        assert hosts.get(none) is None
    assert hosts.later == []


def test_hosts_are_as_they_were_or_not() -> None:
    assert Asked(HOSTS).hosts == Asked(HOSTS).hosts
    assert Asked(HOSTS).hosts != Asked(HOSTS + "10.0.0.5 web").hosts


def test_addresses_are_read_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(ipaddress, "ip_address", lambda text: read.append(text) or text)
    hosts = Asked("".join(f"0.0.0.{i} ads{i}.test\n" for i in range(100)))
    assert read == []
    assert hosts.get("ads7.test") == {"0.0.0.7"}
    assert read == ["0.0.0.7"]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_long_file_is_read_a_slice_a_turn(end: str) -> None:
    lines = [f"0.0.0.{number % 256} ads{number}.test web" for number in range(4000)]
    text = "\n".join(lines) + end
    hosts = Asked(text)
    first, cancelled, last = (hosts.asks(name) for name in ("ads0.test", "web", "ads3999.test"))
    cancelled.addErrback(lambda failure: failure.trap(CancelledError) and None)
    cancelled.cancel()
    for _ in range(len(text) // SLICE):
        assert not first.called, "it may stand further down again"
        hosts.later.pop()()
    assert hosts.later == []
    assert (first.result, last.result) == ({"0.0.0.0"}, {"0.0.0.159"})
    assert len(hosts.get("web") or ()) == 256


class Watching:
    """A watched file, its text as the value, with times that the test gives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runtime = virtual_runtime()
        self.reads = 0
        self.file = WatchedFile(self.runtime, str(path), self.read)

    def read(self, text: str) -> str:
        self.reads += 1
        return text

    def write(self, text: str, age_s: float = 10.0) -> None:
        self.path.write_text(text)
        written = self.runtime.wall() - age_s
        os.utime(self.path, (written, written))

    def later(self, seconds: float = LOOK_S) -> str:
        self.runtime.reactor.advance(seconds)
        return self.file.value()


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    return Watching(tmp_path / "file")


def test_a_change_is_seen_within_a_second(watching: Watching) -> None:
    watching.write("one")
    assert watching.file.value() == "one"
    watching.write("two!")
    assert watching.later(LOOK_S / 2) == "one"
    assert watching.later(LOOK_S / 2) == "two!"


def test_what_has_not_changed_is_not_read_again(watching: Watching) -> None:
    watching.write("one")
    for _ in range(5):
        watching.later()
    assert watching.reads == 1


def test_a_file_that_is_being_written_is_not_believed_yet(watching: Watching) -> None:
    watching.write("one")
    watching.file.value()
    watching.write("tw", -LOOK_S + SETTLE_S / 2)
    assert watching.later() == "one"
    assert watching.later() == "tw"


def test_the_first_look_believes_any_file(watching: Watching) -> None:
    watching.write("one", 0.0)
    assert watching.file.value() == "one"


def test_a_file_that_is_not_there_is_empty(watching: Watching) -> None:
    assert watching.file.value() == ""
    watching.write("one")
    assert watching.later() == "one"
    watching.path.unlink()
    assert watching.later() == ""


def test_what_cannot_be_read_is_as_it_was(watching: Watching) -> None:
    watching.write("one")
    watching.file.value()
    watching.path.unlink()
    watching.path.mkdir()
    assert watching.later() == "one"
