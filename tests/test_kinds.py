from __future__ import annotations

import ast
from pathlib import Path

import pytest

import linkerd
from linkerd import kinds
from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.config.registry import REGISTRY
from linkerd.config.section import Plugin
from linkerd.errors import ConfigError

PACKAGE = Path(linkerd.__file__).parent


def test_no_kind_is_listed_twice():
    shipped = [(family, kind) for family, kind, _ in kinds.KINDS]
    assert len(set(shipped)) == len(shipped)


def test_a_kind_is_either_shipped_or_not_yet():
    assert not kinds.NOT_YET & {(family, kind) for family, kind, _ in kinds.KINDS}


def test_todays_names_exist():
    for (family, _), today in kinds.RENAMED.items():
        assert today in REGISTRY.kinds(family)


@pytest.mark.parametrize("row", kinds.KINDS, ids=lambda row: f"{row[0]} {row[1]}")
def test_the_class_is_there_and_calls_itself_so(row):
    family, kind, where = row
    found = REGISTRY.find(family, kind)
    assert found is not None
    assert found.__name__ == where.partition(":")[2]
    assert found.summary


def base_of(family):
    """Give the class that stands for any kind of a family."""
    kind = REGISTRY.kinds(family)[0]
    found = REGISTRY.find(family, kind)
    assert found is not None
    return next(base for base in found.__mro__ if issubclass(base, Plugin) and not base.kind)


SHIPPED_FAMILIES = sorted({family for family, _, _ in kinds.KINDS})


@pytest.mark.parametrize("family", SHIPPED_FAMILIES)
def test_what_is_not_yet_there_is_refused_by_name(family):
    base = base_of(family)
    for kind in REGISTRY.not_yet(family):
        with pytest.raises(ConfigError) as caught:
            bind(parse(f"{base.tag}: {kind}", "l.yaml"), base)
        (fault,) = caught.value.faults
        assert (fault.code, fault.line, fault.column) == ("L5D-4007", 1, len(base.tag) + 3)
        assert f"'{kind}' is not supported yet" in fault.why


@pytest.mark.parametrize("family", SHIPPED_FAMILIES)
def test_a_misspelt_kind_is_told_the_right_one(family):
    base = base_of(family)
    kind = REGISTRY.kinds(family)[0]
    with pytest.raises(ConfigError) as caught:
        bind(parse(f"{base.tag}: {kind}x", "l.yaml"), base)
    (fault,) = caught.value.faults
    assert (fault.code, fault.suggestion) == ("L5D-4006", kind)


def test_the_table_imports_nothing_of_ours():
    tree = ast.parse((PACKAGE / "kinds.py").read_text())
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [module for module in imported if (module or "").startswith("linkerd")]
