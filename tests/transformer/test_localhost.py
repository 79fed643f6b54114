"""`io.l5d.localhost`, on the machine as it is."""

from __future__ import annotations

import pytest
from tests.support.namers import virtual_runtime

from linkerd.name.addr import AddrNeg
from linkerd.name.tree import Leaf

from .fakes import addresses, changing, config, fault, only, read


def test_only_addresses_of_this_machine_are_left() -> None:
    transformer = config("kind: io.l5d.localhost").mk(virtual_runtime(), ())
    name, source = changing("/#/web", addresses("127.0.0.1:80", "203.0.113.7:80"))
    made = only(transformer.tree(Leaf(name), read))
    assert made.id.show() == "/%/io.l5d.localhost/#/web"
    assert made.addr.sample() == addresses("127.0.0.1:80")
    source.set(addresses("203.0.113.7:80"))
    assert made.addr.sample() == AddrNeg(
        "io.l5d.localhost keeps none of 203.0.113.7:80", "L5D-1109"
    )


@pytest.mark.parametrize("key", ["host", "port"])
def test_there_is_nothing_to_configure(key: str) -> None:
    line, column, why = fault(f"kind: io.l5d.localhost\n{key}: 1")
    assert (line, column) == (2, 1)
    assert "unknown key" in why
