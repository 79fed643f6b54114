"""Calls from other threads take turns with the reactor's own."""

from __future__ import annotations

import threading
from typing import Any

from linkerd.zookeeper.crossing import TURN_S, Crossing


class Reactor:
    """Keeps what it is given until it is asked to run."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def callFromThread(self, call: Any) -> None:
        self.calls.append(call)

    def callLater(self, _: float, call: Any) -> None:
        self.calls.append(call)

    def run(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


class Clock:
    """Goes on by `step` whenever it is read."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.now = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_many_calls_wake_the_reactor_once_and_keep_their_order() -> None:
    reactor = Reactor()
    crossing = Crossing(reactor, Clock(0.0))
    made: list[int] = []
    for number in range(100):
        crossing.call(made.append, number)
    assert len(reactor.calls) == 1
    reactor.run()
    assert made == list(range(100))
    crossing.call(made.append, 100)
    reactor.run()
    assert made[-1] == 100


def test_a_turn_ends_when_its_time_is_over() -> None:
    reactor = Reactor()
    crossing = Crossing(reactor, Clock(TURN_S / 4))
    made: list[int] = []
    for number in range(10):
        crossing.call(made.append, number)
    reactor.run()
    assert 0 < len(made) < 10
    before = len(made)
    crossing.call(made.append, 10)
    assert len(reactor.calls) == 1
    while reactor.calls:
        reactor.run()
    assert made == list(range(11))
    assert before < 10


def test_one_that_fails_does_not_keep_back_the_rest(caplog: Any) -> None:
    from twisted.logger import globalLogPublisher

    told: list[Any] = []
    globalLogPublisher.addObserver(told.append)
    reactor = Reactor()
    crossing = Crossing(reactor, Clock(0.0))
    made: list[int] = []
    crossing.call(int, "x")
    crossing.call(made.append, 1)
    reactor.run()
    globalLogPublisher.removeObserver(told.append)
    assert made == [1]
    assert [each for each in told if "log_failure" in each]


def test_no_call_is_left_lying() -> None:
    reactor = Reactor()
    crossing = Crossing(reactor, Clock(0.0))
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda: [crossing.call(made.append, 1) for _ in range(5000)])
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or reactor.calls:
        reactor.run()
    assert len(made) == 15000
