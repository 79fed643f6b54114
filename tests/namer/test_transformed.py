"""A namer with transformers: a fake namer inside, a port outside."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.support.namers import FakeNamer, Seen, bound_in, virtual_runtime

from linkerd.name.activity import Constant, Ok
from linkerd.name.addr import ADDR_NEG, AddrBound, Address, AddrNeg, Standing
from linkerd.name.path import EMPTY_PATH, Path
from linkerd.name.tree import NEG, Leaf
from linkerd.namer.base import NamerConfig
from linkerd.namer.transformed import TransformedNamer
from linkerd.transformer.localhost import LocalhostConfig
from linkerd.transformer.port import PortConfig, PortTransformer

PREFIX = Path.read("/#/fake")
WEB = Path.of("web")
ONE = Address("127.0.0.1", 8001)


class FakeConfig(NamerConfig):
    kind = "fake"

    def mk(self, runtime: Any) -> FakeNamer:
        return FakeNamer(runtime, self.full_prefix())


class Inside:
    """A namer whose transformer changes nothing that shows, as the contract's registry."""

    always_bound = False
    path = WEB

    def __init__(self) -> None:
        runtime = virtual_runtime()
        self.metrics = runtime.metrics
        self.fake = FakeNamer(runtime, PREFIX)
        self.namer = TransformedNamer(self.fake, [PortTransformer(EMPTY_PATH, ONE.port)])

    def put(self, addresses: frozenset[Address]) -> None:
        self.fake.put(b"web", AddrBound(frozenset(each._replace(port=1) for each in addresses)))

    def remove(self) -> None:
        self.fake.remove(b"web")

    def fail(self) -> None:
        self.fake.fail(b"web", "down")

    def settle(self) -> None:
        pass


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
def test_contract(rule: Any) -> None:
    registry: Registry = Inside()
    rule(registry)


def built(*transformers: Any) -> tuple[Any, FakeNamer]:
    """Build a namer from its section; give what is asked, and what is behind it."""
    namer = FakeConfig(transformers=transformers).build(virtual_runtime(), ())
    return namer, getattr(namer, "inner", namer)


def test_without_transformers_there_is_nothing_between() -> None:
    namer, inner = built()
    assert namer is inner


def test_transformers_count_below_the_namer() -> None:
    class CountingConfig(PortConfig):
        def mk(self, runtime: Any, lookups: Any) -> PortTransformer:
            runtime.metrics.counter("made").value += 1
            return super().mk(runtime, lookups)

    runtime = virtual_runtime()
    FakeConfig(transformers=(CountingConfig(port=1),)).build(runtime, ())  # type: ignore[arg-type]
    labels = ("namer", "#/fake", "transformer", "%/io.l5d.port/1", "made")
    assert labels in [labels for labels, _ in runtime.metrics.walk()]


def test_names_go_through_the_transformers_in_order() -> None:
    namer, inner = built(PortConfig(port=1), LocalhostConfig())  # type: ignore[arg-type]
    inner.put(b"web", AddrBound(frozenset([ONE, Address("203.0.113.7", 9)])))
    tree = Seen(namer.lookup(WEB + Path.of("x")))
    name = bound_in(tree.last)
    assert name.id.show() == "/%/io.l5d.localhost/%/io.l5d.port/1/#/fake/web"
    assert name.residual == Path.of("x")
    assert Seen(name.addr).last == AddrBound(frozenset([ONE._replace(port=1)]))
    assert name.before is not None
    assert name.before.before is not None
    assert name.before.before.id.show() == "/#/fake/web"


def test_a_name_stays_bound_if_nothing_is_left_and_not_if_it_is_gone() -> None:
    namer, inner = built(LocalhostConfig())
    inner.put(b"web", AddrBound(frozenset([Address("203.0.113.7", 9)])))
    tree = Seen(namer.lookup(WEB))
    addr = Seen(bound_in(tree.last).addr)
    assert isinstance(addr.last, AddrNeg)
    assert addr.last.code == "L5D-1109"
    inner.remove(b"web")
    assert (tree.last, addr.last) == (Ok(NEG), ADDR_NEG)


def test_names_that_lead_to_other_names_stay() -> None:
    namer, inner = built(PortConfig(port=1))  # type: ignore[arg-type]
    elsewhere = Ok(Leaf(Path.of("elsewhere")))
    inner.lookup = lambda path: Constant(elsewhere)  # type: ignore[method-assign]
    assert namer.lookup(WEB).sample() == elsewhere


def test_everything_else_is_that_of_the_namer_inside() -> None:
    namer, inner = built(PortConfig(port=1))  # type: ignore[arg-type]
    inner.standing = lambda path: Standing("ok", float(path.size))  # type: ignore[method-assign]
    inner.near = lambda path: (path,)  # type: ignore[method-assign]
    inner.names = lambda: ("/#/fake/web",)  # type: ignore[method-assign]
    Seen(namer.lookup(WEB))
    assert namer.prefix == PREFIX
    assert json.dumps(namer.state()) == json.dumps(inner.state())
    assert set(namer.state()) == {"web"}
    assert (namer.standing(WEB), namer.near(WEB)) == (Standing("ok", 1.0), (WEB,))
    assert namer.names() == (), "as in Linkerd"
    assert inner.tally._gauges
    namer.close()
    assert not inner.tally._gauges
