"""The `service` section: what it refuses."""

from __future__ import annotations

from tests.router.configured import faults, read, service_policy


def test_the_time_for_a_request() -> None:
    assert read().service.total_timeout_ms is None
    assert service_policy().total_timeout_s == 0.0
    assert service_policy("  service: {totalTimeoutMs: 250}\n").total_timeout_s == 0.25
    (fault,) = faults("  service: {totalTimeoutMs: -1}\n")
    assert (fault.code, fault.path) == ("L5D-4004", "routers[0].service.totalTimeoutMs")
