"""A namer in memory, and what namers are tested with: a Runtime with a virtual clock, observers."""

from __future__ import annotations

import random  # noqa: TID251
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twisted.internet import defer, task

from linkerd.name.activity import Activity, Computed, Constant, Ok, Read, State, Var
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, Addr, AddrFailed, BoundName
from linkerd.name.tree import NEG, Leaf, NameTree
from linkerd.namer.base import Namer
from linkerd.namer.discovery import Discovery, Tally
from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.path import Path

T = TypeVar("T")


def virtual_runtime(clock: task.Clock | None = None) -> Runtime:
    """Give a Runtime whose time stands still until `runtime.reactor.advance`."""
    clock = task.Clock() if clock is None else clock
    return Runtime(
        reactor=clock,
        clock=clock.seconds,
        wall=lambda: 1546344000.0 + clock.seconds(),  # 2019-01-01 12:00:00 UTC
        rng=random.Random(7),
        metrics=Scope(),
        network=None,
    )


class Seen(Generic[T]):
    """An observer that keeps everything it was told."""

    def __init__(self, var: Var[T]) -> None:
        self.all: list[T] = []
        self._waiting: list[tuple[Callable[[T], bool], defer.Deferred[T]]] = []
        self._observation = var.observe(self._see)

    def _see(self, value: T) -> None:
        self.all.append(value)
        waiting, self._waiting = self._waiting, []
        for wanted, deferred in waiting:
            if wanted(value):
                deferred.callback(value)
            else:
                self._waiting.append((wanted, deferred))

    @property
    def last(self) -> T:
        """What it was told last."""
        return self.all[-1]

    def when(self, wanted: Callable[[T], bool]) -> defer.Deferred[T]:
        """Give a Deferred of the first value, this one or a later, that is wanted."""
        if wanted(self.last):
            return defer.succeed(self.last)
        deferred: defer.Deferred[T] = defer.Deferred()
        self._waiting.append((wanted, deferred))
        return deferred

    def close(self) -> None:
        """See no more."""
        self._observation.close()


def bound_in(state: State[NameTree[Path | BoundName]]) -> BoundName:
    """Give the one bound name of a lookup's state."""
    assert isinstance(state, Ok), state
    assert isinstance(state.value, Leaf), state
    assert isinstance(state.value.value, BoundName)
    return state.value.value


class FakeNamer(Namer):
    """Names of one segment; `put`, `remove` and `fail` play the registry."""

    def __init__(self, runtime: Runtime, prefix: Path) -> None:
        self.prefix = prefix
        self.tally = Tally(runtime.clock, runtime.wall, runtime.metrics.scope("namer", "fake"))
        self._truth: dict[bytes, Addr | str] = {}
        self._nodes: dict[bytes, Discovery[Addr]] = {}

    def put(self, name: bytes, addr: Addr) -> None:
        """Register addresses."""
        self._set(name, addr)

    def remove(self, name: bytes) -> None:
        """The name is gone."""
        self._set(name, ADDR_NEG)

    def fail(self, name: bytes, why: str) -> None:
        """The registry cannot answer."""
        self._set(name, why)

    def _set(self, name: bytes, truth: Addr | str) -> None:
        self._truth[name] = truth
        if name in self._nodes:
            self._tell(name)

    def _tell(self, name: bytes) -> None:
        node, truth = self._nodes[name], self._truth.get(name, ADDR_NEG)
        if isinstance(truth, str):
            node.failed(truth)
        else:
            node.ok(truth)

    def _node(self, name: bytes) -> Discovery[Addr]:
        def begin() -> None:
            node.begin()
            self._tell(name)

        def end() -> None:
            node.end()

        if name not in self._nodes:
            node: Discovery[Addr] = Discovery(self.tally, begin, end)
            self._nodes[name] = node
        return self._nodes[name]

    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Bind the first segment."""
        if not path.elements:
            return Constant(Ok(NEG))
        source = self._node(path.elements[0]).state

        def addr(read: Read) -> Addr:
            state = read(source)
            if isinstance(state, Ok):
                return state.value
            return AddrFailed(state.why) if hasattr(state, "why") else ADDR_PENDING

        name = BoundName(self.prefix + path.take(1), Computed(addr), path.drop(1))

        def tree(read: Read) -> State[NameTree[Path | BoundName]]:
            state = read(source)
            if not isinstance(state, Ok):
                return state
            return Ok(NEG if state.value == ADDR_NEG else Leaf(name))

        return Computed(tree)

    def state(self) -> dict[str, Any]:
        """Describe the names that were ever asked for."""
        return {name.decode(): node.record(None) for name, node in self._nodes.items()}

    def close(self) -> None:
        """Take the gauges away."""
        self.tally.close()
