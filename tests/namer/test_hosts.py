"""Hosts and their addresses."""

from __future__ import annotations

import gc
import os
from typing import Any

from tests.support.dns import SILENT, FakeDns, a
from tests.support.namers import Seen, virtual_runtime
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.name.activity import Constant, Failed, Ok, Pending
from linkerd.namer.discovery import Tally
from linkerd.namer.dns_lookup import DnsLookup, Files
from linkerd.namer.dns_message import AAAA, A
from linkerd.namer.dns_plugged import PluggedLookup
from linkerd.namer.dns_resolver import Resolver
from linkerd.namer.dns_turns import AT_ONCE, TURN_S, Turns
from linkerd.namer.hosts import LOOK_S, SPREAD_S, HostTable, lookup_of


class Table(SynchronousTestCase):
    def setUp(self) -> None:
        self.runtime = virtual_runtime()
        self.asked: list[tuple[str, defer.Deferred[frozenset[str]]]] = []
        tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics.scope("n"))
        self.table = HostTable(self.runtime, tally, self.lookup)

    def lookup(self, host: str) -> defer.Deferred[frozenset[str]]:
        answer: defer.Deferred[frozenset[str]] = defer.Deferred()
        self.asked.append((host, answer))
        return answer

    def number(self, name: str) -> float:
        scope = self.runtime.metrics.find("inet", "dns", name)
        metric: Any = scope.metric if scope else None
        return metric.value if hasattr(metric, "value") else metric.read()

    def test_literals_and_impossible_names_ask_nobody(self) -> None:
        for host, addresses in [
            ("127.1", frozenset(["127.0.0.1"])),
            ("localhost", frozenset(["127.0.0.1"])),
            ("a b", frozenset[str]()),
            ("..", frozenset[str]()),
            ("\ufffd", frozenset[str]()),
        ]:
            found = self.table.addresses(host)
            self.assertIsInstance(found, Constant)
            self.assertEqual(found.sample(), Ok(addresses))
        self.assertEqual(self.asked, [])

    def test_one_lookup_serves_all_observers_of_a_name(self) -> None:
        first, second = Seen(self.table.addresses("web")), Seen(self.table.addresses("web"))
        self.assertEqual([host for host, _ in self.asked], ["web"])
        self.asked[0][1].callback(frozenset(["10.0.0.1"]))
        self.assertEqual(first.last, Ok(frozenset(["10.0.0.1"])))
        self.assertEqual(second.last, first.last)
        self.assertEqual(self.table.addresses("web").sample(), first.last)
        self.assertEqual(list(self.table.state()), ["web"])
        first.close()
        second.close()
        self.assertEqual(self.table.state(), {})
        self.assertEqual(self.table.addresses("web").sample(), Pending())
        self.assertEqual(self.runtime.reactor.getDelayedCalls(), [])

    def test_the_numbers_are_finagles(self) -> None:
        seen = Seen(self.table.addresses("web"))
        self.asked[-1][1].callback(frozenset(["10.0.0.1"]))
        self.runtime.reactor.advance(6)
        self.asked[-1][1].callback(frozenset())
        self.assertEqual(seen.last, Ok(frozenset()))
        self.runtime.reactor.advance(6)
        self.asked[-1][1].errback(OSError("no"))
        self.assertEqual(seen.last, Ok(frozenset()))
        self.assertEqual(self.number("dns_lookups"), 3)
        self.assertEqual(self.number("successes"), 1)
        self.assertEqual(self.number("failures"), 2)
        self.assertEqual(self.number("dns_lookup_failures"), 1)
        self.assertEqual(self.number("queue_size"), 0)
        seen.close()

    def test_a_failure_before_any_answer(self) -> None:
        seen = Seen(self.table.addresses("web"))
        self.asked[-1][1].errback(OSError("no"))
        self.assertEqual(seen.last, Failed("no"))
        self.runtime.reactor.advance(1)
        self.assertEqual(len(self.asked), 2, "the first retry is soon")
        seen.close()

    def test_so_many_are_looked_up_at_a_time(self) -> None:
        all_seen = [Seen(self.table.addresses(f"web{i}")) for i in range(AT_ONCE + 5)]
        self.assertEqual(len(self.asked), AT_ONCE)
        self.assertEqual(self.number("queue_size"), 5)
        self.asked[0][1].callback(frozenset())
        self.runtime.reactor.advance(0)
        self.assertEqual(len(self.asked), AT_ONCE + 1)
        for seen in all_seen:
            seen.close()
        self.assertEqual(self.number("queue_size"), 0)
        self.assertEqual(self.number("failures"), 1, "who gives up is not counted")
        self.runtime.reactor.advance(0)
        again = Seen(self.table.addresses("again"))
        self.assertEqual(self.asked[-1][0], "again")
        again.close()

    def test_nothing_is_remembered_of_names_that_nobody_observes(self) -> None:
        forgotten: list[str] = []
        turns = Turns(self.runtime.reactor)
        self.patch(turns, "forget", forgotten.append)
        tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics.scope("m"))
        Seen(HostTable(self.runtime, tally, self.lookup, turns).addresses("web")).close()
        self.assertEqual(forgotten, ["web"])

    def test_standing(self) -> None:
        self.assertIsNone(self.table.standing("web"))
        seen = Seen(self.table.addresses("web"))
        self.asked[-1][1].callback(frozenset(["10.0.0.1"]))
        self.runtime.reactor.advance(6)
        self.asked[-1][1].errback(OSError("no"))
        self.runtime.reactor.advance(0.25)
        standing = self.table.standing("web")
        assert standing is not None
        self.assertEqual((standing.phase, standing.why), ("stale", "no"))
        self.assertEqual(standing.age_s, 0.25)
        seen.close()
        self.assertIsNone(self.table.standing("web"))


