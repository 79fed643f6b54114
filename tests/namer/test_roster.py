"""The nodes of a service, and the addresses that come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.addr import Address
from linkerd.namer.endpoints import Target
from linkerd.namer.roster import Found, Roster, Served
from linkerd.namer.serverset_member import Member
from linkerd.namer.serverset_vector import Descriptor, Vector

if TYPE_CHECKING:
    from collections.abc import Iterable


def change(roster: Roster, gone: Iterable[str], come: dict[str, Found]) -> None:
    for name in gone:
        if name in roster.nodes:
            roster.drop(name)
    for name, found in come.items():
        roster.put(name, found)


HALF = Vector((Descriptor("shard", "1", 0.5),))


def test_addresses_and_hosts() -> None:
    roster = Roster()
    change(
        roster,
        (),
        {
            "a": (Member("10.0.0.1", 80, shard=1, more=(("admin", "10.0.0.1", 99),)),),
            "b": (Member("web.example", 80), Member("10.0.0.2", 81)),
            "c": (Member("10.0.0.3", 80, "DEAD"),),
        },
    )
    two = frozenset([Address("10.0.0.1", 80), Address("10.0.0.2", 81)])
    assert roster.served("") == Served(two, (Target("web.example", 80),))
    assert roster.served("admin") == Served(frozenset([Address("10.0.0.1", 99)]), ())
    assert [node for node, _ in roster.members()] == ["a", "b", "b", "c"]


def test_one_place_that_is_given_twice_stays_until_both_have_gone() -> None:
    roster = Roster()
    member = (Member("10.0.0.1", 80),)
    change(roster, (), {"a": member})
    assert len(roster.served("").literal) == 1
    change(roster, (), {"b": member})
    change(roster, ("a",), {})
    assert len(roster.served("").literal) == 1
    change(roster, ("b",), {})
    assert roster.served("") == Served(frozenset(), ())


def test_weights_come_change_and_go() -> None:
    roster = Roster()
    change(roster, (), {"a": (Member("10.0.0.1", 80, shard=1),)})
    assert roster.served("").literal == {Address("10.0.0.1", 80)}
    change(roster, (), {"v": HALF})
    assert roster.served("").literal == {Address("10.0.0.1", 80, 0.5)}
    change(roster, (), {"v": Vector((Descriptor("shard", "1", 2.0),))})
    assert roster.served("").literal == {Address("10.0.0.1", 80, 2.0)}
    assert roster.weight("a", Member("10.0.0.1", 80, shard=1)) == 2.0
    change(roster, ("v",), {})
    assert roster.served("").literal == {Address("10.0.0.1", 80)}


def test_an_edition_stays_as_it_is() -> None:
    roster = Roster()
    change(roster, (), {"a": (Member("10.0.0.1", 80, more=(("admin", "10.0.0.1", 99),)),)})
    edition = roster.edition()
    change(roster, ("a",), {"b": (Member("10.0.0.2", 80),)})
    assert edition.served("").literal == {Address("10.0.0.1", 80)}
    assert edition.served("admin").literal == frozenset()
    assert roster.edition().served("").literal == {Address("10.0.0.2", 80)}
    assert roster.edition() != edition


NODES = st.sampled_from(["a", "b", "c", "v"])
MEMBERS = st.builds(
    Member,
    st.sampled_from(["10.0.0.1", "10.0.0.2", "web", "db"]),
    st.sampled_from([80, 81]),
    st.sampled_from(["ALIVE", "DEAD"]),
    st.sampled_from([None, 1]),
    st.sampled_from([(), (("admin", "10.0.0.9", 99),)]),
)
FOUND = st.one_of(st.lists(MEMBERS, max_size=3).map(tuple), st.just(HALF))
CHANGES = st.lists(st.tuples(st.sets(NODES), st.dictionaries(NODES, FOUND)), max_size=8)


@given(CHANGES)
def test_changes_lead_where_beginning_anew_does(
    changes: list[tuple[set[str], dict[str, Found]]],
) -> None:
    roster = Roster()
    for gone, come in changes:
        roster.served("")
        roster.served("admin")
        change(roster, gone, come)
        other = Roster()
        change(other, (), roster.nodes)
        for endpoint in ("", "admin"):
            assert roster.served(endpoint) == other.served(endpoint)
