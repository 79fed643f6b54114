"""Limits: which of two times comes first, and how they are used again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.net.wheel import Wheel
from linkerd.router.deadline import Deadline
from linkerd.router.limit import FAR_S, SERVER, SPARE, TOTAL, Limit, LimitPool

if TYPE_CHECKING:
    import pytest

UNTIL = Deadline(1, 2)


class Waiting:
    """As much of an exchange as a limit knows."""

    def __init__(self) -> None:
        self.router = self
        self.wheel = Wheel(0.05)
        self.told: list[float] = []

    def waited(self, now: float) -> None:
        self.told.append(now)

    def pass_time(self, until: float) -> None:
        """Sweep once a second."""
        for second in range(int(until) + 1):
            self.wheel.sweep(second + 0.01)


def limit_of(exchange: Any) -> Limit:
    return LimitPool().take(exchange)


def armed(end: float, step: float) -> list[float]:
    """When an exchange is told that has these limits, up to 200 s."""
    exchange = Waiting()
    limit = limit_of(exchange)
    if end:
        limit.end_by(end, TOTAL, end, UNTIL)
    limit.step = step
    limit.arm(exchange.wheel, 0.0)
    exchange.pass_time(200.0)
    return [int(now) for now in exchange.told]


def test_the_first_of_the_two_counts() -> None:
    assert armed(3.5, 7.5) == [4]
    assert armed(7.5, 3.5) == [4]
    assert armed(3.5, 0.0) == [4]
    assert armed(0.0, 3.5) == [4]


def test_what_is_far_away_comes_too() -> None:
    assert armed(150.5, 0.0) == [151]


def test_no_slot_is_held_for_longer_than_a_minute() -> None:
    exchange = Waiting()
    limit = limit_of(exchange)
    limit.end_by(1e9, TOTAL, 1e9, UNTIL)
    limit.arm(exchange.wheel, 0.0)
    assert limit.deadline == FAR_S


def test_the_sooner_end_wins_with_its_cause() -> None:
    limit = Limit()
    limit.end_by(5.0, SERVER, 4.0, Deadline(1, 50))
    limit.end_by(7.0, TOTAL, 6.0, Deadline(2, 70))
    assert (limit.end, limit.cause, limit.allowed_s) == (5.0, SERVER, 4.0)
    limit.end_by(3.0, TOTAL, 2.0, Deadline(3, 30))
    assert (limit.end, limit.cause, limit.allowed_s) == (3.0, TOTAL, 2.0)
    assert limit.until is not None
    assert (limit.until.timestamp_ns, limit.until.deadline_ns) == (3, 30)


def test_one_that_is_given_back_tells_nobody_and_holds_nothing() -> None:
    exchange: Any = Waiting()
    pool = LimitPool()
    limit = pool.take(exchange)
    limit.end_by(3.5, TOTAL, 3.5, UNTIL)
    limit.step = 2.0
    limit.arm(exchange.wheel, 0.0)
    pool.give_back(limit)
    exchange.pass_time(10.0)
    assert exchange.told == []
    assert (limit.attempt, limit.until, limit.end, limit.step) == (None, None, 0.0, 0.0)


def test_it_serves_another_without_a_new_place_in_the_wheel() -> None:
    exchange: Any = Waiting()
    pool = LimitPool()
    for request in range(100):
        limit = pool.take(exchange)
        limit.step = 5.0 + request * 0.01
        limit.arm(exchange.wheel, request * 0.01)
        pool.give_back(limit)
    assert pool.spare == [limit]
    assert sum(len(entries) for entries in exchange.wheel.slots.values()) == 1


def test_not_all_of_a_flood_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkerd.router.limit.SPARE", 2)
    assert SPARE > 2
    pool = LimitPool()
    for _ in range(3):
        pool.give_back(Limit())
    assert len(pool.spare) == 2
