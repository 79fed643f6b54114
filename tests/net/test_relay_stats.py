"""What is counted of raw connections."""

from __future__ import annotations

from linkerd.net.relay_stats import IDLE, ConnectionStats
from linkerd.telemetry.metrics import Scope


def test_what_a_connection_leaves() -> None:
    scope = Scope()
    stats = ConnectionStats(scope)
    stats.ended(IDLE)
    stats.passed(10, 20, 1500)
    assert scope.counter("closed", "idle").value == 1
    assert (scope.counter("received_bytes").value, scope.counter("sent_bytes").value) == (10, 20)
    assert scope.stat("connection_duration").snapshot().count == 1