class OverDns(SynchronousTestCase):
    """The whole of it, but for the sockets."""

    def setUp(self) -> None:
        self.runtime = virtual_runtime()
        self.dns = FakeDns()
        self.hosts, self.conf = self.mktemp(), self.mktemp()
        self.write(self.hosts, "")
        self.write(self.conf, "nameserver 10.0.0.53\noptions timeout:1 attempts:2")
        files = Files(self.runtime, self.conf, self.hosts)
        lookup = DnsLookup(files, Resolver(self.runtime, files.conf, ask=self.dns))
        tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics.scope("n"))
        self.table = HostTable(self.runtime, tally, lookup)
        self.web("10.0.0.1")

    def write(self, file: str, text: str) -> None:
        with open(file, "w") as opened:
            opened.write(text)
        os.utime(file, (1.0, 1.0))

    def web(self, *addresses: str, ttl: int = 60) -> None:
        self.dns.put("web", A, *(a("web", address, ttl) for address in addresses))

    def run_for(self, seconds: float) -> None:
        self.runtime.reactor.pump([0.1] * round(10 * seconds))

    def test_a_change_is_seen_when_the_ttl_has_run_out(self) -> None:
        seen = Seen(self.table.addresses("web"))
        self.web("10.0.0.2", "10.0.0.1")
        self.run_for(59)
        self.assertEqual(seen.all[-1], Ok(frozenset(["10.0.0.1"])))
        self.run_for(8)
        self.assertEqual(seen.all[-1], Ok(frozenset(["10.0.0.1", "10.0.0.2"])))
        count = len(seen.all)
        self.web("10.0.0.1", "10.0.0.2")
        self.run_for(70)
        self.assertEqual(len(seen.all), count, "the order of records is no change")
        seen.close()
        self.assertEqual(self.runtime.reactor.getDelayedCalls(), [])

    def test_silence_leaves_the_last_addresses(self) -> None:
        self.web("10.0.0.1", ttl=0)
        seen = Seen(self.table.addresses("web"))
        self.dns.put("web", A, SILENT)
        self.run_for(60)
        self.assertEqual(seen.all, [Ok(frozenset(["10.0.0.1"]))])
        self.assertEqual(self.phase(), "stale")
        self.web("10.0.0.2")
        self.run_for(5)
        self.assertEqual(seen.last, Ok(frozenset(["10.0.0.2"])))
        self.assertEqual(self.phase(), "ok")
        seen.close()

    def test_who_gives_up_leaves_nothing_not_even_in_the_log(self) -> None:
        self.dns.put("web", A, SILENT)
        self.dns.put("web", AAAA, SILENT)
        Seen(self.table.addresses("web")).close()
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])
        self.assertEqual(self.runtime.reactor.getDelayedCalls(), [])

    def test_names_of_a_silent_zone_do_not_hold_up_others(self) -> None:
        for i in range(3 * AT_ONCE):
            for each in (A, AAAA):
                self.dns.put(f"dead{i}.test", each, SILENT)
        dead = [Seen(self.table.addresses(f"dead{i}.test.")) for i in range(3 * AT_ONCE)]
        self.run_for(3 * TURN_S + 1)
        for _ in range(20):
            seen = Seen(self.table.addresses("web"))
            self.run_for(1)
            self.assertEqual(seen.last, Ok(frozenset(["10.0.0.1"])))
            seen.close()
        for each in dead:
            each.close()

    def phase(self) -> str:
        standing = self.table.standing("web")
        assert standing is not None
        return standing.phase

    def test_a_change_of_the_systems_files_is_seen_whatever_the_ttl(self) -> None:
        seen = Seen(self.table.addresses("web"))
        self.run_for(LOOK_S + 1)
        self.write(self.hosts, "10.9.9.9 web")
        self.run_for(LOOK_S + SPREAD_S + 1)
        self.assertEqual(seen.last, Ok(frozenset(["10.9.9.9"])))
        seen.close()


class Choice(SynchronousTestCase):
    def test_dns_is_asked_unless_the_reactor_has_a_resolver(self) -> None:
        runtime = virtual_runtime()
        self.assertIsInstance(lookup_of(runtime), DnsLookup)
        runtime.reactor.nameResolver = object()
        self.assertIsInstance(lookup_of(runtime), PluggedLookup)
