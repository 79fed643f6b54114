"""`io.l5d.dnssrv`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.support.namers import Seen, bound_in, virtual_runtime
from twisted.internet import defer

from linkerd.linker import load
from linkerd.name.activity import Ok
from linkerd.name.addr import AddrBound, Address
from linkerd.name.path import Path
from linkerd.name.tree import NEG
from linkerd.namer.dns_message import NoAnswer
from linkerd.namer.dns_srv import SrvTarget
from linkerd.namer.dns_turns import AT_ONCE, Turns
from linkerd.namer.dnssrv import DnsSrvConfig, DnsSrvNamer

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "_web._tcp.test"


class Srv:
    """The contract's registry: hosts come with their addresses, or `named` and looked up."""

    always_bound = False
    path = Path.of(NAME)

    def __init__(self, named: bool = False) -> None:
        self.named = named
        self.targets: frozenset[SrvTarget] | NoAnswer = frozenset()
        self.hosts: dict[str, frozenset[str] | NoAnswer] = {}
        self.runtime = virtual_runtime()
        self.metrics = self.runtime.metrics
        self.namer = DnsSrvNamer(self.runtime, DnsSrvConfig(), self.services, self.lookup)

    async def services(self, name: str) -> frozenset[SrvTarget]:
        targets = self.targets if name == NAME else frozenset[SrvTarget]()
        if isinstance(targets, NoAnswer):
            raise targets
        return targets

    def lookup(self, host: str) -> defer.Deferred[frozenset[str]]:
        answer = self.hosts.get(host, frozenset())
        return defer.fail(answer) if isinstance(answer, NoAnswer) else defer.succeed(answer)

    def put(self, addresses: frozenset[Address]) -> None:
        found = set()
        for each in addresses:
            host = f"h{each.host.replace('.', '-')}.test."
            if self.named:
                self.hosts[host] = frozenset([each.host])
            known = frozenset[str]() if self.named else frozenset([each.host])
            found.add(SrvTarget(host, each.port, known))
        self.targets = frozenset(found)

    def remove(self) -> None:
        self.targets = frozenset()

    def fail(self) -> None:
        self.targets = NoAnswer("10.0.0.53:53 is silent", True)

    def settle(self) -> None:
        self.runtime.reactor.pump([0.1] * 60)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("rule", NAMER_CONTRACT)
def test_keeps_the_contract(rule: Callable[[Registry], None], named: bool) -> None:
    rule(Srv(named))


def observed(registry: Srv) -> tuple[Seen[Any], Seen[Any]]:
    """The tree and the addresses of the name, followed."""
    tree = Seen(registry.namer.lookup(registry.path))
    return tree, Seen(bound_in(tree.last).addr)


def bound(*hosts: str, port: int = 80) -> AddrBound:
    return AddrBound(frozenset(Address(host, port) for host in hosts))


@pytest.mark.parametrize("path", ["/", "/a%20b", "/10.0.0.1/80", "/.."])
def test_what_can_be_no_service_is_negative(path: str) -> None:
    name = Path.read(path.replace("%20", "\\x20"))
    assert Srv().namer.lookup(name).sample() == Ok(NEG)


def test_all_addresses_of_a_host_are_used() -> None:
    registry = Srv()
    registry.targets = frozenset([SrvTarget("h.test.", 80)])
    registry.hosts["h.test."] = frozenset(["10.0.0.1", "10.0.0.2"])
    _, addr = observed(registry)
    assert addr.last == bound("10.0.0.1", "10.0.0.2")


def test_hosts_that_all_become_unknown_are_negative_at_once() -> None:
    registry = Srv(named=True)
    registry.put(frozenset([Address("10.0.0.1", 80)]))
    tree, addr = observed(registry)
    registry.hosts.clear()
    registry.settle()
    assert tree.last == Ok(NEG)
    tree.close()
    addr.close()


def test_new_hosts_replace_good_ones_when_they_can_be_used() -> None:
    registry = Srv(named=True)
    registry.put(frozenset([Address("10.0.0.1", 80)]))
    tree, addr = observed(registry)
    registry.put(frozenset([Address("10.0.0.2", 80)]))
    registry.hosts = dict.fromkeys(registry.hosts, NoAnswer("broken"))
    registry.settle()
    standing = registry.namer.standing(registry.path)
    assert standing is not None
    assert (standing.phase, standing.why) == ("stale", "no address of any target: broken")
    registry.put(frozenset([Address("10.0.0.2", 80)]))
    registry.settle()
    assert addr.all == [bound("10.0.0.1"), bound("10.0.0.2")]
    assert len(tree.all) == 1


