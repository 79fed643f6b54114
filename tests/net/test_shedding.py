"""A port's shortage of descriptors: pauses, and three log lines however long it lasts."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.logger import globalLogPublisher

from linkerd.net.shedding import CALM_S, PAUSE_S, TELL_S, Shedding
from linkerd.net.wheel import Wheel


class Port:
    """A port with or without room."""

    label = "127.0.0.1:4140"

    def __init__(self) -> None:
        self.listening = True
        self.room = False
        self.closed = False
        self.asked = 0

    def hold(self) -> None:
        self.listening = False

    def resume(self) -> None:
        self.listening = True

    def is_closed(self) -> bool:
        return self.closed

    def make_room(self) -> None:
        self.asked += 1

    def has_room(self) -> bool:
        return self.room


class Bench:
    def __init__(self) -> None:
        self.now = 100.0
        self.wheel = Wheel(PAUSE_S / 2)
        self.port = Port()
        self.shedding = Shedding(self.port, self.wheel, lambda: self.now)
        self.lines: list[str] = []
        globalLogPublisher.addObserver(self.note)

    def note(self, event: Any) -> None:
        if event.get("log_namespace", "").endswith("shedding"):
            self.lines.append(event["log_format"].format(**event))

    def pass_by(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += PAUSE_S / 2
            self.wheel.sweep(self.now)


@pytest.fixture
def bench() -> Any:
    found = Bench()
    yield found
    globalLogPublisher.removeObserver(found.note)


def test_a_pause_ends_when_there_is_room(bench: Bench) -> None:
    bench.shedding.begin("too many open files")
    assert not bench.port.listening
    bench.pass_by(1)
    assert not bench.port.listening
    assert 5 <= bench.port.asked <= 10, "asked to make room at each look"
    bench.port.room = True
    bench.pass_by(2 * PAUSE_S)
    assert bench.port.listening


def test_a_shortage_is_told_once_and_so_is_its_end(bench: Bench) -> None:
    bench.port.room = True
    for _ in range(20):
        bench.shedding.begin("too many open files")
        bench.pass_by(0.5)
    assert bench.lines == [
        "127.0.0.1:4140 accepts nobody for the moment: too many open files; newcomers wait"
    ]
    bench.pass_by(CALM_S + 1)
    assert bench.lines[1:] == [
        "127.0.0.1:4140 accepts everybody again, after 20 pauses in 10 seconds"
    ]
    bench.pass_by(60)
    assert bench.wheel.armed == 0
    assert len(bench.lines) == 2


def test_a_long_one_is_told_again_now_and_then(bench: Bench) -> None:
    bench.shedding.begin("too many open files")
    bench.pass_by(3 * TELL_S + 1)
    assert len(bench.lines) == 4
    assert bench.lines[1].startswith("127.0.0.1:4140 is short of file descriptors since 60 s; ")


def test_the_next_shortage_is_another_one(bench: Bench) -> None:
    bench.port.room = True
    for _ in range(2):
        bench.shedding.begin("too many open files")
        bench.pass_by(CALM_S + 1)
    assert [line.split(" ")[2] for line in bench.lines] == ["nobody", "everybody"] * 2


def test_a_port_that_was_closed_meanwhile_is_left_alone(bench: Bench) -> None:
    bench.shedding.begin("too many open files")
    bench.port.closed = True
    bench.port.room = True
    bench.pass_by(1)
    assert not bench.port.listening
    assert bench.wheel.armed == 0
