"""One observed service."""

from __future__ import annotations

from typing import Any

from tests.support.namers import virtual_runtime
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer.discovery import Tally
from linkerd.namer.dns_message import NoAnswer
from linkerd.namer.dns_service import Service, SrvStats
from linkerd.namer.dns_srv import SrvTarget
from linkerd.namer.hosts import HostTable

A, B = SrvTarget("a.test.", 80), SrvTarget("b.test.", 80)
GIVEN = SrvTarget("c.test.", 80, frozenset(["10.0.0.3"]))


class Asking(SynchronousTestCase):
    def setUp(self) -> None:
        self.runtime = virtual_runtime()
        scope = self.runtime.metrics.scope("n")
        tally = Tally(self.runtime.clock, self.runtime.wall, scope)
        self.lookups: dict[str, defer.Deferred[frozenset[str]]] = {}
        self.hosts = HostTable(self.runtime, tally, self.lookup)
        self.stats = SrvStats(scope)
        self.targets: frozenset[SrvTarget] | NoAnswer = frozenset([A])
        self.service = Service(
            "web", self.services, self.hosts, self.stats, 5.0, self.runtime.clock
        )

    def lookup(self, host: str) -> defer.Deferred[frozenset[str]]:
        self.lookups[host] = defer.Deferred()
        return self.lookups[host]

    async def services(self, name: str) -> frozenset[SrvTarget]:
        assert name == "web"
        if isinstance(self.targets, NoAnswer):
            raise self.targets
        return self.targets

    def ask(self, *targets: SrvTarget) -> defer.Deferred[Any]:
        self.targets = frozenset(targets)
        return self.service.ask()

    def test_hosts_are_looked_up_before_they_are_told_of(self) -> None:
        asked = self.ask(A, B, GIVEN)
        self.assertEqual(set(self.lookups), {"a.test.", "b.test."})
        self.lookups["a.test."].callback(frozenset(["10.0.0.1"]))
        self.assertNoResult(asked)
        self.lookups["b.test."].errback(OSError("no"))
        self.assertEqual(self.successResultOf(asked).value, {A, B, GIVEN})

    def test_hosts_that_are_known_are_not_waited_for(self) -> None:
        asked = self.ask(A)
        self.lookups["a.test."].callback(frozenset(["10.0.0.1"]))
        self.successResultOf(asked)
        self.successResultOf(self.ask(A, GIVEN))

    def test_hosts_are_held_until_another_answer_or_the_end(self) -> None:
        for target in (A, B):
            asked = self.ask(target)
            self.lookups[target.host].callback(frozenset(["10.0.0.1"]))
            self.successResultOf(asked)
            self.assertEqual(list(self.hosts.state()), [target.host])
        self.service.close()
        self.assertEqual(self.hosts.state(), {})

    def test_who_gives_up_holds_nothing(self) -> None:
        asked = self.ask(A)
        asked.cancel()
        self.failureResultOf(asked, defer.CancelledError)
        self.assertEqual(self.hosts.state(), {})
        self.assertEqual(self.runtime.reactor.getDelayedCalls(), [])

    def test_no_address_of_any_host_is_no_answer(self) -> None:
        asked = self.ask(A, B)
        self.lookups["a.test."].callback(frozenset())
        self.lookups["b.test."].errback(OSError("broken"))
        fault = self.failureResultOf(asked, NoAnswer).value
        self.assertEqual(str(fault), "no address of any target: broken")
        self.assertEqual(self.hosts.state(), {})

    def test_unknown_hosts_are_an_answer(self) -> None:
        asked = self.ask(A)
        self.lookups["a.test."].callback(frozenset())
        self.assertEqual(self.successResultOf(asked).value, {A})
        self.assertEqual(self.stats.unknown_hosts.value, 1)

    def test_the_numbers_are_linkerds(self) -> None:
        self.successResultOf(self.ask(GIVEN))
        self.successResultOf(self.ask())
        for fault in (NoAnswer("is silent", True), NoAnswer("says SERVFAIL")):
            self.targets = fault
            self.failureResultOf(self.service.ask(), NoAnswer)
        self.assertEqual(self.stats.successes.value, 2)
        self.assertEqual(self.stats.zero_results.value, 1)
        self.assertEqual(self.stats.failures.value, 2)
        self.assertEqual(self.stats.unexpected_codes.value, 1)
        self.assertEqual(self.stats.unknown_hosts.value, 0)
