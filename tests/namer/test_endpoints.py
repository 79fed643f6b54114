"""Address sets made of hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.name.activity import Failed, Ok, Pending
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, AddrBound, Address, AddrFailed
from linkerd.namer.endpoints import Target, endpoints, merge

if TYPE_CHECKING:
    from linkerd.namer.hosts import HostTable

A, B = Target("a", 1), Target("b", 2, 0.5)
FOUND_A, FOUND_B = Ok(frozenset(["10.0.0.1", "10.0.0.2"])), Ok(frozenset(["10.0.0.3"]))
NONE: Ok[frozenset[str]] = Ok(frozenset())


def test_all_addresses_of_all_hosts_with_port_and_weight() -> None:
    assert merge((A, B), (FOUND_A, FOUND_B), ADDR_NEG) == AddrBound(
        frozenset(
            [Address("10.0.0.1", 1), Address("10.0.0.2", 1), Address("10.0.0.3", 2, weight=0.5)]
        )
    )


def test_what_is_known_counts_without_the_rest() -> None:
    known = AddrBound(frozenset([Address("10.0.0.3", 2, weight=0.5)]))
    for other in (Pending(), Failed("x"), NONE):
        assert merge((A, B), (other, FOUND_B), ADDR_NEG) == known


def test_nothing_known() -> None:
    assert merge((A, B), (Pending(), Failed("x")), ADDR_NEG) == ADDR_PENDING
    assert merge((A, B), (NONE, Failed("x")), ADDR_NEG) == AddrFailed("x")
    assert merge((A, B), (NONE, NONE), ADDR_NEG) == ADDR_NEG
    assert merge((), (), AddrBound(frozenset())) == AddrBound(frozenset())


def test_literal_addresses_are_there_whatever_becomes_of_the_hosts() -> None:
    literal = frozenset([Address("10.9.9.9", 9)])
    for state in (Pending(), Failed("x"), NONE):
        assert merge((A,), (state,), ADDR_NEG, literal) == AddrBound(literal)
    both = literal | {Address("10.0.0.3", 2, weight=0.5)}
    assert merge((B,), (FOUND_B,), ADDR_NEG, literal) == AddrBound(both)


def test_literal_addresses_alone_are_looked_up_nowhere() -> None:
    literal = frozenset([Address("10.9.9.9", 9)])
    nowhere: HostTable = None  # type: ignore[assignment]
    assert endpoints(nowhere, (), ADDR_NEG, literal).sample() == AddrBound(literal)
    assert endpoints(nowhere, (), ADDR_NEG).sample() == ADDR_NEG
