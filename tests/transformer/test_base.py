"""What all transformers share, with a fake one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from tests.contracts.transformer import PREFIX, RULES
from tests.name.fakes import bound
from tests.name.strategies import odd_trees
from tests.support.namers import virtual_runtime

from linkerd.name.activity import Ok
from linkerd.name.path import Path
from linkerd.name.tree import Leaf, NameTree, map_leaves, read_tree, simplify
from linkerd.transformer.base import Transformer, TransformerConfig, is_bound, mk_all
from linkerd.transformer.const import ConstConfig
from linkerd.transformer.port import PortConfig, PortTransformer
from linkerd.transformer.replace import ReplaceConfig

from .fakes import Reversed, Says, explained, only, read

if TYPE_CHECKING:
    from linkerd.name.trace import Node


class FakeWorld:
    constant = False

    def __init__(self) -> None:
        self.transformer = Reversed(PREFIX)

    def watched(self) -> int:
        return 0


@pytest.mark.parametrize("rule", RULES)
def test_contract_with_a_fake(rule: Any) -> None:
    rule(FakeWorld())


def nodes(node: Node) -> list[Node]:
    return [node, *(each for child in node.children for each in nodes(child))]


def transformers() -> list[Transformer]:
    """Give one of each nature; the binding of the last two has several leaves."""
    there = read_bound("/#/there & 2*/#/too | ~")
    lookups = ((Path.of("#"), Says(Ok(there))),)
    runtime = virtual_runtime()
    path = Path.of("#", "x")
    return [
        PortTransformer(PREFIX, 80),
        ReplaceConfig(path=path).mk(runtime, lookups),
        ConstConfig(path=path).mk(runtime, lookups),
    ]


def read_bound(text: str) -> NameTree[Any]:
    return map_leaves(read_tree(text), lambda path: bound(path.show(), 80))


@given(odd_trees)
def test_a_tree_and_its_explanation_stay_the_same(tree: Any) -> None:
    """Whatever the tree: the explanation ends where requests go, at each of its steps."""
    trace = explained(Ok(map_leaves(tree, lambda path: bound(path.show(), 80))))
    for transformer in transformers():
        changed = transformer.node(trace, read)
        if isinstance(transformer, PortTransformer):
            pairs = list(zip(nodes(trace), nodes(changed), strict=True))
        else:
            pairs = [(trace, changed)]
        for before, after in pairs:
            assert isinstance(before.state, Ok)
            state = transformer.tree(before.state.value, read)
            assert isinstance(state, Ok)
            assert after.state == Ok(simplify(state.value))


def test_the_default_prefix_is_the_kind_and_another_may_be_written() -> None:
    class Config(TransformerConfig):
        kind = "io.l5d.x"

    assert Config().full_prefix() == Path.read("/%/io.l5d.x")
    assert Config(prefix=Path.read("/a/b")).full_prefix() == Path.read("/%/a/b")


def test_a_list_is_applied_in_order_the_last_one_outermost() -> None:
    configs = (PortConfig(port=1), PortConfig(port=2))
    runtime = virtual_runtime()
    tree: Any = Leaf(bound("/#/web", 80))
    for transformer in mk_all(configs, runtime, ()):  # type: ignore[arg-type]
        state = transformer.tree(tree, read)
        tree = Leaf(only(state))
    assert tree.value.id.show() == "/%/io.l5d.port/2/%/io.l5d.port/1/#/web"
    assert [each.port for each in tree.value.addr.sample().addresses] == [2]


def test_each_counts_in_a_scope_of_its_own() -> None:
    class Config(TransformerConfig):
        kind = "io.l5d.x"

        def mk(self, runtime: Any, lookups: Any) -> Any:
            runtime.metrics.counter("made").value += 1

    runtime = virtual_runtime()
    mk_all((Config(), Config(prefix=Path.of("y"))), runtime, ())
    assert [labels for labels, _ in runtime.metrics.walk()] == [
        ("transformer", "%/io.l5d.x", "made"),
        ("transformer", "%/y", "made"),
    ]


def test_bound_trees_are_told_from_those_with_paths() -> None:
    assert is_bound(read_bound("/a | /b & /c | ~"))
    assert not is_bound(Leaf(Path.of("a")))
