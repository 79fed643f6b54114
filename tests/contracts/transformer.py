"""What every transformer keeps to, whatever it changes.

A kind's tests give a `World`: the transformer, whose prefix is `PREFIX`, and how many observe what
it depends on besides its input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tests.name.fakes import bound
from tests.transformer.fakes import changing, explained, read

from linkerd.name.activity import PENDING, Failed, Ok, Source
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, AddrBound, Address, AddrFailed
from linkerd.name.path import Path
from linkerd.name.trace import bound_names
from linkerd.name.tree import EMPTY, FAIL, NEG, Alt, Leaf, Union, Weighted, leaves, simplify

if TYPE_CHECKING:
    from linkerd.transformer.base import Transformer

PREFIX = Path.of("%", "it")

ONE, TWO = Leaf(bound("/#/one", 1)), Leaf(bound("/#/two", 2))
TREES: tuple[Any, ...] = (
    ONE,
    NEG,
    FAIL,
    EMPTY,
    Union((Weighted(0.3, ONE), Weighted(0.7, TWO))),
    Union((Weighted(1.0, NEG), Weighted(2.0, FAIL))),
    Alt((NEG, ONE, TWO)),
    Alt((EMPTY, ONE)),
    Alt((Union((Weighted(1.0, ONE), Weighted(1.0, Alt((NEG, TWO))))), TWO)),
)


class World(Protocol):
    """A transformer and what it stands on, all of which has answered."""

    transformer: Transformer
    constant: bool
    """Whether the result is the same whatever comes in."""

    def watched(self) -> int:
        """How many observe what the transformer asks."""


def ids_have_the_prefix(world: World) -> None:
    assert world.transformer.prefix == PREFIX
    for tree in TREES:
        state = world.transformer.tree(tree, read)
        assert isinstance(state, Ok)
        for name in leaves(state.value):
            assert name.id.starts_with(PREFIX)
            assert name.before is not None


def what_leads_nowhere_stays(world: World) -> None:
    for tree in () if world.constant else (NEG, FAIL, EMPTY):
        assert world.transformer.tree(tree, read) == Ok(tree)


def what_is_not_known_stays(world: World) -> None:
    for state in () if world.constant else (PENDING, Failed("down", "L5D-1105")):
        assert world.transformer.trees(Source(state)).sample() == state


def paths_stay(world: World) -> None:
    for tree in (Leaf(Path.of("a")), Alt((ONE, Leaf(Path.of("a"))))):
        changed = world.transformer.trees(Source(Ok(tree))).sample()
        assert (changed == Ok(tree)) is not world.constant


def changes_reach_who_observes(world: World) -> None:
    below: Source[Any] = Source(PENDING)
    seen: list[Any] = []
    observation = world.transformer.trees(below).observe(seen.append)
    below.set(Ok(NEG))
    below.set(Ok(ONE))
    last = world.transformer.tree(ONE, read)
    assert seen == ([last] if world.constant else [PENDING, Ok(NEG), last])
    observation.close()


def the_same_name_has_the_same_addresses(world: World) -> None:
    first, again = (world.transformer.tree(ONE, read) for _ in range(2))
    assert isinstance(first, Ok)
    assert isinstance(again, Ok)
    pairs = zip(leaves(first.value), leaves(again.value), strict=True)
    assert all(one.addr is other.addr for one, other in pairs)


def addresses_that_are_not_known_stay(world: World) -> None:
    name, source = changing("/#/web", ADDR_PENDING)
    state = world.transformer.tree(Leaf(name), read)
    assert isinstance(state, Ok)
    [made] = leaves(state.value)
    for addr in (ADDR_PENDING, ADDR_NEG, AddrFailed("down"), AddrBound(frozenset(), (("a", 1),))):
        source.set(addr)
        assert (made.addr.sample() == addr) is (made.before is name)


def explanations_tell_the_same(world: World) -> None:
    for tree in TREES:
        node = world.transformer.node(explained(Ok(tree)), read)
        before = explained(Ok(tree)).state
        assert isinstance(before, Ok)
        state = world.transformer.tree(before.value, read)
        assert isinstance(state, Ok)
        assert node.state == Ok(simplify(state.value))
        assert set(leaves(state.value)) <= set(bound_names(node))
        assert node.path == explained(Ok(tree)).path


def explanations_of_what_is_not_known_stay(world: World) -> None:
    for state in () if world.constant else (PENDING, Failed("down", "L5D-1105")):
        node = explained(state)
        assert world.transformer.node(node, read) == node


def nothing_is_watched_for_nobody(world: World) -> None:
    name, source = changing("/#/web", AddrBound(frozenset([Address("10.0.0.1", 80)])))
    below: Source[Any] = Source(Ok(Leaf(name)))
    nodes = Source(explained(Ok(Leaf(name))))
    assert world.watched() == 0
    tree = world.transformer.trees(below).observe(lambda _: None)
    node = world.transformer.nodes(nodes).observe(lambda _: None)
    [made] = leaves(world.transformer.trees(below).sample().value)  # type: ignore[union-attr]
    addr = made.addr.observe(lambda _: None)  # type: ignore[union-attr]
    for observation in (tree, node, addr):
        observation.close()
    assert (world.watched(), below.observers, nodes.observers, source.observers) == (0, 0, 0, 0)


RULES = (
    ids_have_the_prefix,
    what_leads_nowhere_stays,
    what_is_not_known_stays,
    paths_stay,
    changes_reach_who_observes,
    the_same_name_has_the_same_addresses,
    addresses_that_are_not_known_stay,
    explanations_tell_the_same,
    explanations_of_what_is_not_known_stay,
    nothing_is_watched_for_nobody,
)
