"""What every interpreter keeps to, wherever its dtab and its namers are.

A kind's tests give a `World`: the interpreter, one name, and a way to change what the name leads
to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tests.name.fakes import bound

from linkerd.name.activity import PENDING, Failed, Ok
from linkerd.name.trace import delegation_json
from linkerd.name.tree import EMPTY, FAIL, NEG, Alt, Leaf, Union, Weighted

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.interpreter.base import Interpreter
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path

ONE, TWO = Leaf(bound("/#/one", 1)), Leaf(bound("/#/two", 2))


class World(Protocol):
    """An interpreter and what it stands on. Nothing is known of `path` in the beginning."""

    interpreter: Interpreter
    dtab: Dtab
    path: Path

    def set(self, state: Any) -> None:
        """From now on the name leads to this state of a tree of bound names, or tree."""

    def watched(self) -> int:
        """How many observe what the interpreter asks."""


def see(world: World) -> tuple[list[Any], Callable[[], None]]:
    """Watch the bound tree; give what is seen, and what ends it."""
    seen: list[Any] = []
    observation = world.interpreter.bind(world.dtab, world.path).observe(seen.append)
    return seen, observation.close


def what_is_not_known_is_pending(world: World) -> None:
    seen, _ = see(world)
    assert seen == [PENDING]
    world.set(ONE)
    assert seen == [PENDING, Ok(ONE)]


def changes_reach_who_observes(world: World) -> None:
    world.set(ONE)
    seen, _ = see(world)
    for tree in (TWO, NEG, ONE, EMPTY, FAIL):
        world.set(tree)
    assert seen == [Ok(tree) for tree in (ONE, TWO, NEG, ONE, EMPTY, FAIL)]


def states_are_shown_as_they_are(world: World) -> None:
    world.set(ONE)
    seen, _ = see(world)
    for state in (PENDING, Failed("down"), Failed("still down"), Ok(ONE)):
        world.set(state)
    assert seen == [Ok(ONE), PENDING, Failed("down"), Failed("still down"), Ok(ONE)]


def trees_are_simplified(world: World) -> None:
    world.set(Union((Weighted(0.5, ONE), Weighted(0.5, NEG))))
    seen, _ = see(world)
    split = Union((Weighted(0.5, ONE), Weighted(0.2, TWO)))
    world.set(Union((*split.branches, Weighted(0.3, FAIL))))
    assert seen == [Ok(ONE), Ok(split)]


def equal_states_in_a_row_are_one(world: World) -> None:
    world.set(ONE)
    seen, _ = see(world)
    world.set(Leaf(bound("/#/one", 99)))
    world.set(Union((Weighted(0.5, ONE), Weighted(0.5, NEG))))
    assert seen == [Ok(ONE)]


def closing_ends_it_for_one_and_the_last_lets_go(world: World) -> None:
    one, close_one = see(world)
    two, close_two = see(world)
    close_one()
    world.set(ONE)
    assert (one, two) == ([PENDING], [PENDING, Ok(ONE)])
    close_two()
    world.set(TWO)
    assert two == [PENDING, Ok(ONE)]
    assert world.watched() == 0


def asking_once_watches_nothing(world: World) -> None:
    world.set(ONE)
    world.interpreter.bind(world.dtab, world.path).sample()
    world.interpreter.explain(world.dtab, world.path)
    assert world.watched() == 0


def explanations_tell_the_same(world: World) -> None:
    seen: list[Any] = []
    observation = world.interpreter.explanation(world.dtab, world.path).observe(seen.append)
    for state in (Ok(ONE), Ok(NEG), Failed("down"), PENDING, Ok(EMPTY)):
        world.set(state)
        node = world.interpreter.explain(world.dtab, world.path)
        assert seen[-1] == node
        assert node.path == world.path
        assert node.state == state
        assert delegation_json(node)["path"] == world.path.show()
    observation.close()
    assert world.watched() == 0


def explanations_and_bindings_agree(world: World) -> None:
    halves = (Weighted(0.5, ONE), Weighted(0.5, TWO))
    for tree in (ONE, Union(halves), Union((Weighted(1.0, NEG), *halves)), Alt((NEG, EMPTY)), FAIL):
        world.set(tree)
        bound_tree = world.interpreter.bind(world.dtab, world.path).sample()
        assert world.interpreter.explain(world.dtab, world.path).state == bound_tree


RULES = (
    what_is_not_known_is_pending,
    changes_reach_who_observes,
    states_are_shown_as_they_are,
    trees_are_simplified,
    equal_states_in_a_row_are_one,
    closing_ends_it_for_one_and_the_last_lets_go,
    asking_once_watches_nothing,
    explanations_tell_the_same,
    explanations_and_bindings_agree,
)
