from __future__ import annotations

from typing import ClassVar

import attrs
import pytest

from linkerd.config.option import option
from linkerd.config.section import Plugin, Section
from linkerd.errors import NOWHERE, Where


@attrs.frozen(kw_only=True)
class Some(Section):
    a: int = option("An a.", default=1)


@attrs.frozen(kw_only=True)
class Kind(Plugin):
    family: ClassVar[str] = "f"
    kind: ClassVar[str] = "k"


def test_a_section_is_frozen_and_hashable():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Some().a = 2  # type: ignore[misc]
    assert hash(Some()) == hash(Some(where=Where("x", 1, 1)))


def test_places_fall_back_to_the_section():
    here, there = Where("x", 1, 1), Where("x", 2, 5, "a")
    section = Some(where=here, places={"a": there})
    assert section.place("a") is there
    assert section.place("b") is here
    assert Some().place("a") is NOWHERE


def test_a_section_has_no_faults_of_its_own():
    assert list(Some().faults()) == []


def test_a_plugin_is_tagged_by_kind_and_never_needs_to_be_experimental():
    assert Kind().tag == "kind"
    assert Kind().default_kind == ""
    assert Kind().experimental is False
    assert Kind() == Kind(experimental=False) != Kind(experimental=True)
