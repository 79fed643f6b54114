from __future__ import annotations

import attrs
import pytest
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime


def test_scoped_counts_elsewhere_and_changes_nothing_else() -> None:
    runtime = make_runtime(MemoryNetwork())
    inner = runtime.scoped(runtime.metrics.scope("rt", "a"))
    inner.metrics.counter("n").value += 1
    assert runtime.metrics.counter("rt", "a", "n").value == 1
    assert attrs.evolve(inner, metrics=runtime.metrics) == runtime


def test_it_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        make_runtime(MemoryNetwork()).clock = None  # type: ignore[assignment, misc]
