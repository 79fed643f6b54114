"""Names of hosts: the hosts file, both families of addresses, the search list, TTLs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.support.dns import SILENT, FakeDns, a, aaaa, soa
from tests.support.namers import virtual_runtime
from twisted.names import dns

from linkerd.namer.dns_lookup import DnsLookup, Files, together
from linkerd.namer.dns_message import AAAA, A, NoAnswer, Records
from linkerd.namer.dns_resolver import Resolver
from linkerd.namer.poll import Answer

if TYPE_CHECKING:
    from pathlib import Path

CONF = "nameserver 10.0.0.53\nsearch one.test two.test\noptions timeout:1 attempts:2\n"


class Looking:
    """A lookup with files in a folder and DNS in memory."""

    def __init__(self, folder: Path) -> None:
        self.runtime = virtual_runtime()
        self.dns = FakeDns()
        self.folder = folder
        self.write("resolv.conf", CONF)
        self.write("hosts", "127.0.0.1 vm\n127.0.0.2 VM.test\n::1 vm.test\n")
        files = Files(self.runtime, str(folder / "resolv.conf"), str(folder / "hosts"))
        self.lookup = DnsLookup(files, Resolver(self.runtime, files.conf, ask=self.dns))

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.write_text(text)
        os.utime(file, (1.0, 1.0))

    def find(self, host: str, wait_s: int = 0) -> Answer[frozenset[str]] | Exception:
        """Look up; how it ended after some time."""
        done: list[Answer[frozenset[str]] | Exception] = []
        asked = self.lookup(host)
        asked.addCallbacks(done.append, lambda failure: done.append(failure.value))
        self.runtime.reactor.pump([0.5] * 2 * wait_s)
        return done[0]

    def found(self, host: str, wait_s: int = 0) -> set[str]:
        answer = self.find(host, wait_s)
        assert isinstance(answer, Answer), answer
        return set(answer.value)


@pytest.fixture
def looking(tmp_path: Path) -> Looking:
    return Looking(tmp_path)


def test_the_hosts_file_comes_first(looking: Looking) -> None:
    looking.dns.put("vm.test", A, a("vm.test", "10.0.0.1"))
    assert looking.find("vm.test") == Answer(frozenset(["127.0.0.2", "::1"]), 5.0)
    assert looking.found("Vm.Test.") == {"127.0.0.2", "::1"}
    assert looking.dns.asked == []


def test_all_addresses_of_both_families(looking: Looking) -> None:
    looking.dns.put("web.x", A, a("web.x", "10.0.0.1", 50), a("web.x", "10.0.0.2", 50))
    looking.dns.put("web.x", AAAA, aaaa("web.x", "2001:db8:0:0::1", 40))
    found = looking.find("web.x.")
    assert found == Answer(frozenset(["10.0.0.1", "10.0.0.2", "2001:db8::1"]), 40)


def test_ipv6_is_not_asked_for_if_the_file_says_so(looking: Looking) -> None:
    looking.write("resolv.conf", CONF + "options no-aaaa")
    looking.find("web.x.")
    assert [question.type for _, question, _ in looking.dns.asked] == [A]


def test_the_search_list(looking: Looking) -> None:
    looking.dns.put("web.two.test", A, a("web.two.test", "10.0.0.2"))
    assert looking.found("web") == {"10.0.0.2"}
    assert list(dict.fromkeys(looking.dns.names())) == ["web.one.test", "web.two.test"]
    looking.dns.put("web.one.test", AAAA, aaaa("web.one.test", "::1"))
    assert looking.found("web") == {"::1"}


def test_a_name_that_is_nowhere(looking: Looking) -> None:
    looking.dns.authority = (soa("test", 8),)
    assert looking.find("web") == Answer(frozenset(), 8)
    assert set(looking.dns.names()) == {"web.one.test", "web.two.test", "web"}


def test_an_error_does_not_end_the_search_but_nothing_is_not_believed(looking: Looking) -> None:
    for each in (A, AAAA):
        looking.dns.put("web.one.test", each, dns.ESERVER)
    assert "SERVFAIL (asked for web.one.test)" in str(looking.find("web"))
    looking.dns.put("web.two.test", A, a("web.two.test", "10.0.0.2"))
    assert looking.found("web") == {"10.0.0.2"}


def test_an_error_of_the_single_label_counts_only_if_it_is_all(looking: Looking) -> None:
    for each in (A, AAAA):
        looking.dns.put("web", each, dns.EREFUSED)
    assert looking.found("web") == set()
    assert isinstance(looking.find("web."), NoAnswer)


def test_silence_ends_the_search(looking: Looking) -> None:
    for each in (A, AAAA):
        looking.dns.put("web.one.test", each, SILENT)
    assert "is silent" in str(looking.find("web", 3))
    assert set(looking.dns.names()) == {"web.one.test"}


@pytest.mark.parametrize("fault", [SILENT, dns.ESERVER])
def test_one_family_is_enough_and_the_other_waited_for_no_longer_than_a_second(
    looking: Looking, fault: object
) -> None:
    looking.write("resolv.conf", "nameserver 10.0.0.53\noptions timeout:5 attempts:5\n")
    looking.dns.put("web.x", A, a("web.x", "10.0.0.1"))
    looking.dns.put("web.x", AAAA, fault)
    assert looking.found("web.x.", 1) == {"10.0.0.1"}
    assert looking.runtime.reactor.getDelayedCalls() == [], "the other question is dropped"


def test_no_such_name_is_enough(looking: Looking) -> None:
    looking.dns.put("web.x", AAAA, SILENT)
    looking.dns.put("web.x", A, dns.ENAME)
    assert looking.found("web.x.", 1) == set()


def test_nothing_of_one_family_is_not_enough(looking: Looking) -> None:
    looking.write("resolv.conf", "nameserver 10.0.0.53\noptions timeout:3 attempts:2\n")
    looking.dns.put("web.x", A)
    looking.dns.put("web.x", AAAA, SILENT)
    found: list[object] = []
    looking.lookup("web.x.").addBoth(found.append)
    looking.runtime.reactor.pump([0.5] * 5)
    looking.dns.put("web.x", AAAA, aaaa("web.x", "::1", 9))
    looking.runtime.reactor.pump([0.5] * 2)
    assert found == [Answer(frozenset(["::1"]), 9)]


def test_who_gives_up_leaves_nothing_behind(looking: Looking) -> None:
    for each in (A, AAAA):
        looking.dns.put("web.x", each, SILENT)
    asked = looking.lookup("web.x.")
    gone: list[object] = []
    asked.addErrback(gone.append)
    asked.cancel()
    assert len(gone) == 1
    assert looking.runtime.reactor.getDelayedCalls() == []
    looking.runtime.reactor.pump([0.5] * 10)
    assert len(looking.dns.asked) == 2


def said(*ttls: int | None, exists: bool = True) -> list[Records]:
    """What was said of each family; 0 addresses if `exists` is false."""
    row = dns.Record_A("10.0.0.1")
    return [
        Records((row,) if exists and ttl is not None else (), ttl, exists, "x", False, ())
        for ttl in ttls
    ]


@pytest.mark.parametrize(
    ("ttls", "seconds"),
    [((0,), 1.0), ((1,), 1), ((299, 200), 200), ((86400,), 300.0), ((60, None), 60)],
)
def test_addresses_hold_from_one_second_to_five_minutes(
    ttls: tuple[int | None, ...], seconds: float
) -> None:
    assert together(said(*ttls)).hold_s == seconds


@pytest.mark.parametrize(
    ("ttls", "seconds"), [((0,), 1.0), ((9, 7), 7), ((86400,), 30.0), ((None,), 5.0)]
)
def test_nothing_holds_from_one_second_to_thirty(
    ttls: tuple[int | None, ...], seconds: float
) -> None:
    answer = together(said(*ttls, exists=False))
    assert answer == Answer(frozenset(), seconds)


def test_nothing_is_believed_only_if_it_is_certain() -> None:
    [nodata], [unknown] = said(None), said(5, exists=False)
    with pytest.raises(NoAnswer, match="broken"):
        together([nodata, NoAnswer("broken")])
    assert together([NoAnswer("broken"), unknown]).value == frozenset()
    assert together([nodata, nodata]).value == frozenset()


def test_changes_of_the_files_are_told_once(looking: Looking) -> None:
    files = looking.lookup.files
    assert not files.changed()
    looking.runtime.reactor.advance(2)
    assert not files.changed()
    for name, text in (("hosts", "10.0.0.1 other\n"), ("resolv.conf", "nameserver 10.0.0.54\n")):
        looking.write(name, text)
        looking.runtime.reactor.advance(2)
        assert files.changed()
        assert not files.changed()
