"""`io.l5d.curator`."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.namer.test_serversets import Zk

from linkerd.name.path import Path
from linkerd.namer.curator import CuratorConfig, CuratorNamer, Instances
from linkerd.namer.serverset_member import Member
from linkerd.zookeeper.ensemble import ZkAddress

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.addr import Address

BASE = "/services"
CONFIG = CuratorConfig(
    keep_members_ms=0, zk_addrs=(ZkAddress(host="zk"),), base_path=Path.read(BASE)
)
WHOLE = (
    '{"name":"web","id":"1-2","address":"10.0.0.1","port":80,"sslPort":null,"payload":null,'
    '"registrationTimeUTC":1,"serviceType":"DYNAMIC","uriSpec":null,"enabled":true}'
)


class Curator(Zk):
    """The contract's registry."""

    path = Path.read("/web")

    def __init__(self) -> None:
        super().__init__()
        self.namer: CuratorNamer = CuratorNamer(self.runtime, CONFIG, self.shared, Instances())  # type: ignore[assignment]

    def put(self, addresses: frozenset[Address]) -> None:
        if self.server.why:
            self.server.resume()
        node = f"{BASE}/web"
        if node in self.server.nodes:
            for name in self.server.children(node):
                self.server.delete(f"{node}/{name}")
        for each in addresses:
            self.count += 1
            value = {"address": each.host, "port": each.port}
            self.server.create(f"{node}/{self.count}", json.dumps(value).encode())

    def remove(self) -> None:
        self.server.delete(f"{BASE}/web")


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
def test_keeps_the_contract(rule: Callable[[Registry], None]) -> None:
    rule(Curator())


def test_instances() -> None:
    read = partial(Instances().read, "i1")
    assert read(WHOLE.encode()) == (Member("10.0.0.1", 80),)
    assert read(WHOLE.replace("null", "8443", 1).encode()) == (Member("10.0.0.1", 8443),)
    assert read(WHOLE.replace("true", "false").encode()) == ()


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b'{"address":"a"}', b'{"address":"a","port":0}']
)
def test_what_is_none(raw: bytes) -> None:
    assert Instances().read("member_1", raw) is None


def test_places() -> None:
    namer = Curator().namer
    assert namer.places(Path.read("/web/rest")) == [(1, "/services/web", "")]
    assert namer.places(Path.read("/")) == namer.places(Path.read("/..")) == []
