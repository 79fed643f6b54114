"""Filters of hosts; how addresses are changed at all, the fake one of test_base shows."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from tests.contracts.transformer import PREFIX, RULES

from linkerd.name.activity import PENDING, Failed, Ok, Source, State
from linkerd.name.addr import ADDR_PENDING, AddrBound, Address, AddrFailed, AddrNeg
from linkerd.name.path import Path
from linkerd.name.tree import Leaf
from linkerd.transformer.addresses import FILTERED, SHOWN, HostFilter

from .fakes import Reversed, addresses, changing, only, read

HERE = "10.0.0.1"


def hosts(*texts: str) -> Ok[frozenset[str]]:
    return Ok(frozenset(texts))


class FilterWorld:
    constant = False

    def __init__(self, state: State[frozenset[str]]) -> None:
        self.hosts = Source(state)
        self.transformer = HostFilter(PREFIX, "io.l5d.x", self.hosts)

    def watched(self) -> int:
        return self.hosts.observers

    def filtered(self, *texts: str) -> Any:
        """Give what is left of addresses."""
        name, _ = changing("/#/web", addresses(*texts))
        return only(self.transformer.tree(Leaf(name), read)).addr.sample()


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule: Any) -> None:
    rule(FilterWorld(hosts(HERE)))


def test_addresses_of_the_hosts_are_kept_with_all_they_have() -> None:
    world = FilterWorld(hosts(HERE, "fd00::1", "fe80::1"))
    weighted = Address(HERE, 80, 0.5, (("nodeName", "a"),))
    others = addresses("10.0.0.2:80", "10.0.0.10:80", "fd00::2:80").addresses
    mine = addresses("fd00::1:80", "fe80::1%eth0:80", f"{HERE}:81").addresses | {weighted}
    name, _ = changing("/#/web", AddrBound(others | mine, (("a", 1),)))
    made = only(world.transformer.tree(Leaf(name), read))
    assert made.addr.sample() == AddrBound(mine, (("a", 1),))
    assert (made.id.show(), made.residual, made.before) == ("/%/it/#/web", Path.of("rest"), name)


def test_a_set_of_which_nothing_is_left_says_what_there_was() -> None:
    world = FilterWorld(hosts(HERE))
    assert world.filtered("10.0.0.9:80", "10.0.0.3:80", "fd00::1:80") == AddrNeg(
        "io.l5d.x keeps none of 3 addresses: 10.0.0.3:80, 10.0.0.9:80, [fd00::1]:80", FILTERED
    )
    assert world.filtered("10.0.0.9:80").why == ("io.l5d.x keeps none of 10.0.0.9:80")


def test_a_long_set_is_not_listed_in_full() -> None:
    said = FilterWorld(hosts()).filtered(*(f"10.0.1.{n}:80" for n in range(200))).why
    assert said.startswith("io.l5d.x keeps none of 200 addresses: 10.0.1.0:80, 10.0.1.1:80,")
    assert said.count(":80") == SHOWN
    assert said.endswith(", ...; the host itself has no address")


def test_without_an_answer_about_the_hosts_there_is_none_about_addresses() -> None:
    assert FilterWorld(PENDING).filtered("10.0.0.9:80") == ADDR_PENDING
    assert FilterWorld(Failed("no DNS")).filtered("10.0.0.9:80") == AddrFailed("io.l5d.x: no DNS")


def test_addresses_follow_the_names_and_the_hosts() -> None:
    world = FilterWorld(PENDING)
    name, source = changing("/#/web", addresses("10.0.0.1:80", "10.0.0.2:80"))
    seen: list[Any] = []
    observation = only(world.transformer.tree(Leaf(name), read)).addr.observe(seen.append)
    world.hosts.set(hosts("10.0.0.2"))
    source.set(addresses("10.0.0.2:81"))
    world.hosts.set(hosts("10.0.0.3"))
    assert seen[:3] == [ADDR_PENDING, addresses("10.0.0.2:80"), addresses("10.0.0.2:81")]
    assert seen[3].code == FILTERED
    observation.close()
    assert (world.hosts.observers, source.observers) == (0, 0)


def test_equal_names_with_other_addresses_are_kept_apart() -> None:
    transformer = Reversed(PREFIX)
    names = [changing("/#/web", addresses(f"10.0.0.{n}:80"))[0] for n in (1, 2)]
    made = [transformer.name(name) for name in names]
    assert made[0] == made[1]
    assert [each.addr.sample() for each in made] == [
        addresses("1.0.0.01:80"),
        addresses("2.0.0.01:80"),
    ]


def test_a_name_that_nobody_uses_is_forgotten() -> None:
    transformer = Reversed(PREFIX)
    for number in range(100):
        transformer.tree(Leaf(changing(f"/#/{number}", ADDR_PENDING)[0]), read)
    gc.collect()
    assert len(transformer._made) == 0
