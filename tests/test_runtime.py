from __future__ import annotations

import attrs
import pytest
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime
from twisted.internet.base import ReactorBase

from linkerd.runtime import steady


def test_scoped_counts_elsewhere_and_changes_nothing_else() -> None:
    runtime = make_runtime(MemoryNetwork())
    inner = runtime.scoped(runtime.metrics.scope("rt", "a"))
    inner.metrics.counter("n").value += 1
    assert runtime.metrics.counter("rt", "a", "n").value == 1
    assert attrs.evolve(inner, metrics=runtime.metrics) == runtime


def test_it_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        make_runtime(MemoryNetwork()).clock = None  # type: ignore[assignment, misc]


class Idle(ReactorBase):
    """A reactor without files, by a clock that the test sets."""

    day = 1_600_000_000.0

    def installWaker(self) -> None: ...

    def seconds(self) -> float:  # type: ignore[override]
        return self.day


def test_timers_do_not_follow_the_time_of_day() -> None:
    reactor = steady(Idle())
    fired: list[str] = []
    soon = reactor.callLater(1.0, fired.append, "soon")
    reactor.callLater(1800.0, fired.append, "late")
    reactor.day -= 3600
    assert 0.0 < reactor.timeout() <= 1.0
    reactor.day += 7200
    reactor.runUntilCurrent()
    assert fired == []
    soon.reset(0.5)
    assert 0.0 < reactor.timeout() <= 0.5
