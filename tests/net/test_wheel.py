"""The wheel: deadlines are met within a tick, moved and cleared for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial import unittest

from linkerd.net.wheel import AHEAD, Timed, Wheel

TICK = 0.05


class Alarm(Timed):
    def __init__(self) -> None:
        super().__init__()
        self.rings: list[float] = []

    def expired(self, now: float) -> None:
        assert self.deadline == 0.0
        self.rings.append(now)


class Snooze(Alarm):
    """Arms itself again."""

    def __init__(self, wheel: Wheel, seconds: float) -> None:
        super().__init__()
        self.wheel = wheel
        self.seconds = seconds

    def expired(self, now: float) -> None:
        super().expired(now)
        self.wheel.arm(self, now + self.seconds)


def turn(wheel: Wheel, begin: float, end: float, step: float = TICK) -> None:
    for i in range(round((end - begin) / step) + 1):
        wheel.sweep(begin + i * step)


def test_never_early_and_at_most_two_ticks_late() -> None:
    wheel, alarm = Wheel(TICK), Alarm()
    wheel.arm(alarm, 100.0 + 1.02)
    turn(wheel, 100.0, 103.0)
    [rang] = alarm.rings
    assert 101.02 <= rang <= 101.02 + 2 * TICK
    assert (alarm.deadline, alarm.armed, wheel.armed) == (0.0, 0, 0)


def test_clearing_is_an_assignment() -> None:
    wheel, alarm = Wheel(TICK), Alarm()
    wheel.arm(alarm, 1.0)
    alarm.deadline = 0.0
    turn(wheel, 0.0, 2.0)
    assert alarm.rings == []
    assert (wheel.armed, wheel.slots) == (0, {})


def test_moving_later_is_an_assignment() -> None:
    wheel, alarm = Wheel(TICK), Alarm()
    wheel.arm(alarm, 1.0)
    alarm.deadline = 2.0
    turn(wheel, 0.0, 3.0)
    [rang] = alarm.rings
    assert 2.0 <= rang <= 2.0 + 2 * TICK


def test_arming_sooner_is_honoured() -> None:
    wheel, alarm = Wheel(TICK), Alarm()
    wheel.arm(alarm, 30.0)
    wheel.arm(alarm, 1.0)
    assert wheel.armed == 1
    turn(wheel, 0.0, 40.0)
    [rang] = alarm.rings
    assert 1.0 <= rang <= 1.0 + 2 * TICK
    assert (wheel.armed, wheel.slots) == (0, {})


def test_arming_sooner_after_clearing_is_honoured() -> None:
    wheel, alarm = Wheel(TICK), Alarm()
    wheel.arm(alarm, 30.0)
    alarm.deadline = 0.0
    wheel.arm(alarm, 1.0)
    turn(wheel, 0.0, 1.5)
    assert len(alarm.rings) == 1


def test_what_was_armed_sooner_may_be_armed_for_the_old_time_again() -> None:
    wheel, alarm = Wheel(TICK), Alarm()
    wheel.arm(alarm, 5.0)
    wheel.arm(alarm, 1.0)
    turn(wheel, 0.0, 2.0)
    wheel.arm(alarm, 5.0)
    turn(wheel, 2.0, 6.0)
    assert len(alarm.rings) == 2
    assert (wheel.armed, wheel.slots) == (0, {})


def test_a_deadline_that_has_passed_is_met_at_the_next_tick() -> None:
    wheel, alarm = Wheel(TICK), Alarm()
    wheel.sweep(10.0)
    wheel.arm(alarm, 1.0)
    wheel.sweep(10.0)
    assert alarm.rings == []
    wheel.sweep(10.0 + TICK)
    assert alarm.rings == [10.0 + TICK]


def test_it_may_rest_until_the_next_slot_in_use() -> None:
    wheel = Wheel(1.0)
    wheel.arm(Alarm(), 12.5)
    assert wheel.rest_s(11.75) == 1.25
    assert wheel.rest_s(10.25) == 2.75


def test_it_does_not_rest_for_long() -> None:
    wheel = Wheel(1.0)
    wheel.arm(Alarm(), 100.0)
    assert wheel.rest_s(10.25) == 0.75 + AHEAD


@given(st.floats(0.0, 1e7), st.sampled_from([0.01, 0.05]))
def test_every_rest_lets_time_pass(now: float, tick: float) -> None:
    wheel = Wheel(tick)
    wheel.arm(Alarm(), now)
    assert now < now + wheel.rest_s(now) <= now + (AHEAD + 1.1) * tick


def test_arming_again_from_within() -> None:
    wheel = Wheel(TICK)
    snooze = Snooze(wheel, 1.0)
    wheel.arm(snooze, 1.0)
    turn(wheel, 0.0, 5.9)
    assert len(snooze.rings) == 5
    assert wheel.armed == 1


def test_a_long_silence_loses_nothing() -> None:
    wheel = Wheel(TICK)
    alarms = [Alarm() for _ in range(100)]
    wheel.sweep(0.0)
    for i, alarm in enumerate(alarms):
        wheel.arm(alarm, 1.0 + i)
    wheel.sweep(1000.0)
    assert [alarm.rings for alarm in alarms] == [[1000.0]] * 100


def test_waking_is_asked_for_with_the_first_deadline_only() -> None:
    wheel, wakes = Wheel(TICK), []
    wheel.wake = lambda: wakes.append(1)
    first, second = Alarm(), Alarm()
    wheel.arm(first, 1.0)
    wheel.arm(second, 2.0)
    wheel.arm(first, 3.0)
    assert wakes == [1]
    turn(wheel, 0.0, 4.0)
    wheel.arm(first, 5.0)
    assert wakes == [1, 1]


def test_who_does_not_say_what_expiry_means() -> None:
    with pytest.raises(NotImplementedError):
        Timed().expired(0.0)


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0.0, 3.0), st.booleans()), max_size=60))
def test_every_deadline_is_met_in_time_whatever_is_moved(
    steps: list[tuple[int, float, bool]],
) -> None:
    wheel = Wheel(TICK)
    alarms = [Alarm() for _ in range(5)]
    now = 50.0
    for which, seconds, tick in steps:
        alarm = alarms[which]
        if seconds < 0.1:
            alarm.deadline = 0.0
        else:
            wheel.arm(alarm, now + seconds)
        if tick:
            now += TICK
            wheel.sweep(now)
        for each in alarms:
            assert not (0.0 < each.deadline < now - 2 * TICK)
        assert wheel.armed == sum(each.armed > 0 for each in alarms)
    turn(wheel, now, now + 4.0)
    assert all(each.deadline == 0.0 for each in alarms)
    assert (wheel.armed, wheel.slots) == (0, {})


class FailureTest(unittest.SynchronousTestCase):
    def test_a_failure_is_logged_and_keeps_nobody_waiting(self) -> None:
        class Broken(Timed):
            def expired(self, now: float) -> None:
                raise ZeroDivisionError

        wheel, alarms = Wheel(TICK), [Alarm(), Broken(), Alarm()]
        for alarm in alarms:
            wheel.arm(alarm, 1.0)
        turn(wheel, 0.0, 2.0)
        assert len(alarms[0].rings) == len(alarms[2].rings) == 1  # type: ignore[attr-defined]
        assert wheel.armed == 0
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1
