from __future__ import annotations

import importlib.metadata
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from linkerd import kinds
from linkerd.config import registry as module
from linkerd.config.registry import BadPlugin, Registry, root_class
from linkerd.config.section import Plugin, Section


class Zip(Plugin):
    family = "namer"
    kind = "zip"


class Other(Plugin):
    family = "namer"
    kind = "other"


def points(**values: str) -> EntryPoints:
    return EntryPoints(EntryPoint(name, value, "linkerd.namer") for name, value in values.items())


@pytest.fixture
def installed(monkeypatch):
    """Let entry points be found, and count how often they are looked for."""
    asked: list[str] = []

    def install(**values: str) -> list[str]:
        def entry_points(group: str) -> EntryPoints:
            asked.append(group)
            return points(**values).select(group=group)

        monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
        return asked

    return install


def test_a_class_of_the_table_is_loaded_when_it_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "linkerd.config.manual", raising=False)
    names = Registry([("namer", "zip", f"{__name__}:Zip")])
    assert names.find("namer", "zip") is Zip
    assert "linkerd.config.manual" not in sys.modules


def test_entry_points_are_asked_only_for_kinds_the_table_does_not_know(installed):
    asked = installed(other=f"{__name__}:Other", zip="no.such:Thing")
    names = Registry([("namer", "zip", Zip)])
    assert names.find("namer", "zip") is Zip
    assert asked == []
    assert names.find("namer", "other") is Other
    assert asked == ["linkerd.namer"]
    assert names.find("namer", "nobody") is None
    assert names.kinds("namer") == ("zip", "other")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no.such.module:Thing", "does not load: ModuleNotFoundError"),
        ("linkerd.config.registry:Nothing", "does not load: AttributeError"),
        ("linkerd.config.registry:Registry", "is not a configuration class"),
        (f"{__name__}:Other", "calls itself namer 'other', not namer 'mine'"),
    ],
)
def test_a_plugin_that_cannot_be_used_says_why(installed, value, why):
    installed(mine=value)
    with pytest.raises(BadPlugin, match=why):
        Registry([]).find("namer", "mine")


def test_a_bad_plugin_is_a_fault_of_the_configuration(installed, sample):
    installed(mine="no.such.module:Thing")
    (fault,) = sample.faults("routers: []\nnamers: [{kind: mine}]")
    assert (fault.code, fault.line, fault.column) == ("L5D-4006", 2, 17)
    assert "does not load" in fault.why


def test_kinds_that_are_not_there():
    names = Registry([], frozenset({("namer", "b"), ("namer", "a"), ("x", "c")}), {("n", "o"): "p"})
    assert names.not_yet("namer") == ("a", "b")
    assert names.renamed("n", "o") == "p"
    assert names.renamed("n", "p") == ""


def test_the_root_must_be_a_section(monkeypatch):
    monkeypatch.setattr(kinds, "ROOT", "linkerd.config.section:Section")
    assert root_class() is Section
    monkeypatch.setattr(kinds, "ROOT", "linkerd.config.section:NOWHERE")
    with pytest.raises(TypeError, match="is not a section"):
        root_class()


def test_the_shipped_registry_is_made_of_the_table():
    assert "io.l5d.fs" in module.REGISTRY.kinds("namer")
