"""`io.l5d.zkLeader`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.namer.test_serversets import SET, Zk, seen

from linkerd.name.addr import AddrBound, Address
from linkerd.namer.serverset_member import Member
from linkerd.namer.zk_leader import Leader, ZkLeaderConfig
from linkerd.namer.zk_namer import ZkNamer
from linkerd.zookeeper.ensemble import ZkAddress

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = ZkLeaderConfig(keep_members_ms=0, zk_addrs=(ZkAddress(host="zk"),))


class Group(Zk):
    """The contract's registry."""

    def __init__(self) -> None:
        super().__init__()
        self.namer: ZkNamer = ZkNamer(self.runtime, CONFIG, self.shared, Leader())  # type: ignore[assignment]

    def put(self, addresses: frozenset[Address]) -> None:
        if self.server.why:
            self.server.resume()
        if SET in self.server.nodes:
            for name in self.server.children(SET):
                self.server.delete(f"{SET}/{name}")
        self.candidate(",".join(f"{each.host}:{each.port}" for each in addresses))

    def candidate(self, text: str) -> str:
        self.count += 1
        node = f"{SET}/member_{self.count:010}"
        self.server.create(node, text.encode())
        return node


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
def test_keeps_the_contract(rule: Callable[[Registry], None]) -> None:
    rule(Group())


def test_the_next_one_takes_over() -> None:
    group = Group()
    first = group.candidate("10.0.0.1:80")
    group.candidate("10.0.0.2:80")
    tree, addr = seen(group, SET)
    assert addr.last == AddrBound(frozenset([Address("10.0.0.1", 80)]))
    group.server.delete(first)
    group.settle()
    assert addr.last == AddrBound(frozenset([Address("10.0.0.2", 80)]))
    tree.close()
    addr.close()


def test_who_leads() -> None:
    chosen = Leader().chosen
    assert chosen(["member_0000000012", "member_0000000003", "other"]) == ["member_0000000003"]
    assert chosen(["_c_ff-latch-0000000009", "_c_aa-latch-0000000010"]) == [
        "_c_ff-latch-0000000009"
    ]
    assert chosen(["vector_1"]) == []


def test_addresses() -> None:
    read = partial(Leader().read, "member_1")
    assert read(b"a:80") == (Member("a", 80),)
    assert read(b"a:80, [::1]:81") == (Member("a", 80), Member("::1", 81))
    for raw in (b"", b"a", b"a:0", b"a:70000", b"a:80,", b"a:80,b", b"\xff"):
        assert read(raw) is None, raw
