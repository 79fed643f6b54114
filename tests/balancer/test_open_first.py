"""The open endpoints come first, through any sequence of changes."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.balancer import endpoints

from linkerd.balancer.base import BUSY, CLOSED, OPEN
from linkerd.balancer.open_first import OpenFirst

STEPS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(("put", "drop", OPEN, BUSY, CLOSED))), max_size=40
)


@given(STEPS)
def test_open_ones_come_first(steps):
    balancer = OpenFirst(random.Random(1), 5)
    known = endpoints(6)
    balancer.change(known, [], [])
    for index, step in steps:
        endpoint = known[index]
        if step == "put":
            if endpoint.home is None:
                balancer.put(endpoint)
        elif step == "drop":
            if endpoint.home is balancer:
                balancer.drop(endpoint)
        else:
            endpoint.become(step)
        border = balancer.count(OPEN)
        assert all(e.status == OPEN for e in balancer.endpoints[:border])
        assert all(e.status != OPEN for e in balancer.endpoints[border:])
        assert [e.place for e in balancer.endpoints] == list(range(balancer.size))
        assert set(balancer.endpoints) == {e for e in known if e.home is balancer}


def test_they_stay_in_the_order_they_came_in():
    balancer = OpenFirst(random.Random(1), 5)
    known = endpoints(5)
    known[1].become(BUSY)
    balancer.change(known, [], [])
    assert balancer.endpoints == [known[0], known[2], known[3], known[4], known[1]]
