from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linkerd.name.activity import PENDING, Computed, Constant, Failed, Ok, Source

if TYPE_CHECKING:
    from linkerd.name.activity import Observation, Read


class Watched(Source[int]):
    """A source that keeps a record of being watched."""

    def __init__(self, value: int) -> None:
        self.record: list[str] = []
        super().__init__(
            value, lambda: self.record.append("first"), lambda: self.record.append("last")
        )


def test_observer_sees_the_value_now_and_each_change() -> None:
    source, seen = Source(1), []
    source.observe(seen.append)
    for value in (2, 2, 3):
        source.set(value)
    assert seen == [1, 2, 3]
    assert source.sample() == 3


def test_closed_observer_sees_nothing() -> None:
    source, seen = Source(1), []
    observation = source.observe(seen.append)
    observation.close()
    observation.close()
    source.set(2)
    assert seen == [1]
    assert source.observers == 0


def test_owner_is_told_of_the_first_and_the_last_observer() -> None:
    source = Watched(1)
    one, two = source.observe(lambda _: None), source.observe(lambda _: None)
    one.close()
    assert source.record == ["first"]
    two.close()
    source.observe(lambda _: None)
    assert source.record == ["first", "last", "first"]


def test_value_set_when_the_first_observer_comes_is_the_first_it_sees() -> None:
    seen: list[int] = []
    source: Source[int] = Source(1, on_first=lambda: source.set(2))
    source.observe(seen.append)
    assert seen == [2]


def test_set_during_a_notification_is_seen_afterwards_and_once_by_all() -> None:
    source = Source(0)
    first: list[object] = []
    second: list[int] = []

    def see(value: int) -> None:
        first.append(("in", value))
        if value == 1:
            source.set(2)
        first.append(("out", value))

    source.observe(see)
    source.observe(second.append)
    source.set(1)
    assert first == [(way, value) for value in (0, 1, 2) for way in ("in", "out")]
    assert second == [0, 2]


def test_set_during_the_first_look() -> None:
    source, seen = Source(0), []

    def see(value: int) -> None:
        seen.append(value)
        source.set(7)

    source.observe(see)
    assert seen == [0, 7]


def test_close_during_a_notification_counts_at_once() -> None:
    source, seen = Source(0), []
    others: list[Observation] = []

    def see(value: int) -> None:
        if value:
            for other in others:
                other.close()

    others.append(source.observe(see))
    others.append(source.observe(seen.append))
    source.set(1)
    source.set(2)
    assert seen == [0]
    assert source.observers == 0


def test_observe_during_a_notification() -> None:
    source, seen = Source(0), []
    source.observe(lambda value: source.observe(seen.append) if value == 1 else None)
    source.set(1)
    source.set(2)
    assert seen == [1, 2]


