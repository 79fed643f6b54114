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
from linkerd.namer.dns_resolver import ALIASES, PATIENCE_S, Resolver, share_s

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

    def test_there_is_time_for_all_servers_whatever_the_file_says(self) -> None:
        three = Server("10.0.0.3")
        for timeout_s, attempts in ((30.0, 2), (10.0, 5), (5.0, 1)):
            self.conf = ResolvConf((ONE, TWO, three), timeout_s=timeout_s, attempts=attempts)
            self.dns.down(ONE, TWO)
            self.resolver = Resolver(self.runtime, lambda: self.conf, ask=self.dns)
            asked = self.ask()
            self.runtime.reactor.pump([0.1] * round(10 * PATIENCE_S))
            self.successResultOf(asked)
            self.dns.down(three)
            self.why(self.after(self.ask(), PATIENCE_S + 1))
            self.dns.up(ONE, TWO, three)

    def after(self, asked: defer.Deferred[Any], seconds: float) -> defer.Deferred[Any]:
        self.runtime.reactor.pump([0.1] * round(10 * seconds))
        return asked

    def test_a_silent_server_comes_last_even_if_nobody_waited_to_the_end(self) -> None:
        self.dns.down(ONE)
        asked = self.ask()
        self.runtime.reactor.advance(0.6)
        asked.cancel()
        self.failureResultOf(asked, defer.CancelledError)
        self.found()
        self.assertEqual(self.servers(), [ONE, TWO])

    def test_that_nobody_waited_for_long_says_nothing(self) -> None:
        self.dns.down(ONE)
        asked = self.ask()
        asked.cancel()
        self.failureResultOf(asked, defer.CancelledError)
        self.assertNoResult(self.ask())
        self.assertEqual(self.servers(), [ONE, ONE])

    def test_servers_that_said_something_are_not_asked_again(self) -> None:
        self.dns.put("web.test", A, dns.ESERVER)
        fault = self.why(self.ask())
        self.assertFalse(fault.silent)
        self.assertEqual(
            str(fault), "10.0.0.1:53 says SERVFAIL, 10.0.0.2:53 says SERVFAIL (asked for web.test)"
        )
        self.assertEqual(self.servers(), [ONE, ONE, TWO, TWO], "with EDNS and without")

    def test_one_that_spoke_and_one_that_did_not(self) -> None:
        self.dns.put("web.test", A, dns.ESERVER, server=ONE)
        self.dns.put("web.test", A, SILENT, server=TWO)
        asked = self.ask()
        self.runtime.reactor.pump([1.0] * 5)
        self.assertFalse(self.why(asked).silent)
        self.assertEqual(self.servers(), [ONE, ONE, TWO, TWO])

    def test_a_server_that_does_not_know_edns_is_asked_without_from_then_on(self) -> None:
        self.conf = ResolvConf((ONE,))
        for fault in (dns.EFORMAT, dns.ENOTIMP, dns.ESERVER, SILENT):
            with self.subTest(fault):
                self.is_asked_without_edns(fault)

    def is_asked_without_edns(self, fault: int | str) -> None:
        plain, said = self.dns, []

        def picky(reactor: Any, server: Server, question: Any, edns: bool, limit_s: float) -> Any:
            said.append(edns)
            plain.put("web.test", A, fault if edns else a("web.test", "10.1.0.1"))
            return plain(reactor, server, question, edns, limit_s)

        self.resolver = Resolver(self.runtime, lambda: self.conf, ask=picky)
        self.successResultOf(self.after(self.ask(), 3))
        self.assertEqual(self.found(), ["10.1.0.1"])
        self.assertEqual(said, [True, False, False])

    def test_a_fault_that_has_nothing_to_do_with_edns(self) -> None:
        self.conf = ResolvConf((ONE,))
        self.dns.put("web.test", A, dns.ESERVER)
        for _ in range(2):
            self.why(self.ask())
        self.assertEqual([edns for *_, edns in self.dns.asked], [True, False, True, False])

    def test_shares(self) -> None:
        for servers, timeout_s, attempts, share in (
            (1, 2.0, 3, 2.0),
            (1, 30.0, 2, 4.0),
            (2, 30.0, 2, 2.0),
            (3, 30.0, 5, 1.0),
            (16, 2.0, 3, 0.5),
            (3, 0.5, 3, 0.5),
        ):
            conf = ResolvConf(timeout_s=timeout_s, attempts=attempts)
            self.assertEqual(share_s(conf, servers), share)

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
