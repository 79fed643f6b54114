from __future__ import annotations

from linkerd.name.activity import Constant
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, AddrBound, Address, AddrFailed, BoundName
from linkerd.name.path import Path

ID = Path.read("/#/io.l5d.fs/web")


def test_bound_names_are_equal_by_id_and_residual() -> None:
    name = BoundName(ID, Constant(ADDR_NEG))
    assert name == BoundName(ID, Constant(ADDR_PENDING), Path())
    assert hash(name) == hash(BoundName(ID, Constant(ADDR_PENDING)))
    assert name != BoundName(ID, Constant(ADDR_NEG), Path.of("rest"))
    assert name != BoundName(ID + ID, Constant(ADDR_NEG))
    assert str(name) == "/#/io.l5d.fs/web"


def test_addresses_are_a_set() -> None:
    one = Address("127.0.0.1", 80)
    again = Address("127.0.0.1", 80, 1.0, ())
    assert AddrBound(frozenset([one, again])) == AddrBound(frozenset([one]))
    assert (
        len({one, Address("127.0.0.1", 80, 0.5), Address("127.0.0.1", 80, 1.0, (("a", 1),))}) == 3
    )
    assert AddrFailed("x") == AddrFailed("x") != AddrFailed("y")
