"""`io.l5d.const`; ids and faults are in test_binding."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.transformer import ONE, PREFIX, RULES
from tests.name.fakes import bound

from linkerd.name.activity import PENDING, Failed, Ok, Source
from linkerd.name.path import Path
from linkerd.name.tree import NEG, Leaf
from linkerd.transformer.const import ConstTransformer

from .fakes import Namers, explained, only, read


class ConstWorld:
    constant = True

    def __init__(self) -> None:
        self.namers = Namers()
        self.namers.fs.set("/web", Leaf(bound("/#/fs/web", 80)))
        self.transformer = ConstTransformer(
            "io.l5d.const", PREFIX, Path.read("/#/fs/web"), self.namers.lookups
        )

    def watched(self) -> int:
        return self.namers.fs.observers


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule: Any) -> None:
    rule(ConstWorld())


@pytest.mark.parametrize("state", [PENDING, Failed("down"), Ok(NEG), Ok(ONE)])
def test_whatever_comes_in_it_is_the_binding_that_comes_out(state: Any) -> None:
    world = ConstWorld()
    below: Source[Any] = Source(state)
    seen: list[Any] = []
    world.transformer.trees(below).observe(seen.append)
    assert only(seen[-1]).id.show() == "/%/it/#/fs/web"
    assert below.observers == 0
    node = world.transformer.node(explained(state), read)
    assert node.state == seen[-1]
    assert node.kind == "delegate"
