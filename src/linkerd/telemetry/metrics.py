"""The tree of metrics: named nodes, each with at most one counter, gauge or stat.

Owners of things worth counting create their metrics here once and keep them; exporters walk the
tree. A label is one node even if it contains slashes (a server's `127.0.0.1/4140`, a client's
`#/io.l5d.fs/web`), which the nested JSON and the Prometheus labels depend on.

What is counted elsewhere anyway need not be counted twice: `count_of` and `gauge` take functions
that are called at export. Several may stand behind one name; their values are added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from linkerd.telemetry.counter import Counter
from linkerd.telemetry.stat import Stat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Number = TypeVar("Number", int, float)


class Registration:
    """One function behind a `Gauge` or a `CounterReading`; `close` takes it out, twice is once."""

    __slots__ = ("_read", "_reading")

    def __init__(self, reading: Gauge | CounterReading, read: Callable[[], float]) -> None:
        self._reading: Gauge | CounterReading | None = reading
        self._read = read

    def close(self) -> None:
        """Stop reading the function; what a counter's function had counted stays counted."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.drop(self._read)


class Gauge:
    """A number that goes up and down: the sum of what its functions say when it is read."""

    __slots__ = ("_reads", "broken")

    def __init__(self) -> None:
        self.broken = False
        self._reads: tuple[Callable[[], float], ...] = ()

    def add(self, read: Callable[[], float]) -> Registration:
        """Take one more function into the sum."""
        self._reads += (read,)
        return Registration(self, read)

    def drop(self, read: Callable[[], float]) -> None:
        """Take one function out of the sum."""
        self._reads = _without(self._reads, read)

    def read(self) -> float | None:
        """Give the sum, or None if no function is left. Raises what a function raises."""
        if not self._reads:
            return None
        return float(sum([read() for read in self._reads]))


class CounterReading:
    """A counter whose value is kept elsewhere: the sum of what its functions say at export."""

    __slots__ = ("_base", "_reads", "broken")

    def __init__(self) -> None:
        self.broken = False
        self._base = 0
        self._reads: tuple[Callable[[], int], ...] = ()

    def add(self, read: Callable[[], int]) -> Registration:
        """Take one more function into the sum."""
        self._reads += (read,)
        return Registration(self, read)

    def drop(self, read: Callable[[], float]) -> None:
        """Take one function out; its last value stays in the sum, for counters never fall."""
        self._base += int(read())
        self._reads = _without(self._reads, read)

    def read(self) -> int:
        """Give the sum. Raises what a function raises."""
        return self._base + sum([read() for read in self._reads])


def _without(
    reads: tuple[Callable[[], Number], ...], read: Callable[[], float]
) -> tuple[Callable[[], Number], ...]:
    at = reads.index(read)
    return reads[:at] + reads[at + 1 :]


Metric: TypeAlias = Counter | CounterReading | Gauge | Stat

_KINDS: dict[type[Metric], str] = {
    Counter: "counter",
    CounterReading: "counter read at export",
    Gauge: "gauge",
    Stat: "stat",
}

Kind = TypeVar("Kind", Counter, CounterReading, Gauge, Stat)


class Scope:
    """A node of the tree: a metric of its own, if any, and the nodes below it."""

    __slots__ = ("_children", "_label", "_parent", "metric")

    def __init__(self, label: str = "", parent: Scope | None = None) -> None:
        self._label = label
        self._parent = parent
        self._children: dict[str, Scope] | None = None
        self.metric: Metric | None = None

    def scope(self, *labels: str) -> Scope:
        """Give the node below this one that the labels lead to; make it if there is none."""
        node = self
        for label in labels:
            if node._children is None:
                node._children = {}
            child = node._children.get(label)
            if child is None:
                child = node._children[label] = Scope(label, node)
            node = child
        return node

    def counter(self, *names: str) -> Counter:
        """Give the counter of that name; the last of `names` is the metric's own."""
        return self.scope(*names)._of(Counter)

    def stat(self, *names: str) -> Stat:
        """Give the histogram of that name."""
        return self.scope(*names)._of(Stat)

    def gauge(self, *names: str, read: Callable[[], float]) -> Registration:
        """Export what `read` says. Close the registration when its subject goes away."""
        return self.scope(*names)._of(Gauge).add(read)

    def count_of(self, *names: str, read: Callable[[], int]) -> Registration:
        """Export what `read` says as a counter."""
        return self.scope(*names)._of(CounterReading).add(read)

    def _of(self, kind: type[Kind]) -> Kind:
        metric = self.metric
        if metric is None:
            metric = self.metric = kind()
        if type(metric) is not kind:
            name, has = "/".join(self.labels()), _KINDS[type(metric)]
            raise TypeError(f"{name} is a {has} and cannot be a {_KINDS[kind]}, too")
        return metric

    def prune(self) -> None:
        """Take this subtree off the tree. Its metrics still count, but nobody reads them."""
        parent, self._parent = self._parent, None
        if parent is not None and parent._children is not None:
            parent._children.pop(self._label, None)

    def labels(self) -> tuple[str, ...]:
        """Give the way from the root to this node."""
        labels: list[str] = []
        node: Scope | None = self
        while node is not None and node._parent is not None:
            labels.append(node._label)
            node = node._parent
        return tuple(reversed(labels))

    def find(self, *labels: str) -> Scope | None:
        """Give the node that the labels lead to, or None."""
        node: Scope | None = self
        for label in labels:
            node = node._children.get(label) if node is not None and node._children else None
        return node

    def children(self) -> list[tuple[str, Scope]]:
        """Give label and node of each child, as of now."""
        return list(self._children.items()) if self._children else []

    def walk(self) -> Iterator[tuple[tuple[str, ...], Metric]]:
        """Give each metric below, parents first, with the labels that lead to it from here.

        The tree may change between two steps.
        """
        waiting: list[tuple[tuple[str, ...], Scope]] = [((), self)]
        while waiting:
            labels, node = waiting.pop()
            if node.metric is not None:
                yield labels, node.metric
            if node._children:
                waiting += [
                    ((*labels, label), child) for label, child in reversed(node._children.items())
                ]


__all__ = ["Counter", "CounterReading", "Gauge", "Metric", "Registration", "Scope", "Stat"]
