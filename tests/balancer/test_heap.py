"""The heap: always the least loaded of the open ones, whatever has happened before."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.stateful import invariant
from tests.balancer.test_base import STEPS, Updates
from tests.contracts.balancer import balancer_contract, endpoints, held, picked, update

from linkerd.balancer.base import BUSY, CLOSED, OPEN
from linkerd.balancer.heap import DOWN, Heap, HeapConfig


def make(rng):
    return HeapConfig().mk(rng)


@pytest.mark.parametrize("rule", balancer_contract(make))
def test_contract(rule):
    rule()


def check(heap):
    """See that it is a heap, and that its loads are those of the endpoints."""
    assert heap.loads == [e.pending + (e.status != OPEN) * DOWN for e in heap.endpoints]
    for place in range(1, len(heap.loads)):
        assert heap.loads[(place - 1) // 2] <= heap.loads[place]


class HeapUpdates(Updates):
    config = HeapConfig()

    @invariant()
    def it_is_a_heap(self):
        for heap in getattr(self.balancer, "classes", [self.balancer]):
            check(heap)


TestHeapUpdates = HeapUpdates.TestCase
TestHeapUpdates.settings = STEPS


def heap_of(n, seed=1):
    balancer = make(random.Random(seed))
    update(balancer, endpoints(n))
    return balancer


def test_the_least_loaded_is_picked():
    """A thousand random events against a look at all endpoints."""
    rng = random.Random(5)
    heap = heap_of(9)
    known = held(heap)
    under_way = []
    for _ in range(1000):
        event = rng.random()
        if event < 0.45:
            candidates = [e for e in known if e.status == OPEN] or known
            least = min(e.pending for e in candidates)
            endpoint = picked(heap)
            assert endpoint in candidates
            assert endpoint.pending == least + 1
            under_way.append(endpoint)
        elif event < 0.85 and under_way:
            heap.release(under_way.pop(rng.randrange(len(under_way))), 0.0, 0.0)
        else:
            rng.choice(known).become(rng.choice((OPEN, BUSY, CLOSED)))
        check(heap)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(0), st.booleans())
@example([0, 9, 1, 9, 9, 2, 2], 3, True)  # the last one is to rise in the place of the fourth
def test_whoever_leaves_or_gets_idle_the_rest_stay_in_order(loads, index, leaves):
    heap = make(random.Random(1))
    known = endpoints(len(loads))
    for endpoint, load in zip(known, loads, strict=True):
        endpoint.pending = load
    heap.change(known, [], [])
    check(heap)
    chosen = known[index % len(known)]
    if leaves:
        heap.drop(chosen)
    else:
        for _ in range(chosen.pending):
            heap.release(chosen, 0.0, 0.0)
    check(heap)
    assert [heap.endpoints[e.place] for e in heap.endpoints] == heap.endpoints


def test_loads_differ_by_one_at_most():
    heap = heap_of(10)
    for _ in range(1234):
        picked(heap)
    loads = [e.pending for e in held(heap)]
    assert max(loads) - min(loads) <= 1


def test_idle_endpoints_take_turns_by_chance():
    heap = heap_of(10)
    taken = Counter()
    for _ in range(10_000):
        endpoint = picked(heap)
        taken[endpoint] += 1
        heap.release(endpoint, 0.0, 0.0)
    assert min(taken.values()) > 850
    assert max(taken.values()) < 1150


def test_what_left_with_requests_under_way_is_released_without_harm():
    heap = heap_of(3)
    leaving = picked(heap)
    update(heap, [e for e in held(heap) if e is not leaving])
    heap.release(leaving, 0.0, 0.0)
    assert leaving.pending == 0
    check(heap)


def test_a_pick_of_ten_thousand_looks_at_few():
    heap = heap_of(10_000)

    class Counting(list):
        reads = 0

        def __getitem__(self, index):
            Counting.reads += 1
            return super().__getitem__(index)

    heap.loads = Counting(heap.loads)
    under_way = [picked(heap) for _ in range(100)]
    for endpoint in under_way:
        heap.release(endpoint, 0.0, 0.0)
    assert Counting.reads < 200 * 100


def test_configuration():
    balancer = HeapConfig().mk(random.Random(1))
    assert isinstance(balancer, Heap)
    assert balancer.algorithm == "heap_least_loaded"
    assert not hasattr(HeapConfig(), "max_effort")
