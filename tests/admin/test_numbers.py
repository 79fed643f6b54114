"""Numbers read from the tree, and shown."""

from __future__ import annotations

import pytest

from linkerd.admin.numbers import (
    DASH,
    Numbers,
    numbers_of,
    show_age,
    show_bytes,
    show_ms,
    show_rate,
)
from linkerd.telemetry.metrics import Scope
from linkerd.telemetry.request_stats import RequestStats


def test_read_from_the_tree() -> None:
    scope = Scope()
    stats = RequestStats(scope)
    for good in (True, True, True, False):
        stats.begin()
        stats.done(good, 10)
    stats.begin()
    scope.counter("retries", "total").value = 2
    scope.counter("retries", "requeues").value = 3
    expected = Numbers(requests=4, success=3, failures=1, pending=1, retries=5)
    assert numbers_of(scope) == expected
    stats.latency.snapshot()
    assert (numbers_of(scope).p50, numbers_of(scope).p99) == (10, 10)
    stats.latency.snapshot()
    assert numbers_of(scope).p50 is None


def test_what_is_not_there_is_zero() -> None:
    assert numbers_of(None) == numbers_of(Scope()) == Numbers()


def test_success_rate() -> None:
    assert Numbers().success_rate() is None
    assert Numbers(requests=9, success=3, failures=1).success_rate() == 0.75


@pytest.mark.parametrize(
    ("rate", "shown"),
    [(None, DASH), (1.0, "100 %"), (0.99999, "99.99 %"), (0.5, "50.00 %"), (0.0, "0.00 %")],
)
def test_rates(rate: float | None, shown: str) -> None:
    assert show_rate(rate) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.9, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3725, "1 h 2 min"), (190_000, "2 d 4 h")],
)
def test_ages(seconds: float, shown: str) -> None:
    assert show_age(seconds) == shown


def test_other_texts() -> None:
    assert show_ms(None) == DASH
    assert show_ms(1234.4) == "1,234 ms"
    assert show_bytes(1.5 * 2**20) == "1.5 MiB"
