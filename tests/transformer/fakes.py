"""A transformer that does next to nothing, and what its kinds are tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.name.fakes import FakeNamer

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError
from linkerd.name.activity import Activity, Ok, Read, Source, State
from linkerd.name.addr import Addr, AddrBound, Address, BoundName
from linkerd.name.delegate import evaluate
from linkerd.name.dtab import EMPTY_DTAB
from linkerd.name.path import Path
from linkerd.name.tree import Leaf, NameTree
from linkerd.transformer.addresses import AddressTransformer
from linkerd.transformer.base import TransformerConfig

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookup
    from linkerd.name.trace import Node

PATH = Path.of("fake", "web")


class Reversed(AddressTransformer):
    """Turns hosts round, so that one can see it at work."""

    def addresses(self, addr: AddrBound, read: Read) -> Addr:
        """Turn the hosts of a set round."""
        return AddrBound(frozenset(each._replace(host=each.host[::-1]) for each in addr.addresses))


class Says:
    """A namer that says the same of every name."""

    def __init__(self, state: State[Any]) -> None:
        self.source: Source[State[Any]] = Source(state)

    def lookup(self, path: Path) -> Activity[Any]:
        return self.source

    def standing(self, path: Path) -> None:
        return None

    def near(self, path: Path) -> tuple[Path, ...]:
        return ()


def read(var: Any) -> Any:
    """Read a value without observing it."""
    return var.sample()


def explained(state: State[Any]) -> Node:
    """Give the trace of a name of which a namer says this."""
    outcome = evaluate(EMPTY_DTAB, PATH, ((Path.of("fake"), Says(state)),), read, explain=True)
    assert outcome.trace is not None
    return outcome.trace


def addresses(*texts: str) -> AddrBound:
    """Read addresses such as `10.0.0.1:80`."""
    split = (text.rpartition(":") for text in texts)
    return AddrBound(frozenset(Address(host, int(port)) for host, _, port in split))


def changing(id: str, addr: Addr) -> tuple[BoundName, Source[Addr]]:
    """Give a name whose addresses can be set."""
    source: Source[Addr] = Source(addr)
    return BoundName(Path.read(id), source, Path.of("rest")), source


def only(state: State[NameTree[BoundName]]) -> BoundName:
    """Give the name of a tree that is one leaf."""
    assert isinstance(state, Ok), state
    assert isinstance(state.value, Leaf), state
    return state.value.value


def config(text: str) -> TransformerConfig:
    """Read one section."""
    return bind(parse(text, "l.yaml"), TransformerConfig)


def fault(text: str) -> tuple[int, int, str]:
    """Give place and text of the one fault of a section."""
    with pytest.raises(ConfigError) as caught:
        config(text)
    [found] = caught.value.faults
    return found.line, found.column, found.why


class Namers:
    """A namer below `/#/fs`, alone or with others, and what of it is observed."""

    def __init__(self) -> None:
        self.fs = FakeNamer(quiet=True)
        self.lookups: list[tuple[Path, Lookup]] = [(Path.read("/#/fs"), self.fs)]
