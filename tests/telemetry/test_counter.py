"""The counter."""

from __future__ import annotations

from linkerd.telemetry.counter import Counter


def test_counts_from_zero_without_bounds() -> None:
    counter = Counter()
    assert counter.value == 0
    counter.value += 2**63
    counter.value += 1
    assert counter.value == 2**63 + 1
