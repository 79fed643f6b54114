"""Hosts and their addresses."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.namers import Seen, virtual_runtime
from twisted.internet import defer
from twisted.internet._resolver import GAIResolver
from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from linkerd.name.activity import Constant, Failed, Ok, Pending
from linkerd.namer.discovery import Tally
from linkerd.namer.hosts import GaiLookup, HostTable, PluggedLookup, lookup_of

if TYPE_CHECKING:
    from collections.abc import Callable


class Pool:
    """A pool whose threads are this one."""

    def callInThreadWithCallback(
        self, done: Callable[[bool, Any], None], f: Callable[..., Any], *args: Any
    ) -> None:
        from twisted.python.failure import Failure

        try:
            result = f(*args)
        except Exception:
            done(False, Failure())
        else:
            done(True, result)


class PoolReactor:
    def getThreadPool(self) -> Pool:
        return Pool()

    def callFromThread(self, f: Callable[..., Any], *args: Any) -> None:
        f(*args)


def gai(answer: Any) -> GaiLookup:
    def getaddrinfo(host: str, port: object, family: int, kind: int) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return GaiLookup(PoolReactor(), getaddrinfo)


class System(SynchronousTestCase):
    def test_all_addresses_are_given_once(self) -> None:
        found = [
            (socket.AF_INET, 1, 6, "", ("10.0.0.1", 0)),
            (socket.AF_INET6, 1, 6, "", ("::1", 0, 0, 0)),
            (socket.AF_INET, 1, 6, "", ("10.0.0.1", 0)),
        ]
        self.assertEqual(self.successResultOf(gai(found)("web")), frozenset(["10.0.0.1", "::1"]))

    def test_an_unknown_host_is_an_answer(self) -> None:
        for code in (socket.EAI_NONAME, socket.EAI_NODATA):
            lookup = gai(socket.gaierror(code, "unknown"))
            self.assertEqual(self.successResultOf(lookup("web")), frozenset())

    def test_a_broken_resolver_is_none(self) -> None:
        for error in (socket.gaierror(socket.EAI_AGAIN, "try again"), OSError("x")):
            self.failureResultOf(gai(error)("web"), OSError)


class Plugged(SynchronousTestCase):
    def test_an_installed_resolver_is_used(self) -> None:
        class Resolver:
            def resolveHostName(self, receiver: Any, host: str) -> None:
                receiver.resolutionBegan(None)
                for address in hosts[host]:
                    receiver.addressResolved(IPv4Address("TCP", address, 0))
                receiver.resolutionComplete()

        class Reactor:
            nameResolver = Resolver()  # noqa: N815

        hosts: dict[str, list[str]] = {"web": ["10.0.0.1", "10.0.0.2"], "none": []}
        lookup = lookup_of(Reactor())
        self.assertIsInstance(lookup, PluggedLookup)
        self.assertEqual(self.successResultOf(lookup("web")), frozenset(["10.0.0.1", "10.0.0.2"]))
        self.assertEqual(self.successResultOf(lookup("none")), frozenset())

    def test_twisteds_stock_resolver_cannot_tell_and_is_not_used(self) -> None:
        class Reactor(PoolReactor):
            nameResolver = GAIResolver(PoolReactor())  # type: ignore[arg-type]  # noqa: N815

        self.assertIsInstance(lookup_of(Reactor()), GaiLookup)
        self.assertIsInstance(lookup_of(PoolReactor()), GaiLookup)


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
        self.assertEqual(self.number("queue_size"), 1)
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


@pytest.mark.parametrize("name", ["EAI_NONAME", "EAI_NODATA"])
def test_this_system_tells_unknown_hosts(name: str) -> None:
    assert hasattr(socket, name)
