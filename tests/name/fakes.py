"""A namer whose answers a test sets."""

from __future__ import annotations

from linkerd.name.activity import PENDING, Constant, Ok, Source, State
from linkerd.name.addr import Addr, AddrBound, Address, BoundName, Standing
from linkerd.name.path import Path
from linkerd.name.tree import NEG, Leaf, NameTree


def bound(id: str, *ports: int, residual: str = "/", addr: Addr | None = None) -> BoundName:
    addresses = frozenset(Address("127.0.0.1", port) for port in ports)
    return BoundName(Path.read(id), Constant(addr or AddrBound(addresses)), Path.read(residual))


class FakeNamer:
    """Answers `names` below its prefix, negative for the rest; `set` changes an answer.

    An answer is a state, or a tree, which stands for `Ok(tree)`. With `quiet`, nothing is known of
    a name before it is set. `stands` is the standing of every name, `names` what is like any name.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.asked: list[str] = []
        self.stands: Standing | None = None
        self.names: list[str] = []
        self._initial: State[NameTree[Path | BoundName]] = PENDING if quiet else Ok(NEG)
        self._sources: dict[Path, Source[State[NameTree[Path | BoundName]]]] = {}

    def lookup(self, path: Path) -> Source[State[NameTree[Path | BoundName]]]:
        self.asked.append(path.show())
        return self._sources.setdefault(path, Source(self._initial))

    def standing(self, path: Path) -> Standing | None:
        return self.stands

    def near(self, path: Path) -> list[Path]:
        return [Path.read(name) for name in self.names]

    def set(self, path: str, answer: object) -> None:
        source = self._sources.setdefault(Path.read(path), Source(self._initial))
        is_state = type(answer).__name__ in ("Ok", "Pending", "Failed")
        source.set(answer if is_state else Ok(answer))  # type: ignore[arg-type]

    def bind(self, path: str, *ports: int, id: str = "") -> None:
        self.set(path, Leaf(bound(id or path, *ports)))

    @property
    def observers(self) -> int:
        return sum(source.observers for source in self._sources.values())


__all__ = ["FakeNamer", "bound"]
