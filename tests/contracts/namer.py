"""What every namer keeps to, whatever registry it reads.

A kind's tests give a `Registry`: the namer with a way to change what is behind it. The suite runs
under virtual time; `settle` of the registry lets the namer notice what changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from tests.support.namers import Seen, bound_in

from linkerd.name.activity import Failed, Ok
from linkerd.name.addr import AddrBound, Address, AddrNeg
from linkerd.name.path import Path
from linkerd.name.tree import NEG

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.namer.base import Namer
    from linkerd.telemetry.metrics import Scope

ONE, TWO = Address("127.0.0.1", 8001), Address("127.0.0.2", 8001)


class Registry(Protocol):
    """A namer and what is behind it. All is about one name, `path` behind the prefix."""

    metrics: Scope
    path: Path
    always_bound: bool
    """Whether a name that is not there is bound nevertheless, with addresses that are negative."""

    @property
    def namer(self) -> Namer:
        """The namer under test."""

    def put(self, addresses: frozenset[Address]) -> None:
        """The registry has these addresses for the name."""

    def remove(self) -> None:
        """The registry says that there is no such name."""

    def fail(self) -> None:
        """The registry gives no answer, or one that makes no sense."""

    def settle(self) -> None:
        """Time passes, enough for the namer to notice."""


def a_name_is_bound_below_the_prefix(registry: Registry) -> None:
    registry.put(frozenset([ONE]))
    residual = Path.of("rest", "of it")
    tree = Seen(registry.namer.lookup(registry.path + residual))
    registry.settle()
    bound = bound_in(tree.last)
    assert bound.id == registry.namer.prefix + registry.path
    assert bound.residual == residual
    addr = Seen(bound.addr)
    registry.settle()
    assert addr.last == AddrBound(frozenset([ONE]))
    addr.close()
    tree.close()


def changes_reach_who_observes(registry: Registry) -> None:
    registry.put(frozenset([ONE]))
    tree = Seen(registry.namer.lookup(registry.path))
    registry.settle()
    addr = Seen(bound_in(tree.last).addr)
    registry.settle()
    registry.put(frozenset([ONE, TWO]))
    registry.settle()
    assert addr.last == AddrBound(frozenset([ONE, TWO]))
    trees = len(tree.all)
    registry.put(frozenset([TWO]))
    registry.settle()
    assert addr.last == AddrBound(frozenset([TWO]))
    assert len(tree.all) == trees, "other addresses do not make another name"
    assert all(isinstance(each, AddrBound) for each in addr.all[1:])
    addr.close()
    tree.close()


def what_is_gone_is_negative_and_may_come_back(registry: Registry) -> None:
    registry.put(frozenset([ONE]))
    tree = Seen(registry.namer.lookup(registry.path))
    registry.settle()
    addr = Seen(bound_in(tree.last).addr)
    registry.remove()
    registry.settle()
    assert isinstance(addr.last, AddrNeg)
    if not registry.always_bound:
        assert tree.last == Ok(NEG)
    registry.put(frozenset([TWO]))
    registry.settle()
    assert addr.last == AddrBound(frozenset([TWO]))
    bound_in(tree.last)
    addr.close()
    tree.close()


def the_last_good_addresses_survive_a_failure(registry: Registry) -> None:
    registry.put(frozenset([ONE]))
    tree = Seen(registry.namer.lookup(registry.path))
    registry.settle()
    addr = Seen(bound_in(tree.last).addr)
    registry.settle()
    before = len(addr.all)
    registry.fail()
    registry.settle()
    assert addr.last == AddrBound(frozenset([ONE]))
    assert len(addr.all) == before, "an observer of the addresses sees nothing of it"
    assert '"phase": "stale"' in json.dumps(registry.namer.state())
    assert _gauge(registry.metrics, "stale") >= 1
    registry.put(frozenset([TWO]))
    registry.settle()
    assert addr.last == AddrBound(frozenset([TWO]))
    assert '"phase": "stale"' not in json.dumps(registry.namer.state())
    assert _gauge(registry.metrics, "stale") == 0
    addr.close()
    tree.close()


def a_failure_before_any_answer_is_told(registry: Registry) -> None:
    registry.fail()
    tree = Seen(registry.namer.lookup(registry.path))
    registry.settle()
    if registry.always_bound:
        addr = Seen(bound_in(tree.last).addr)
        registry.settle()
        assert getattr(addr.last, "why", ""), addr.last
        registry.put(frozenset([ONE]))
        registry.settle()
        assert addr.last == AddrBound(frozenset([ONE]))
        addr.close()
    else:
        assert isinstance(tree.last, Failed)
        assert tree.last.why
        assert tree.last.code == "L5D-1105"
        registry.put(frozenset([ONE]))
        registry.settle()
        bound_in(tree.last)
    tree.close()


def nothing_is_watched_for_nobody(registry: Registry) -> None:
    registry.put(frozenset([ONE]))
    lookup = registry.namer.lookup(registry.path)
    registry.settle()
    assert _gauge(registry.metrics, "watched") == 0
    for _ in range(3):
        tree = Seen(lookup)
        registry.settle()
        addr = Seen(bound_in(tree.last).addr)
        registry.settle()
        addr.close()
        tree.close()
        assert _gauge(registry.metrics, "watched") == 0


def the_addresses_are_followed_without_the_tree(registry: Registry) -> None:
    registry.put(frozenset([ONE]))
    tree = Seen(registry.namer.lookup(registry.path))
    registry.settle()
    bound = bound_in(tree.last)
    tree.close()
    registry.settle()
    addr = Seen(bound.addr)
    registry.settle()
    registry.put(frozenset([TWO]))
    registry.settle()
    assert addr.last == AddrBound(frozenset([TWO]))
    addr.close()


def the_state_is_json(registry: Registry) -> None:
    registry.put(frozenset([ONE]))
    assert isinstance(json.loads(json.dumps(registry.namer.state())), dict)
    tree = Seen(registry.namer.lookup(registry.path))
    registry.settle()
    addr = Seen(bound_in(tree.last).addr)
    registry.settle()
    text = json.dumps(registry.namer.state())
    assert isinstance(json.loads(text), dict)
    addr.close()
    tree.close()
    registry.namer.close()
    registry.namer.close()


def _gauge(metrics: Scope, name: str) -> float:
    return sum(
        metric.read()  # type: ignore[union-attr]
        for labels, metric in metrics.walk()
        if labels[0] == "namer" and labels[-1] == name
    )


NAMER_CONTRACT: tuple[Callable[[Registry], None], ...] = (
    a_name_is_bound_below_the_prefix,
    changes_reach_who_observes,
    what_is_gone_is_negative_and_may_come_back,
    the_last_good_addresses_survive_a_failure,
    a_failure_before_any_answer_is_told,
    nothing_is_watched_for_nobody,
    the_addresses_are_followed_without_the_tree,
    the_state_is_json,
)
