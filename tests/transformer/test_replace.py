"""`io.l5d.replace`; ids and faults are in test_binding."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.transformer import ONE, PREFIX, RULES, TWO
from tests.name.fakes import bound

from linkerd.name.activity import PENDING, Failed, Ok, Source
from linkerd.name.path import Path
from linkerd.name.tree import EMPTY, FAIL, NEG, Alt, Leaf, Union, Weighted, show_tree
from linkerd.transformer.replace import ReplaceTransformer

from .fakes import Namers, explained, read


class ReplaceWorld:
    constant = False

    def __init__(self) -> None:
        self.namers = Namers()
        self.namers.fs.set("/web", Leaf(bound("/#/fs/web", 80)))
        self.transformer = ReplaceTransformer(
            "io.l5d.replace", PREFIX, Path.read("/#/fs/web"), self.namers.lookups
        )

    def watched(self) -> int:
        return self.namers.fs.observers


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule: Any) -> None:
    rule(ReplaceWorld())


def test_every_leaf_is_replaced_and_the_rest_stays() -> None:
    tree = Alt((NEG, Union((Weighted(0.5, ONE), Weighted(0.5, Alt((EMPTY, TWO)))))))
    state = ReplaceWorld().transformer.tree(tree, read)
    assert isinstance(state, Ok)
    leaf = "/%/it/#/fs/web"
    assert show_tree(state.value) == f"~ | 0.50*{leaf} & 0.50*($ | {leaf})"


@pytest.mark.parametrize("state", [PENDING, Failed("down")])
def test_without_an_answer_names_have_none(state: Any) -> None:
    world = ReplaceWorld()
    world.namers.fs.set("/web", state)
    seen: list[Any] = []
    world.transformer.trees(Source(Ok(ONE))).observe(seen.append)
    assert seen == [state]
    assert world.transformer.tree(FAIL, read) == Ok(FAIL), "which has no names"
    world.namers.fs.bind("/web", 1)
    assert isinstance(seen[-1], Ok)


def test_what_it_leads_to_may_lead_nowhere() -> None:
    world = ReplaceWorld()
    world.namers.fs.set("/web", NEG)
    split: Any = Union((Weighted(0.5, ONE), Weighted(0.5, TWO)))
    node = world.transformer.node(explained(Ok(split)), read)
    assert node.state == Ok(NEG)
    assert [child.state for child in node.children] == [Ok(NEG), Ok(NEG)]