def test_the_standing_is_that_of_the_service_or_of_its_hosts() -> None:
    registry = Srv(named=True)
    path = registry.path + Path.of("residual")
    assert registry.namer.standing(path) is None
    registry.put(frozenset([Address("10.0.0.1", 80)]))
    observed(registry)
    standing = registry.namer.standing(path)
    assert standing is not None
    assert standing.phase == "ok"
    registry.hosts = dict.fromkeys(registry.hosts, NoAnswer("broken"))
    registry.settle()
    standing = registry.namer.standing(path)
    assert standing is not None
    assert (standing.phase, standing.why) == ("stale", "broken")


def test_a_service_is_asked_for_at_each_interval_once_for_all() -> None:
    registry = Srv()
    asked: list[float] = []
    services = registry.services

    async def counted(name: str) -> frozenset[SrvTarget]:
        asked.append(registry.runtime.clock())
        return await services(name)

    config = DnsSrvConfig(refresh_interval_seconds=2)
    namer = DnsSrvNamer(registry.runtime, config, counted, registry.lookup)
    seen = [Seen(namer.lookup(registry.path)) for _ in range(3)]
    registry.runtime.reactor.pump([0.05] * 200)
    waits = [after - before for before, after in pairwise(asked)]
    assert all(2.0 <= wait <= 2.3 for wait in waits)
    assert len(waits) == 4
    for each in seen:
        each.close()
    assert registry.runtime.reactor.getDelayedCalls() == []


def test_metrics_and_state_stand_where_linkerd_has_them() -> None:
    registry = Srv()
    registry.put(frozenset([Address("10.0.0.1", 80)]))
    observed(registry)
    name = "#/io.l5d.dnssrv"
    scope = registry.metrics.find("namer", name, name, "lookup_successes_total")
    assert scope is not None
    assert scope.metric.value == 1  # type: ignore[union-attr]
    value = registry.namer.state()[NAME]["state"]["value"]
    assert value == [{"host": "h10-0-0-1.test.", "port": 80, "addresses": ["10.0.0.1"]}]


def test_the_state_of_hosts_is_there_whatever_services_are_called() -> None:
    registry = Srv()
    seen = [Seen(registry.namer.lookup(Path.of(name))) for name in ("hosts", NAME)]
    assert registry.namer.state()["hosts"] == {}
    assert NAME in registry.namer.state()
    for each in seen:
        each.close()


def test_services_and_hosts_have_their_turns_from_one_source() -> None:
    registry = Srv()
    out: list[str] = []

    async def silent(name: str) -> frozenset[SrvTarget]:
        out.append(name)
        if name == NAME:
            return frozenset([SrvTarget("h.test.", 80)])
        return await defer.Deferred()

    def lookup(host: str) -> defer.Deferred[frozenset[str]]:
        out.append(host)
        return defer.Deferred()

    namer = DnsSrvNamer(registry.runtime, DnsSrvConfig(), silent, lookup)
    seen = [Seen(namer.lookup(Path.of(f"s{i}.test"))) for i in range(AT_ONCE - 1)]
    seen.append(Seen(namer.lookup(registry.path)))
    assert out[-2:] == [NAME, "h.test."]
    seen += [Seen(namer.lookup(Path.of(f"t{i}.test"))) for i in range(AT_ONCE)]
    assert len(out) == AT_ONCE + 1
    for each in seen:
        each.close()
    registry.runtime.reactor.advance(0)
    assert registry.runtime.reactor.getDelayedCalls() == []


def test_nothing_is_remembered_of_services_that_nobody_observes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(Turns, "forget", lambda _, name: forgotten.append(name))
    registry = Srv()
    Seen(registry.namer.lookup(registry.path)).close()
    assert forgotten == [f"SRV {NAME}"]


CONFIG = """
namers: [{kind: io.l5d.dnssrv%s}]
routers: [{protocol: http, servers: [{port: 4140}]}]
"""


def test_the_configuration() -> None:
    more = ", experimental: true, refreshIntervalSeconds: 60, dnsHosts: [ns0.example.org, '::1']"
    for text in ("", more):
        [config] = load(CONFIG % text, "test").namers
        assert isinstance(config.mk(virtual_runtime()), DnsSrvNamer)
    assert isinstance(config, DnsSrvConfig)
    assert config.refresh_interval_seconds == 60
    assert config.dns_hosts == ("ns0.example.org", "::1")


@pytest.mark.parametrize("wrong", ["refreshIntervalSeconds: 0", "dnsHosts: ['a b']"])
def test_wrong_configurations(wrong: str) -> None:
    with pytest.raises(Exception, match="4004"):
        load(CONFIG % f", {wrong}", "test")
