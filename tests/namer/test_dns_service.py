"""One observed service."""

from __future__ import annotations

from typing import Any

from tests.support.namers import virtual_runtime
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer.discovery import Tally
from linkerd.namer.dns_enough import MORE_S
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
        self.service = Service("web", self.services, self.hosts, self.stats, 5.0, self.runtime)

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
        self.runtime.reactor.advance(MORE_S - 0.1)
        self.assertNoResult(asked)
        self.lookups["b.test."].errback(OSError("no"))
        self.assertEqual(self.successResultOf(asked).value, {A, B, GIVEN})

    def test_one_host_that_nobody_knows_does_not_hold_up_the_rest(self) -> None:
        for good in (B, GIVEN):
            asked = self.ask(A, good)
            if good is B:
                self.lookups["b.test."].callback(frozenset(["10.0.0.1"]))
            self.runtime.reactor.advance(MORE_S)
            self.assertEqual(self.successResultOf(asked).value, {A, good})
            self.assertIn("a.test.", self.hosts.state(), "it is looked up further")

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

    def test_who_asks_again_does_not_begin_anew(self) -> None:
        asked = self.ask(A)
        asked.cancel()
        self.failureResultOf(asked, defer.CancelledError)
        lookup = self.lookups["a.test."]
        asked = self.ask(A)
        self.assertIs(self.lookups["a.test."], lookup)
        lookup.callback(frozenset(["10.0.0.1"]))
        self.assertEqual(self.successResultOf(asked).value, {A})

    def test_hosts_in_effect_are_held_until_there_are_others(self) -> None:
        asked = self.ask(A)
        self.lookups["a.test."].callback(frozenset(["10.0.0.1"]))
        self.successResultOf(asked)
        for fault in (OSError("broken"), OSError("broken")):
            asked = self.ask(B)
            self.assertEqual(list(self.hosts.state()), ["a.test.", "b.test."])
            if not self.lookups["b.test."].called:
                self.lookups["b.test."].errback(fault)
            self.failureResultOf(asked, NoAnswer)
        asked = self.ask(GIVEN)
        self.successResultOf(asked)
        self.assertEqual(self.hosts.state(), {})

    def test_the_end(self) -> None:
        asked = self.ask(A)
        asked.cancel()
        self.failureResultOf(asked, defer.CancelledError)
        self.service.close()
        self.assertEqual(self.hosts.state(), {})
        self.assertEqual(self.runtime.reactor.getDelayedCalls(), [])

    def test_no_address_of_any_host_is_no_answer(self) -> None:
        asked = self.ask(A, B)
        self.lookups["a.test."].callback(frozenset())
        self.lookups["b.test."].errback(OSError("broken"))
        fault = self.failureResultOf(asked, NoAnswer).value
        self.assertEqual(str(fault), "no address of any target: broken")

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
