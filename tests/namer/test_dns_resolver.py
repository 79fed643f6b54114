"""Which server is asked, and how aliases are followed."""

from __future__ import annotations

from typing import Any

import attrs
from tests.support.dns import SILENT, FakeDns, a, cname, soa
from tests.support.namers import virtual_runtime
from twisted.internet import defer
from twisted.names import dns
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer.dns_conf import ResolvConf, Server
from linkerd.namer.dns_message import A, NoAnswer, Records, address_of_row
from linkerd.namer.dns_resolver import ALIASES, Resolver

ONE, TWO = Server("10.0.0.1"), Server("10.0.0.2")


class Resolving(SynchronousTestCase):
    def setUp(self) -> None:
        self.runtime = virtual_runtime()
        self.dns = FakeDns()
        self.conf = ResolvConf((ONE, TWO), timeout_s=1.0, attempts=2)
        self.resolver = Resolver(self.runtime, lambda: self.conf, ask=self.dns)
        self.dns.put("web.test", A, a("web.test", "10.1.0.1"))

    def ask(self, name: str = "web.test") -> defer.Deferred[Records]:
        return defer.Deferred.fromCoroutine(self.resolver.records(name, A))

    def found(self, name: str = "web.test") -> list[str]:
        records = self.successResultOf(self.ask(name))
        return [address_of_row(row) for row in records.found]

    def servers(self) -> list[Server]:
        return [server for server, _, _ in self.dns.asked]

    def why(self, asked: defer.Deferred[Any]) -> NoAnswer:
        fault = self.failureResultOf(asked, NoAnswer).value
        assert isinstance(fault, NoAnswer)
        return fault

    def test_the_first_server_is_asked(self) -> None:
        self.assertEqual(self.found(), ["10.1.0.1"])
        self.assertEqual(self.servers(), [ONE])

    def test_one_that_is_silent_makes_way_and_is_not_asked_first_again(self) -> None:
        self.dns.down(ONE)
        asked = self.ask()
        self.runtime.reactor.advance(0.9)
        self.assertNoResult(asked)
        self.runtime.reactor.advance(0.2)
        self.successResultOf(asked)
        self.found()
        self.assertEqual(self.servers(), [ONE, TWO, TWO])
        self.dns.up(ONE)
        self.dns.down(TWO, how="is out of reach")
        self.found()
        self.found()
        self.assertEqual(self.servers()[3:], [TWO, ONE, ONE])

    def test_errors_make_way_at_once(self) -> None:
        for code in (dns.ESERVER, dns.EREFUSED, dns.ENOTIMP, dns.EFORMAT):
            self.dns.put("web.test", A, code, server=ONE)
            self.resolver = Resolver(self.runtime, lambda: self.conf, ask=self.dns)
            self.assertEqual(self.found(), ["10.1.0.1"])

    def test_that_a_name_does_not_exist_is_an_answer(self) -> None:
        self.dns.authority = (soa("test", 7),)
        records = self.successResultOf(self.ask("none.test"))
        self.assertEqual((records.exists, records.ttl_s), (False, 7))
        self.assertEqual(self.servers(), [ONE])

    def test_silent_servers_are_asked_again_without_edns(self) -> None:
        self.dns.down(ONE, TWO)
        asked = self.ask()
        self.runtime.reactor.pump([1.0] * 5)
        fault = self.why(asked)
        self.assertTrue(fault.silent)
        self.assertEqual(
            str(fault), "10.0.0.1:53 is silent, 10.0.0.2:53 is silent (asked for web.test)"
        )
        self.assertEqual(
            [(server, edns) for server, _, edns in self.dns.asked],
            [(ONE, True), (TWO, True), (ONE, False), (TWO, False)],
        )

    def test_servers_that_said_something_are_not_asked_again(self) -> None:
        self.dns.put("web.test", A, dns.ESERVER)
        fault = self.why(self.ask())
        self.assertFalse(fault.silent)
        self.assertEqual(
            str(fault), "10.0.0.1:53 says SERVFAIL, 10.0.0.2:53 says SERVFAIL (asked for web.test)"
        )
        self.assertEqual(self.servers(), [ONE, TWO])

    def test_one_that_spoke_and_one_that_did_not(self) -> None:
        self.dns.put("web.test", A, dns.ESERVER, server=ONE)
        self.dns.put("web.test", A, SILENT, server=TWO)
        asked = self.ask()
        self.runtime.reactor.pump([1.0] * 5)
        self.assertFalse(self.why(asked).silent)
        self.assertEqual(self.servers(), [ONE, TWO, TWO])

    def test_a_server_that_does_not_know_edns_is_asked_without(self) -> None:
        self.conf = attrs.evolve(self.conf, attempts=1, servers=(ONE,))
        plain = self.dns

        def picky(reactor: Any, server: Server, question: Any, edns: bool, limit_s: float) -> Any:
            plain.put("web.test", A, dns.EFORMAT if edns else a("web.test", "10.1.0.1"))
            return plain(reactor, server, question, edns, limit_s)

        self.resolver = Resolver(self.runtime, lambda: self.conf, ask=picky)
        self.assertEqual(self.found(), ["10.1.0.1"])

    def test_rotate_asks_all_servers_first(self) -> None:
        self.conf = attrs.evolve(self.conf, rotate=True)
        for _ in range(20):
            self.found()
        self.assertEqual(set(self.servers()), {ONE, TWO})

    def test_an_alias_that_the_server_did_not_follow_is_asked_for(self) -> None:
        self.dns.put("www.test", A, cname("www.test", "web.test", 9))
        records = self.successResultOf(self.ask("www.test"))
        self.assertEqual(len(records.found), 1)
        self.assertEqual(records.ttl_s, 9)
        self.assertEqual(self.dns.names(), ["www.test", "web.test"])

    def test_aliases_without_end(self) -> None:
        self.dns.put("x.test", A, cname("x.test", "y.test"))
        self.dns.put("y.test", A, cname("y.test", "x.test"))
        self.assertIn("no end", str(self.why(self.ask("x.test"))))
        self.assertEqual(len(self.dns.asked), ALIASES)

    def test_the_servers_of_a_configuration_come_before_those_of_the_system(self) -> None:
        class Configured:
            async def servers(self) -> list[Server]:
                return [TWO]

        self.resolver = Resolver(self.runtime, lambda: self.conf, Configured(), self.dns)
        self.found()
        self.assertEqual(self.servers(), [TWO])
