"""What is counted of deadlines."""

from __future__ import annotations

from linkerd.server.deadline_stats import DeadlineStats
from linkerd.telemetry.metrics import Scope


def test_those_in_time_and_those_too_late() -> None:
    scope = Scope()
    stats = DeadlineStats(scope)
    assert stats.in_time(1.5)
    assert not stats.in_time(0.0)
    assert not stats.in_time(-0.25)
    place = scope.scope("admission_control", "deadline")
    assert place.counter("exceeded").value == place.counter("rejected").value == 2
    assert sum(place.stat("remaining_ms").counts) == 1
    assert sum(place.stat("expired_ms").counts) == 2
