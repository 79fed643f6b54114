"""Name servers of a configuration."""

from __future__ import annotations

import pytest
from tests.support.namers import virtual_runtime
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer.dns_conf import Server
from linkerd.namer.dns_enough import MORE_S
from linkerd.namer.dns_message import NoAnswer
from linkerd.namer.dns_servers import AGAIN_S, DnsHost, NamedServers, dns_host
from linkerd.namer.poll import Answer


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("10.0.0.53", DnsHost("10.0.0.53")),
        ("10.0.0.53:8600", DnsHost("10.0.0.53", 8600)),
        ("::1", DnsHost("::1")),
        ("[::1]:8600", DnsHost("::1", 8600)),
        ("ns0.example.org", DnsHost("ns0.example.org")),
        ("ns0.example.org:8600", DnsHost("ns0.example.org", 8600)),
        ("localhost:8600", DnsHost("127.0.0.1", 8600)),
    ],
)
def test_hosts_with_and_without_ports(text: str, host: DnsHost) -> None:
    assert dns_host(text) == host


@pytest.mark.parametrize("text", ["", ":53", "ns:0", "ns:65536", "ns:x", "a b", "-", "ns:1:2"])
def test_what_is_no_host(text: str) -> None:
    assert dns_host(text) is None


class Named(SynchronousTestCase):
    def setUp(self) -> None:
        self.runtime = virtual_runtime()
        self.asked: list[str] = []
        self.late: list[defer.Deferred[Answer[frozenset[str]]]] = []
        self.answer: Answer[frozenset[str]] | NoAnswer = Answer(frozenset(["10.0.0.2", "::2"]), 9)

    def lookup(self, host: str) -> defer.Deferred[Answer[frozenset[str]]]:
        self.asked.append(host)
        if self.late:
            return self.late.pop(0)
        if isinstance(self.answer, NoAnswer):
            return defer.fail(self.answer)
        return defer.succeed(self.answer)

    def servers(self, *hosts: DnsHost) -> NamedServers:
        return NamedServers(self.runtime, hosts, self.lookup)

    def found(self, servers: NamedServers) -> list[Server]:
        return list(self.successResultOf(defer.Deferred.fromCoroutine(servers.servers())))

    def test_addresses_are_asked_as_they_are(self) -> None:
        servers = self.servers(DnsHost("10.0.0.1"), DnsHost("::1", 8600))
        self.assertEqual(self.found(servers), [Server("10.0.0.1"), Server("::1", 8600)])
        self.assertEqual(self.asked, [])

    def test_names_are_looked_up_and_known_for_their_ttl(self) -> None:
        servers = self.servers(DnsHost("ns", 8600))
        for _ in range(2):
            self.assertEqual(self.found(servers), [Server("10.0.0.2", 8600), Server("::2", 8600)])
        self.assertEqual(self.asked, ["ns"])
        self.runtime.reactor.advance(10)
        self.answer = Answer(frozenset(["10.0.0.3"]), 9)
        self.assertEqual(self.found(servers), [Server("10.0.0.3", 8600)])

    def test_what_was_known_is_kept_while_nobody_answers(self) -> None:
        servers = self.servers(DnsHost("ns"))
        self.found(servers)
        self.runtime.reactor.advance(10)
        self.answer = NoAnswer("is silent", True)
        self.assertEqual(len(self.found(servers)), 2)

    def test_one_host_is_enough(self) -> None:
        self.answer = NoAnswer("is silent", True)
        servers = self.servers(DnsHost("ns"), DnsHost("10.0.0.1"))
        self.assertEqual(self.found(servers), [Server("10.0.0.1")])

    def test_names_are_looked_up_at_a_time_and_a_known_server_waits_for_none_of_them(self) -> None:
        silent: list[defer.Deferred[Answer[frozenset[str]]]] = [
            defer.Deferred(),
            defer.Deferred(),
        ]
        self.late = list(silent)
        servers = self.servers(DnsHost("ns0"), DnsHost("ns1"), DnsHost("10.0.0.1"))
        first = defer.Deferred.fromCoroutine(servers.servers())
        second = defer.Deferred.fromCoroutine(servers.servers())
        self.assertEqual(self.asked, ["ns0", "ns1"], "each once for all")
        self.runtime.reactor.advance(MORE_S)
        for each in (first, second):
            self.assertEqual(self.successResultOf(each), [Server("10.0.0.1")])
        silent[0].errback(NoAnswer("is silent", True))
        silent[1].callback(Answer(frozenset(["10.0.0.9"]), 9))
        self.assertEqual(self.found(servers), [Server("10.0.0.9"), Server("10.0.0.1")])

    def test_that_there_was_no_answer_is_known_for_a_while(self) -> None:
        self.answer = NoAnswer("is silent", True)
        servers = self.servers(DnsHost("ns"), DnsHost("10.0.0.1"))
        for _ in range(3):
            self.found(servers)
        self.assertEqual(self.asked, ["ns"])
        self.runtime.reactor.advance(AGAIN_S)
        self.answer = Answer(frozenset(["10.0.0.3"]), 9)
        self.assertEqual(self.found(servers), [Server("10.0.0.3"), Server("10.0.0.1")])

    def test_nobody_waits_for_what_was_known_to_be_renewed(self) -> None:
        servers = self.servers(DnsHost("ns"))
        self.found(servers)
        self.runtime.reactor.advance(10)
        late: defer.Deferred[Answer[frozenset[str]]] = defer.Deferred()
        self.late = [late]
        self.assertEqual(len(self.found(servers)), 2)
        late.callback(Answer(frozenset(["10.0.0.3"]), 9))
        self.assertEqual(self.found(servers), [Server("10.0.0.3")])

    def test_none_is_known(self) -> None:
        for answer in (NoAnswer("is silent", True), Answer(frozenset[str](), 9.0)):
            self.answer = answer
            asked = defer.Deferred.fromCoroutine(self.servers(DnsHost("ns")).servers())
            self.assertIn("no name server", str(self.failureResultOf(asked, NoAnswer).value))
