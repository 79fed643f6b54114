"""SRV records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.dns import FakeDns, a, aaaa, reply, srv
from tests.support.namers import virtual_runtime
from twisted.internet import defer
from twisted.names import dns

from linkerd.namer.dns_lookup import Files
from linkerd.namer.dns_message import SRV, NoAnswer, Question, records_of
from linkerd.namer.dns_resolver import Resolver
from linkerd.namer.dns_srv import SrvLookup, SrvTarget, targets_of

if TYPE_CHECKING:
    from pathlib import Path

WEB = Question("_web._tcp.test", SRV)


def row(target: str, port: int = 80) -> dns.RRHeader:
    return srv(WEB.name, target, port)


@pytest.mark.parametrize(
    ("rows", "targets"),
    [
        ([row("a.test"), row("b.test", 81)], {("a.test.", 80), ("b.test.", 81)}),
        ([row("10.0.0.1")], {("10.0.0.1", 80)}),
        ([row(""), row("a.test", 0)], set()),
        ([row("\xff.test")], {("?.test.", 80)}),
    ],
)
def test_targets(rows: list[Any], targets: set[tuple[str, int]]) -> None:
    found = targets_of(records_of(reply(WEB, *rows), WEB))
    assert {(each.host.replace("\ufffd", "?"), each.port) for each in found} == targets
    assert all(not each.addresses for each in found)


def test_addresses_that_come_along_are_used() -> None:
    beside = (a("A.test", "10.0.0.1"), aaaa("a.test", "::1"), a("other.test", "10.0.0.9"))
    message = reply(WEB, row("a.test"), row("b.test"), beside=beside)
    assert targets_of(records_of(message, WEB)) == {
        SrvTarget("a.test.", 80, frozenset(["10.0.0.1", "::1"])),
        SrvTarget("b.test.", 80),
    }


class Asking:
    """A lookup with a search list."""

    def __init__(self, folder: Path) -> None:
        conf = folder / "resolv.conf"
        conf.write_text("search one.test two.test\n")
        runtime = virtual_runtime()
        self.dns = FakeDns()
        files = Files(runtime, str(conf), str(folder / "hosts"))
        self.lookup = SrvLookup(files, Resolver(runtime, files.conf, ask=self.dns))

    def find(self, name: str) -> Any:
        """Look up; how it ended."""
        done: list[Any] = []
        asked = defer.Deferred.fromCoroutine(self.lookup(name))
        asked.addCallbacks(done.append, lambda failure: done.append(failure.value))
        return done[0]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    return Asking(tmp_path)


def test_relative_names_follow_the_search_list(asking: Asking) -> None:
    name = "_web._tcp.two.test"
    asking.dns.put(name, SRV, srv(name, "a.test", 80))
    assert asking.find("_web._tcp") == {SrvTarget("a.test.", 80)}
    assert asking.dns.names() == ["_web._tcp", "_web._tcp.one.test", name]
    assert asking.find("_web._tcp.") == frozenset()


def test_that_it_is_not_available_ends_the_search(asking: Asking) -> None:
    asking.dns.put("web.one.test", SRV, srv("web.one.test", "", 0))
    asking.dns.put("web.two.test", SRV, srv("web.two.test", "a.test", 80))
    assert asking.find("web") == frozenset()


def test_errors_are_not_believed(asking: Asking) -> None:
    asking.dns.put("web.one.test", SRV, dns.ESERVER)
    assert isinstance(asking.find("web"), NoAnswer)
