"""The frame of balancing: maxEffort, the counters, and any sequence of updates and requests."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.contracts.balancer import Script, difference, endpoints, held, picked, update

from linkerd.balancer.aperture import ApertureConfig
from linkerd.balancer.base import BUSY, CLOSED, OPEN, Balancer, BalancerConfig, Endpoint
from linkerd.balancer.ewma import EwmaConfig
from linkerd.balancer.heap import HeapConfig
from linkerd.balancer.p2c import P2cConfig
from linkerd.balancer.weighted import changed
from linkerd.name.addr import Address


class InTurn(Balancer):
    """Draws the endpoints one after the other and counts the draws."""

    __slots__ = ("draws",)

    def __init__(self, max_effort: int) -> None:
        Balancer.__init__(self, random.Random(1), max_effort)
        self.draws = 0

    def draw(self, now: float) -> Endpoint:
        endpoint = self.endpoints[self.draws % self.size]
        self.draws += 1
        return endpoint


def test_an_endpoint_begins_open_and_idle():
    endpoint = Endpoint(Address("192.0.2.7", 80), 12.5)
    assert (endpoint.status, endpoint.pending) == (OPEN, 0)
    assert (endpoint.cost, endpoint.stamp) == (0.0, 12.5)
    assert "192.0.2.7" in repr(endpoint)
    assert "open pending=0" in repr(endpoint)


def test_the_endpoint_has_no_room_for_more():
    with pytest.raises(AttributeError):
        Endpoint(Address("192.0.2.7", 80), 0.0).anything = 1


@pytest.mark.parametrize("max_effort", [1, 2, 5])
def test_max_effort_draws_then_one_that_is_taken_whatever_it_is(max_effort):
    balancer = InTurn(max_effort)
    update(balancer, endpoints(10))
    for endpoint in balancer.endpoints:
        endpoint.become(BUSY)
    assert picked(balancer) is balancer.endpoints[max_effort]
    assert balancer.draws == max_effort + 1
    assert balancer.max_effort_exhausted == 1


KINDS = (P2cConfig(), EwmaConfig(), ApertureConfig(), HeapConfig())


def marked(config, *failed_at):
    """Make endpoints of which none is open, that failed at those times."""
    balancer = config.mk(random.Random(1))
    update(balancer, endpoints(len(failed_at)))
    for endpoint, when in zip(list(balancer.endpoints), failed_at, strict=True):
        endpoint.failed_at = when
        endpoint.become(BUSY)
    return balancer


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
def test_of_the_marked_the_last_that_failed_is_left_out(config):
    balancer = marked(config, 7.0, 9.0, 8.0)
    assert {picked(balancer).failed_at for _ in range(100)} == {7.0, 8.0}
    assert balancer.max_effort_exhausted == 100


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
def test_the_marked_that_have_answered_since_share_by_load(config):
    balancer = marked(config, 0.0, 9.0, 0.0)
    for _ in range(100):
        picked(balancer)
    loads = {endpoint.failed_at: [] for endpoint in balancer.endpoints}
    for endpoint in balancer.endpoints:
        loads[endpoint.failed_at].append(endpoint.pending)
    assert loads[9.0] == [0]
    assert max(loads[0.0]) - min(loads[0.0]) < 30


def test_the_last_effort_still_counts():
    balancer = InTurn(5)
    update(balancer, endpoints(10))
    for endpoint in balancer.endpoints[:4]:
        endpoint.become(BUSY)
    assert picked(balancer) is balancer.endpoints[4]
    assert balancer.max_effort_exhausted == 0


def test_the_draw_after_the_efforts_may_be_open():
    balancer = InTurn(5)
    update(balancer, endpoints(10))
    for endpoint in balancer.endpoints[:5]:
        endpoint.become(CLOSED)
    assert picked(balancer) is balancer.endpoints[5]
    assert balancer.max_effort_exhausted == 1


def test_a_single_endpoint_costs_no_random_number():
    balancer = P2cConfig().mk(Script([]))
    [only] = endpoints(1)
    update(balancer, [only])
    assert picked(balancer) is only


def test_kinds_must_say_how_to_draw():
    balancer = Balancer(random.Random(1), 5)
    update(balancer, endpoints(2))
    with pytest.raises(NotImplementedError):
        balancer.pick(0.0)
    with pytest.raises(NotImplementedError):
        BalancerConfig().mk(random.Random(1))


class Updates(RuleBasedStateMachine):
    """Any order of updates, requests and changes of status, against a plain count of our own."""

    config: BalancerConfig

    def __init__(self) -> None:
        super().__init__()
        self.rng = random.Random(7)
        self.now = 0.0
        self.known = endpoints(8)
        self.pending = dict.fromkeys(self.known, 0)
        self.present: list[Endpoint] = []
        self.under_way: list[tuple[Endpoint, float]] = []
        self.balancer = self.config.mk(self.rng)

    @rule(chosen=st.sets(st.integers(0, 7)), weights=st.sampled_from(((1.0,), (1.0, 2.0, 0.5))))
    def update(self, chosen, weights):
        before = {e: (e.pending, e.cost, e.stamp, e.status) for e in self.known}
        old = set(self.present)
        adds, removes = self.balancer.adds, self.balancer.removes
        self.present = [self.known[i] for i in sorted(chosen)]
        for i, endpoint in enumerate(self.known):
            endpoint.address = Address("192.0.2.1", 8000 + i, weight=weights[i % len(weights)])
        self.balancer = changed(
            self.balancer, self.config, self.rng, *difference(self.balancer, self.present)
        )
        assert {e: (e.pending, e.cost, e.stamp, e.status) for e in self.known} == before
        assert self.balancer.adds - adds == len(set(self.present) - old)
        assert self.balancer.removes - removes == len(old - set(self.present))

    @rule(seconds=st.floats(0.0, 20.0))
    def wait(self, seconds):
        self.now += seconds

    @rule(index=st.integers(0, 7), status=st.sampled_from((OPEN, BUSY, CLOSED)))
    def change(self, index, status):
        self.known[index].become(status)

    @rule(times=st.integers(1, 5))
    def start(self, times):
        for _ in range(times):
            endpoint = self.balancer.pick(self.now)
            if endpoint is None:
                assert not self.present
                return
            assert endpoint in self.present
            if any(e.status == OPEN for e in self.present):
                assert endpoint.status == OPEN
            self.pending[endpoint] += 1
            self.under_way.append((endpoint, self.now))

    @precondition(lambda self: self.under_way)
    @rule(index=st.integers(0, 1000))
    def finish(self, index):
        endpoint, since = self.under_way.pop(index % len(self.under_way))
        self.balancer.release(endpoint, self.now, self.now - since)
        self.pending[endpoint] -= 1

    @invariant()
    def pending_is_what_is_under_way(self):
        assert {e: e.pending for e in self.known} == self.pending
        assert all(endpoint.pending >= 0 for endpoint in self.known)
        assert self.balancer.outstanding() == sum(e.pending for e in self.present)

    @invariant()
    def the_set_is_the_set(self):
        assert self.balancer.size == len(self.present)
        assert sorted(held(self.balancer), key=id) == sorted(self.present, key=id)
        assert self.balancer.status() == max((e.status for e in self.present), default=CLOSED)
        for status in (OPEN, BUSY, CLOSED):
            there = [e for e in self.present if e.status == status]
            assert self.balancer.count(status) == len(there)

    @invariant()
    def every_endpoint_knows_its_place(self):
        for endpoint in self.present:
            assert endpoint.home.endpoints[endpoint.place] is endpoint
        assert all(e.home is None for e in self.known if e not in self.present)

    @invariant()
    def the_weights_are_those_of_the_addresses(self):
        weights = [e.address.weight for e in self.present]
        mean = sum(weights) / len(weights) if weights else 0.0
        assert self.balancer.mean_weight() == pytest.approx(mean)


STEPS = settings(max_examples=40, stateful_step_count=30, deadline=None)
"""How much the kinds' tests try of this."""


def test_an_endpoint_has_nothing_to_let_go_of():
    assert Endpoint(Address("192.0.2.7", 80), 0.0).abandon() is False
