from __future__ import annotations

import pytest

from linkerd.cli.stand_ins import any_name, no_name
from linkerd.name.addr import ADDR_PENDING
from linkerd.name.delegate import bind
from linkerd.name.dtab import EMPTY_DTAB
from linkerd.name.path import Path
from linkerd.name.tree import NEG, show_tree


def found(lookups, path):
    return bind(EMPTY_DTAB, Path.read(path), lookups).sample().value


def test_every_name_is_there():
    leaf = found(any_name(), "/#/x/y")
    assert str(leaf.value) == "/#/x/y"
    assert leaf.value.addr.sample() == ADDR_PENDING


def test_no_name_is_there():
    assert found(no_name(), "/#/x/y") == NEG


@pytest.mark.parametrize("lookups", [any_name(), no_name()])
def test_what_is_built_in_does_as_ever(lookups):
    assert show_tree(found(lookups, "/$/inet/no.such.host/80/x")) == "/$/inet/no.such.host/80"
    assert show_tree(found(lookups, "/$/nil")) == "$"
    path = "/$/io.buoyant.hostportPfx/$/inet:80"
    assert show_tree(found(lookups, path)) == "/$/inet/80"
