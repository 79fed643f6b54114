"""Which endpoints are shown of many."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import attrs
from hypothesis import given
from hypothesis import strategies as st

from linkerd.admin.view import EndpointView
from linkerd.admin.worst import CALM, HANDFUL, ORDER, SHOWN, Worst, worst_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def find(endpoints: Sequence[EndpointView]) -> Worst:
    found: list[Worst] = []

    def look() -> Iterator[str]:
        found.append((yield from worst_of(endpoints)))

    assert "".join(look()) == ""
    return found[0]


def test_few_are_all_shown_those_in_trouble_first() -> None:
    states = ("open", "probing", "open", "down", "dead")
    endpoints = [EndpointView(str(i), status, load=i) for i, status in enumerate(states)]
    assert [each.address for each in find(endpoints).shown] == ["4", "3", "1", "0", "2"]
    assert find(endpoints).left_out() == {}


def test_of_many_the_busiest_in_their_places() -> None:
    endpoints = [EndpointView(str(i), load=i % 300) for i in range(300)]
    endpoints[7] = attrs.evolve(endpoints[7], status="dead")
    found = find(endpoints)
    busiest = [str(i) for i in range(300 - CALM, 300)]
    assert [each.address for each in found.shown] == ["7", *busiest]
    assert found.left_out() == {"open": 299 - CALM}


def test_no_more_are_left_out_than_must_be() -> None:
    for number, shown in ((SHOWN, SHOWN), (SHOWN + 1, CALM)):
        assert len(find([EndpointView(str(i)) for i in range(number)]).shown) == shown


def test_without_loads_requests_count() -> None:
    endpoints = [EndpointView(str(i), pending=int(i == 99)) for i in range(100)]
    assert "99" in [each.address for each in find(endpoints).shown]


def test_sums() -> None:
    found = find([EndpointView(str(i), connections=3, idle=2, waiting=1) for i in range(100)])
    assert (found.connections, found.idle, found.waiting) == (300, 200, 100)


@given(st.lists(st.sampled_from(["open", "dead", "probing", "down"]), max_size=600))
def test_nobody_is_lost(states: list[str]) -> None:
    endpoints = [EndpointView(str(i), status) for i, status in enumerate(states)]
    found = find(endpoints)
    assert len(found.shown) + sum(found.left_out().values()) == len(states)
    assert len(found.shown) <= SHOWN
    ranks = [ORDER.get(each.status, 9) for each in found.shown]
    assert ranks == sorted(ranks)
    assert ranks[:SHOWN] == sorted([ORDER.get(each, 9) for each in states])[: len(ranks)]


class Counted(list[EndpointView]):
    """Knows how often it was asked."""

    taken = 0

    def __getitem__(self, index: object) -> list[EndpointView]:  # type: ignore[override]
        found: list[EndpointView] = super().__getitem__(index)  # type: ignore[index]
        self.taken += len(found)
        return found


def test_a_handful_at_a_time() -> None:
    endpoints = Counted([EndpointView(str(i)) for i in range(1000)])
    list(islice(worst_of(endpoints), 3))
    assert endpoints.taken == 3 * HANDFUL
