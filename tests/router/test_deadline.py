"""Deadlines: reading, combining, how much is left, and writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.router.deadline import LARGEST, Deadline, received, within

TIMES = st.integers(-LARGEST, LARGEST)


def numbers(deadline: Deadline | None) -> tuple[int, int] | None:
    return None if deadline is None else (deadline.timestamp_ns, deadline.deadline_ns)


def test_milliseconds_are_exact() -> None:
    assert numbers(within(5.0, 1.001)) == (5_000_000_000, 6_001_000_000)


@given(TIMES, TIMES)
def test_what_is_written_is_read(timestamp: int, deadline: int) -> None:
    name, _, value = Deadline(timestamp, deadline).line().partition(b": ")
    assert name == b"l5d-ctx-deadline"
    assert numbers(received([value.removesuffix(b"\r\n")])) == (timestamp, deadline)


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"1", b"1 ", b"a b", b"1  2", b"1,2", b"1 2x", b"0x1 2", b"1.5 2", b"1 2, 3 4"),
        *(b"1 %d" % (LARGEST + 1), b"1" * 20 + b" 2", b"\xb2 \xb3"),
    ],
)
def test_what_cannot_be_read_is_skipped(value: bytes) -> None:
    assert received([value]) is None
    assert numbers(received([value, b"1 2", value])) == (1, 2)


def test_more_than_two_fields_are_ignored() -> None:
    assert numbers(received([b"1 +2 x 4"])) == (1, 2)


@given(st.lists(st.tuples(TIMES, TIMES), min_size=1))
def test_of_several_the_last_time_and_the_first_deadline_count(
    pairs: list[tuple[int, int]],
) -> None:
    found = received([b"%d %d" % pair for pair in pairs])
    assert numbers(found) == (max(t for t, _ in pairs), min(d for _, d in pairs))


@pytest.mark.parametrize(
    ("timestamp", "deadline", "left"),
    [
        (9, 15, 5.0),
        (10, 10, 0.0),
        (1, 8, -2.0),
        (30, 35, 5.0),  # its clock is ahead of ours: it has five seconds, not twenty-five
        (30, 20, -10.0),  # whatever the time is, it was over when it was written
    ],
)
def test_what_is_left_at_ten(timestamp: int, deadline: int, left: float) -> None:
    ns = 1_000_000_000
    assert Deadline(timestamp * ns, deadline * ns).left_s(10.0) == left


def test_from_now_on() -> None:
    assert numbers(within(2.0, 0.25)) == (2_000_000_000, 2_250_000_000)
