"""`io.l5d.port`."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.transformer import PREFIX, RULES
from tests.support.namers import virtual_runtime

from linkerd.name.addr import AddrBound, Address
from linkerd.name.tree import Leaf
from linkerd.transformer.port import PortTransformer

from .fakes import changing, config, fault, only, read


class PortWorld:
    constant = False

    def __init__(self) -> None:
        self.transformer = PortTransformer(PREFIX, 4141)

    def watched(self) -> int:
        return 0


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule: Any) -> None:
    rule(PortWorld())


def test_every_address_gets_the_port_and_keeps_the_rest() -> None:
    transformer = config("kind: io.l5d.port\nport: 4141").mk(virtual_runtime(), ())
    meta = (("nodeName", "a"),)
    before = frozenset(
        [Address("10.0.0.1", 1), Address("10.0.0.1", 2), Address("::1", 3, 0.5, meta)]
    )
    name, _ = changing("/#/io.l5d.fs/web", AddrBound(before, (("b", 2),)))
    made = only(transformer.tree(Leaf(name), read))
    after = frozenset([Address("10.0.0.1", 4141), Address("::1", 4141, 0.5, meta)])
    assert made.addr.sample() == AddrBound(after, (("b", 2),))
    assert made.id.show() == "/%/io.l5d.port/4141/#/io.l5d.fs/web"
    assert made.residual == name.residual


def test_the_prefix_may_be_another() -> None:
    assert config("kind: io.l5d.port\nport: 1\nprefix: /x").full_prefix().show() == "/%/x"


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("kind: io.l5d.port", (1, 1), "`port` is required"),
        ("kind: io.l5d.port\nport: 65536", (2, 7), "65536 outside valid range for ports"),
        ("kind: io.l5d.port\nport: 0", (2, 7), "must be at least 1"),
        ("kind: io.l5d.port\nport: http", (2, 7), "'http' is not an integer"),
    ],
)
def test_faults(text: str, place: tuple[int, int], why: str) -> None:
    line, column, said = fault(text)
    assert (line, column) == place
    assert why in said