def test_error_of_one_observer_does_not_keep_the_others_from_seeing() -> None:
    source, seen = Source(0), []
    source.observe(lambda value: 1 // (value - 1) and None)
    source.observe(seen.append)
    with pytest.raises(ZeroDivisionError):
        source.set(1)
    source.set(2)
    assert seen == [0, 1, 2]


def test_error_at_the_first_look_leaves_no_observer_behind() -> None:
    source = Watched(0)
    with pytest.raises(ZeroDivisionError):
        source.observe(lambda value: 1 // value and None)
    assert source.record == ["first", "last"]


def test_constant() -> None:
    seen: list[int] = []
    Constant(5).observe(seen.append).close()
    assert seen == [5]
    assert Constant(5).sample() == 5


class Large:
    """A value that is dear to compare, so it is never compared with itself."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        assert other is not self
        return False


def test_a_value_is_not_compared_with_itself() -> None:
    one, other = Large(), Large()
    source: Source[Large] = Source(one)
    seen: list[Large] = []
    observation = source.map(lambda value: value).observe(seen.append)
    source.set(one)
    source.set(other)
    source.set(other)
    assert [each is one for each in seen] == [True, False]
    observation.close()


def test_map_drops_equal_results() -> None:
    source, seen = Source(1), []
    source.map(lambda value: value // 10).observe(seen.append)
    for value in (2, 10, 19, 20):
        source.set(value)
    assert seen == [0, 1, 2]


def test_computed_watches_only_what_it_read_last_time() -> None:
    which, left, right = Source("left"), Watched(1), Watched(2)

    def compute(read: Read) -> int:
        return read(left) if read(which) == "left" else read(right)

    seen: list[int] = []
    observation = Computed(compute).observe(seen.append)
    right.set(3)
    which.set("right")
    assert (left.record, right.record) == (["first", "last"], ["first"])
    left.set(9)
    right.set(4)
    observation.close()
    assert seen == [1, 3, 4]
    assert right.record == ["first", "last"]
    assert which.observers == 0


def test_computed_keeps_an_observation_while_it_is_read_again() -> None:
    source, other = Watched(1), Source(0)
    Computed(lambda read: read(source) + read(other)).observe(lambda _: None)
    other.set(1)
    source.set(2)
    assert source.record == ["first"]


def test_computed_is_computed_once_for_all_observers() -> None:
    source, runs = Source(1), []
    computed = source.map(runs.append)
    computed.observe(lambda _: None)
    computed.observe(lambda _: None)
    assert runs == [1]
    assert computed.sample() is None
    assert runs == [1]


def test_unobserved_computed_is_computed_at_each_sample_and_watches_nothing() -> None:
    source = Watched(1)
    doubled = source.map(lambda value: value * 2)
    assert doubled.sample() == 2
    source.set(5)
    assert doubled.sample() == 10
    observation = doubled.observe(lambda _: None)
    observation.close()
    source.set(6)
    assert doubled.sample() == 12
    assert source.record == ["first", "last"]


def test_computed_can_be_observed_again() -> None:
    source, seen = Source(1), []
    doubled = source.map(lambda value: value * 2)
    doubled.observe(seen.append).close()
    source.set(3)
    doubled.observe(seen.append)
    assert seen == [2, 6]


def test_source_that_changes_while_it_is_read_is_read_again() -> None:
    one: Source[int] = Source(0)
    two: Source[int] = Source(0, on_first=lambda: one.set(1))
    seen: list[tuple[int, int]] = []
    Computed(lambda read: (read(one), read(two))).observe(seen.append)
    assert seen == [(1, 0)]


def test_closing_from_inside_the_computation_leaves_nothing_observed() -> None:
    source, trigger, late = Watched(1), Source(0), Watched(1)
    observations: list[Observation] = []

    def compute(read: Read) -> int:
        if read(trigger):
            observations[0].close()
            return read(late)
        return read(source)

    observations.append(Computed(compute).observe(lambda _: None))
    trigger.set(1)
    assert (source.record, late.record) == (["first", "last"], ["first", "last"])
    assert trigger.observers == 0


def test_error_in_a_first_computation_leaves_nothing_observed() -> None:
    source = Watched(0)
    with pytest.raises(ZeroDivisionError):
        source.map(lambda value: 1 // value).observe(lambda _: None)
    assert source.record == ["first", "last"]


def test_computed_lives_on_after_an_error() -> None:
    source, seen = Watched(1), []
    observation = source.map(lambda value: 6 // value).observe(seen.append)
    with pytest.raises(ZeroDivisionError):
        source.set(0)
    source.set(2)
    observation.close()
    assert seen == [6, 3]
    assert source.record == ["first", "last"]


def test_chain_is_let_go_when_the_last_observer_closes() -> None:
    source, seen = Source(1), []
    chain = source.map(lambda value: value + 1).map(lambda value: value * 10)
    observation = chain.observe(seen.append)
    source.set(2)
    observation.close()
    source.set(3)
    assert seen == [20, 30]
    assert source.observers == 0


def test_states_are_values() -> None:
    assert Ok(1) == Ok(1)
    assert Failed("x") == Failed("x", "L5D-1105")
    assert Failed("x") != Failed("y")
    assert Ok(1) != PENDING
