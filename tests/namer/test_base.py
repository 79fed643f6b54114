"""What namers and their sections have in common, and the contract on a namer in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs
import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.support.namers import FakeNamer, virtual_runtime

from linkerd.name.addr import AddrBound, Address
from linkerd.name.path import Path
from linkerd.namer.base import NamerConfig

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.frozen(kw_only=True)
class ExampleConfig(NamerConfig):
    kind: ClassVar[str] = "io.l5d.example"


def test_the_prefix_is_the_kind_unless_one_is_given() -> None:
    assert ExampleConfig().full_prefix() == Path.read("/#/io.l5d.example")
    assert ExampleConfig(prefix=Path.read("/a/b")).full_prefix() == Path.read("/#/a/b")


def test_metrics_are_below_the_prefix_as_one_label() -> None:
    runtime = virtual_runtime()
    scope = ExampleConfig(prefix=Path.read("/a/b")).scope(runtime)
    assert scope.labels() == ("namer", "#/a/b")


class InMemory:
    """The contract's registry over a dictionary."""

    always_bound = False
    path = Path.of("web")

    def __init__(self) -> None:
        runtime = virtual_runtime()
        self.metrics = runtime.metrics
        self.namer = FakeNamer(runtime, Path.of("#", "fake"))

    def put(self, addresses: frozenset[Address]) -> None:
        self.namer.put(b"web", AddrBound(addresses))

    def remove(self) -> None:
        self.namer.remove(b"web")

    def fail(self) -> None:
        self.namer.fail(b"web", "no connection")

    def settle(self) -> None:
        pass


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
def test_keeps_the_contract(rule: Callable[[Registry], None]) -> None:
    rule(InMemory())
