"""When an endpoint is dead for `failFast`, and for how long it is not tried."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

from linkerd.client.fail_fast import FailFast, FailFastCounts


def make() -> FailFast:
    return FailFast(FailFastCounts(), random.Random(1))


def test_the_first_failed_connect_marks_it_dead_and_later_ones_do_not() -> None:
    state = make()
    assert (state.connect_failed(10.0), state.dead) == (1.0, True)
    assert state.connect_failed(11.0) == -1.0
    assert state.dead_for(12.0) == 2.0
    assert state.counts.marked_dead == 1


def test_tries_wait_longer_and_longer() -> None:
    state = make()
    state.connect_failed(0.0)
    waits = [state.probe_failed() for _ in range(16)]
    assert min(waits) > 0.0
    assert waits[-4:] == [32.0] * 4
    assert state.tries == 16


def test_a_connection_by_anybody_makes_it_available() -> None:
    state = make()
    assert not state.connected()
    state.connect_failed(0.0)
    assert state.connected()
    assert (state.dead, state.dead_for(1.0), state.counts.marked_available) == (False, 0.0, 1)
    assert state.probe_failed() == -1.0


def test_the_next_time_it_begins_anew() -> None:
    state = make()
    state.connect_failed(0.0)
    state.probe_failed()
    state.connected()
    assert state.connect_failed(5.0) == 1.0
    assert state.tries == 0
