"""`io.l5d.specificHost`."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.namers import virtual_runtime
from twisted.internet import defer

from linkerd.name.activity import PENDING, Failed, Ok
from linkerd.name.addr import ADDR_PENDING, AddrNeg
from linkerd.name.tree import Leaf
from linkerd.namer.builtin import BuiltinNamer
from linkerd.transformer.specific_host import hosts_of

from .fakes import addresses, changing, config, fault, only, read


class Dns:
    """Answers `hosts`; fails while there are none."""

    def __init__(self, hosts: dict[str, set[str]]) -> None:
        self.hosts = hosts
        self.builtin = BuiltinNamer(virtual_runtime(), self._answer)  # type: ignore[arg-type]
        self.lookups = [(self.builtin.prefix, self.builtin)]

    def _answer(self, host: str) -> Any:
        if not self.hosts:
            return defer.fail(OSError("no DNS"))
        return defer.succeed(frozenset(self.hosts.get(host, set())))


@pytest.mark.parametrize(
    ("host", "literal"), [("10.0.0.7", "10.0.0.7"), ("::1", "::1"), ("[fd00::0:1]", "fd00::1")]
)
def test_a_literal_needs_no_lookup(host: str, literal: str) -> None:
    assert hosts_of(host, Dns({}).lookups).sample() == Ok(frozenset([literal]))


def test_only_addresses_of_the_host_are_left() -> None:
    transformer = config("kind: io.l5d.specificHost\nhost: 10.0.0.7").mk(
        virtual_runtime(), Dns({}).lookups
    )
    name, source = changing("/#/web", addresses("10.0.0.7:80", "10.0.0.8:80", "10.0.0.7:81"))
    made = only(transformer.tree(Leaf(name), read))
    assert made.id.show() == "/%/io.l5d.specificHost/#/web"
    assert made.addr.sample() == addresses("10.0.0.7:80", "10.0.0.7:81")
    source.set(addresses("10.0.0.8:80"))
    assert made.addr.sample() == AddrNeg(
        "io.l5d.specificHost (10.0.0.7) keeps none of 10.0.0.8:80", "L5D-1109"
    )


def test_a_name_is_looked_up_while_addresses_are_observed() -> None:
    dns = Dns({"web.example": {"10.0.0.7", "10.0.0.9"}})
    transformer = config("kind: io.l5d.specificHost\nhost: web.example").mk(
        virtual_runtime(), dns.lookups
    )
    name, _ = changing("/#/web", addresses("10.0.0.7:80", "10.0.0.8:80", "10.0.0.9:80"))
    made = only(transformer.tree(Leaf(name), read))
    assert made.addr.sample() == ADDR_PENDING, "nobody has looked it up"
    seen: list[Any] = []
    observation = made.addr.observe(seen.append)
    assert seen[-1] == addresses("10.0.0.7:80", "10.0.0.9:80")
    observation.close()
    assert dns.builtin.state()["inet"]["hosts"] == {}


def test_an_unknown_host_has_no_addresses_and_one_that_cannot_be_looked_up_fails() -> None:
    seen: list[Any] = []
    hosts_of("web.example", Dns({"other": set()}).lookups).observe(seen.append)
    hosts_of("web.example", Dns({}).lookups).observe(seen.append)
    assert [state for state in seen if state != PENDING] == [Ok(frozenset()), Failed("no DNS")]


@pytest.mark.parametrize("host", ['""', "a b", "a/b", "10.0.0.0/8"])
def test_faults(host: str) -> None:
    assert fault("kind: io.l5d.specificHost") == (1, 1, "`host` is required")
    line, column, why = fault(f"kind: io.l5d.specificHost\nhost: {host}")
    assert (line, column) == (2, 7)
    assert "no IP address and no host name" in why
