"""`io.l5d.serversets`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.support.namers import Seen, bound_in, virtual_runtime
from tests.zookeeper.fakes import FakeZooKeeper

from linkerd.errors import ConfigError
from linkerd.linker import load
from linkerd.name.activity import Ok
from linkerd.name.addr import AddrBound, Address
from linkerd.name.path import Path
from linkerd.name.tree import NEG
from linkerd.namer.serversets import ServersetNamer, Serversets, ServersetsConfig
from linkerd.zookeeper.ensemble import Ensemble, ZkAddress

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = ServersetsConfig(keep_members_ms=0, zk_addrs=(ZkAddress(host="zk"),))
SET = "/discovery/prod/web"


class Zk:
    """The contract's registry."""

    always_bound = False
    path = Path.read(SET)

    def __init__(self) -> None:
        self.runtime = virtual_runtime()
        self.metrics = self.runtime.metrics
        self.server = FakeZooKeeper(self.runtime)
        self.shared = self.server.shared()
        self.namer = ServersetNamer(self.runtime, CONFIG, self.shared, Serversets())
        self.count = 0

    def join(self, host: str, port: int, path: str = SET, **more: Any) -> str:
        self.count += 1
        node = f"{path}/member_{self.count:010}"
        value = {"serviceEndpoint": {"host": host, "port": port}, **more}
        self.server.create(node, json.dumps(value).encode())
        return node

    def put(self, addresses: frozenset[Address]) -> None:
        if self.server.why:
            self.server.resume()
        if SET in self.server.nodes:
            for name in self.server.children(SET):
                self.server.delete(f"{SET}/{name}")
        for each in addresses:
            self.join(each.host, each.port)

    def remove(self) -> None:
        self.server.delete(SET)

    def fail(self) -> None:
        self.server.suspend("the connection is lost")
        # Whoever begins now learns it when the time for connecting is over.
        self.runtime.reactor.callLater(1.0, self.server.suspend, self.server.why)

    def settle(self) -> None:
        self.runtime.reactor.pump([0.01] * 200)


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
def test_keeps_the_contract(rule: Callable[[Registry], None]) -> None:
    rule(Zk())


def seen(zk: Zk, path: str) -> tuple[Seen[Any], Seen[Any]]:
    tree = Seen(zk.namer.lookup(Path.read(path)))
    zk.settle()
    addr = Seen(bound_in(tree.last).addr)
    zk.settle()
    return tree, addr


def test_an_additional_endpoint() -> None:
    zk = Zk()
    admin = {"additionalEndpoints": {"admin": {"host": "10.0.0.1", "port": 9990}}}
    zk.join("10.0.0.1", 80, **admin)
    zk.join("10.0.0.2", 80)
    tree, addr = seen(zk, SET + ":admin")
    assert addr.last == AddrBound(frozenset([Address("10.0.0.1", 9990)]))
    assert bound_in(tree.last).id.show() == f"/#/io.l5d.serversets{SET}:admin"
    tree.close()
    addr.close()


def test_only_the_living() -> None:
    zk = Zk()
    zk.join("10.0.0.1", 80, status="DEAD")
    zk.join("10.0.0.2", 80, status="ALIVE", shard=1)
    tree, addr = seen(zk, SET)
    assert addr.last == AddrBound(frozenset([Address("10.0.0.2", 80)]))
    tree.close()
    addr.close()


def test_a_longer_set_wins_and_gives_way() -> None:
    zk = Zk()
    zk.join("10.0.0.1", 80)
    tree, addr = seen(zk, SET + "/canary/x")
    assert bound_in(tree.last).residual == Path.read("/canary/x")
    longer = zk.join("10.0.0.2", 80, SET + "/canary")
    zk.settle()
    assert bound_in(tree.last).residual == Path.of("x")
    zk.server.delete(longer)
    zk.settle()
    assert bound_in(tree.last).residual == Path.read("/canary/x")
    tree.close()
    addr.close()


def test_what_can_be_no_node_is_negative() -> None:
    zk = Zk()
    for path in ("/", "/a:", "/..", "/\\x01"):
        assert zk.namer.lookup(Path.read(path)).sample() == Ok(NEG), path


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/a/b", ("/a/b", "")),
        ("/a/b:c", ("/a/b", "c")),
        ("/a:x/b", ("/a:x/b", "")),
        ("/a/b:", None),
        ("/a/:c", None),
    ],
)
def test_places(path: str, place: tuple[str, str] | None) -> None:
    places = Zk().namer.places(Path.read(path))
    assert [each[1:] for each in places if each[0] == 2] == ([place] if place else [])


def test_state_and_standing() -> None:
    zk = Zk()
    zk.join("10.0.0.1", 80, shard=4)
    tree, addr = seen(zk, SET)
    [member] = zk.namer.state()[SET]["state"]["value"]
    assert member == {
        "node": "member_0000000001",
        "weight": 1.0,
        "host": "10.0.0.1",
        "port": 80,
        "status": "ALIVE",
        "shard": 4,
        "additional": {},
    }
    zk.server.suspend("the connection is suspended")
    standing = zk.namer.standing(Path.read(SET + "/rest"))
    assert standing is not None
    assert (standing.phase, standing.why) == ("stale", "the connection is suspended")
    tree.close()
    addr.close()


def test_the_session_is_that_of_the_process() -> None:
    runtime = virtual_runtime()
    CONFIG.mk(runtime)
    assert list(runtime.common["zookeeper"]) == [Ensemble("zk:2181")]


def test_an_ensemble_has_servers() -> None:
    text = "routers: [{protocol: http, servers: [{}]}]\nnamers:\n- kind: io.l5d.serversets\n"
    with pytest.raises(ConfigError, match="zkAddrs"):
        load(text, "x")
    with pytest.raises(ConfigError, match="names no server"):
        load(text + "  zkAddrs: []\n", "x")
    assert load(text + "  zkAddrs: [{host: a, port: 2182}]\n", "x").namers
