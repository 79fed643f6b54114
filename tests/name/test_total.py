"""Trees that always answer, and trees of which that is not certain."""

from __future__ import annotations

import pytest

from linkerd.name.dtab import Dtab
from linkerd.name.rule_index import RuleIndex
from linkerd.name.total import Totality
from linkerd.name.tree import read_tree


def total(tree: str, dtab: str = "") -> bool:
    return Totality(RuleIndex(Dtab.read(dtab))).of(read_tree(tree))


@pytest.mark.parametrize(
    "tree",
    [
        "!",
        "$",
        "/$/nil",
        "/$/fail/x",
        "/$/inet/127.1/80",
        "/$/inet/80",
        "/$/fixedinet/a/80/residual",
        "/$/io.buoyant.rinet/80/a",
        "/a | /$/nil | /b",
        "/a & /$/inet/a/80",
        "/a & (/b & $)",
    ],
)
def test_what_always_answers(tree: str) -> None:
    assert total(tree)


@pytest.mark.parametrize(
    "tree",
    [
        "~",
        "/",
        "/a",
        "/$",
        "/#/io.l5d.fs",
        "/$/inet",
        "/$/inet/host",
        "/$/inet/host/http",
        "/$/io.buoyant.rinet/80",
        "/$/io.buoyant.rinet/a/80",
        "/$/io.buoyant.http.status/404",
        "/a | /b",
        "/a & /b",
    ],
)
def test_what_may_be_negative(tree: str) -> None:
    assert not total(tree)


@pytest.mark.parametrize("tree", ["! & !", "! & /$/fail", "/a & (/b | !)", "/a & /b"])
def test_a_union_loses_the_branches_that_fail(tree: str) -> None:
    assert not total(tree)


def test_by_way_of_rules() -> None:
    dtab = "/last => /$/nil ; /a => /b ; /b => ~ | /last ; /b/x => ! ; /c => /d ; /d/* => /last"
    assert total("/last", dtab)
    assert total("/a", dtab)
    assert total("/d/x", dtab)
    assert not total("/c", dtab), "/d alone has no rule"
    assert not total("/last & /a", dtab), "in a union only what is certainly no failure counts"


@pytest.mark.parametrize("rule", ["/$/nil => /a", "/$ => ~", "/* => ~", "/ => ~", "/$/nil/x => ~"])
def test_a_rule_may_take_a_built_in_name_away(rule: str) -> None:
    assert not total("/$/nil", rule)


def test_what_goes_round_is_not_certain() -> None:
    assert not total("/a", "/a => /b ; /b => /a")
    long = ";".join(f"/n{number} => /n{number + 1}" for number in range(5000))
    assert not total("/n0", f"{long} ; /n5000 => /$/nil")
