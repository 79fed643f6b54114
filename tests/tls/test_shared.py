"""The store that is only there if somebody has TLS."""

from __future__ import annotations

from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime

from linkerd.tls.shared import SharedStore


def test_nothing_is_made_before_it_is_asked_for() -> None:
    store = SharedStore(make_runtime(MemoryNetwork()))
    assert store.state() == []
    assert store.faults() == []
    store.close()


def test_there_is_one() -> None:
    store = SharedStore(make_runtime(MemoryNetwork()))
    assert store.get() is store.get()
    store.close()
