"""The table of states and events, every cell of it; then a life of an endpoint under a clock."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from linkerd.accrual.base import Policy
from linkerd.accrual.state import (
    ALIVE,
    DEAD,
    PROBE_CLOSED,
    PROBE_OPEN,
    AccrualCounts,
    FailureAccrual,
)

STATES = (ALIVE, DEAD, PROBE_OPEN, PROBE_CLOSED)


class Judge(Policy):
    """Gives the verdict it was told to, and notes what it was asked."""

    __slots__ = ("calls", "verdict")

    def __init__(self, verdict=-1.0):
        self.calls = []
        self.verdict = verdict

    def record_success(self, now):
        self.calls.append(("record_success", now))

    def mark_dead_on_failure(self, now):
        self.calls.append(("mark_dead_on_failure", now))
        return self.verdict

    def revived(self):
        self.calls.append("revived")


def accrual(state, verdict=-1.0):
    counts = AccrualCounts()
    one = FailureAccrual(Judge(verdict), counts)
    assert one.state == ALIVE
    one.state = state
    return one


def counted(one):
    counts = one.counts
    return (counts.removals, counts.revivals, counts.probes, counts.removed_for_ms)


NOTHING = (0, 0, 0, 0)
ASKED = [("mark_dead_on_failure", 7.0)]


@pytest.mark.parametrize(
    ("state", "after", "counts"),
    [
        (ALIVE, ALIVE, NOTHING),
        (DEAD, DEAD, NOTHING),
        (PROBE_OPEN, PROBE_CLOSED, (0, 0, 1, 0)),
        (PROBE_CLOSED, PROBE_CLOSED, NOTHING),
    ],
)
def test_a_request_starts(state, after, counts):
    one = accrual(state)
    one.started()
    assert (one.state, counted(one), one.policy.calls) == (after, counts, [])


@pytest.mark.parametrize(
    ("state", "verdict", "after", "answer", "counts", "calls"),
    [
        (ALIVE, -1.0, ALIVE, -1.0, NOTHING, ASKED),
        (ALIVE, 2.5, DEAD, 2.5, (1, 0, 0, 2500), ASKED),
        (ALIVE, 0.0, DEAD, 0.0, (1, 0, 0, 0), ASKED),
        (DEAD, 2.5, DEAD, -1.0, NOTHING, []),
        (PROBE_OPEN, 2.5, PROBE_OPEN, -1.0, NOTHING, []),
        (PROBE_CLOSED, 2.5, DEAD, 2.5, (0, 0, 0, 2500), ASKED),
        (PROBE_CLOSED, -1.0, PROBE_OPEN, -1.0, NOTHING, ASKED),
    ],
)
def test_a_failure(state, verdict, after, answer, counts, calls):
    one = accrual(state, verdict)
    assert one.failure(7.0) == answer
    assert (one.state, counted(one), one.policy.calls) == (after, counts, calls)
    assert one.until == (7.0 + answer if answer >= 0.0 else 0.0)


@pytest.mark.parametrize(
    ("state", "after", "counts", "calls"),
    [
        (ALIVE, ALIVE, NOTHING, [("record_success", 7.0)]),
        (DEAD, DEAD, NOTHING, [("record_success", 7.0)]),
        (PROBE_OPEN, PROBE_OPEN, NOTHING, [("record_success", 7.0)]),
        (PROBE_CLOSED, ALIVE, (0, 1, 0, 0), ["revived", ("record_success", 7.0)]),
    ],
)
def test_a_success(state, after, counts, calls):
    one = accrual(state)
    one.success(7.0)
    assert (one.state, counted(one), one.policy.calls) == (after, counts, calls)


@pytest.mark.parametrize(
    ("state", "after"),
    [(ALIVE, ALIVE), (DEAD, DEAD), (PROBE_OPEN, PROBE_OPEN), (PROBE_CLOSED, PROBE_OPEN)],
)
def test_a_result_that_says_nothing(state, after):
    one = accrual(state)
    one.ignorable()
    assert (one.state, counted(one), one.policy.calls) == (after, NOTHING, [])


@pytest.mark.parametrize(
    ("state", "after"),
    [(ALIVE, ALIVE), (DEAD, PROBE_OPEN), (PROBE_OPEN, PROBE_OPEN), (PROBE_CLOSED, PROBE_CLOSED)],
)
def test_the_timer(state, after):
    one = accrual(state)
    one.revive()
    assert (one.state, counted(one), one.policy.calls) == (after, NOTHING, [])


def test_busy_is_dead_or_probing():
    assert [accrual(state).is_busy() for state in STATES] == [False, True, False, True]


def test_it_says_what_it_is():
    shown = [repr(accrual(state)) for state in STATES]
    assert shown == [
        "<FailureAccrual alive none>",
        "<FailureAccrual dead none>",
        "<FailureAccrual probe open none>",
        "<FailureAccrual probe closed none>",
    ]


def test_endpoints_of_a_client_count_together():
    counts = AccrualCounts()
    for _ in range(3):
        FailureAccrual(Judge(1.5), counts).failure(0.0)
    assert (counts.removals, counts.removed_for_ms) == (3, 4500)


def test_the_time_of_being_dead_counts_in_whole_milliseconds():
    counts = AccrualCounts()
    FailureAccrual(Judge(1.001), counts).failure(0.0)
    assert counts.removed_for_ms == 1001  # 1.001 * 1000.0 is a little less


def test_a_life():
    clock = Clock()
    one = FailureAccrual(Judge(10.0), AccrualCounts())

    def fails():
        one.started()
        seconds = one.failure(clock.seconds())
        if seconds >= 0.0:
            clock.callLater(seconds, one.revive)

    fails()
    assert (one.state, one.until) == (DEAD, 10.0)
    clock.advance(3.0)
    fails()  # was under way already: no second mark, no second timer
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(7.0)
    assert (one.state, one.is_busy()) == (PROBE_OPEN, False)
    fails()  # the probe
    assert (one.state, one.until) == (DEAD, 20.0)
    clock.advance(10.0)
    one.started()
    assert one.is_busy()
    one.ignorable()
    one.started()
    one.success(clock.seconds())
    assert (one.state, one.is_busy()) == (ALIVE, False)
    assert counted(one) == (1, 1, 3, 20_000)


def test_the_time_of_being_dead_ends_also_if_the_timer_is_late():
    one = accrual(DEAD)
    one.until = 5.0
    assert [one.state_at(now) for now in (4.9, 5.0)] == [DEAD, PROBE_OPEN]
    assert one.state == DEAD
    assert accrual(PROBE_CLOSED).state_at(9.0) == PROBE_CLOSED
