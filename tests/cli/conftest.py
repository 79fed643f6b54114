"""Stand-ins for the two modules the command delegates to; what they did is recorded."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

import linkerd
from linkerd.errors import ConfigError, Fault

FAULTS = [
    Fault("L5D-4002", "x.yaml", 1, 1, "a", "unknown key 'a'"),
    Fault("L5D-4004", "x.yaml", 2, 4, "b", "found a list", expected="text"),
]


def router(label, *servers):
    return SimpleNamespace(label=label, kind="http", servers=servers)


@pytest.fixture
def linker(monkeypatch):
    """Give a `linkerd.linker` whose `load` accepts every text but `bad`."""
    module = ModuleType("linkerd.linker")

    def load(text, source_name):
        module.loaded = (text, source_name)
        if text == "bad":
            raise ConfigError(FAULTS)
        return SimpleNamespace(routers=(router("in", 1, 2), router(None, 3)))

    module.load = load
    module.loaded = None
    monkeypatch.setitem(sys.modules, "linkerd.linker", module)
    monkeypatch.setattr(linkerd, "linker", module, raising=False)
    return module


@pytest.fixture
def tap(monkeypatch):
    """Give a `linkerd.tap` that keeps how it was run."""
    module = ModuleType("linkerd.tap")
    module.runs = []

    def run(path, **options):
        module.runs.append((path, options))
        return 0

    module.run = run
    monkeypatch.setitem(sys.modules, "linkerd.tap", module)
    return module
