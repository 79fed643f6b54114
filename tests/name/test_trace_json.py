from __future__ import annotations

import json
from typing import Any

import pytest

from linkerd.errors import Where
from linkerd.name.activity import PENDING, Constant, Failed
from linkerd.name.addr import (
    ADDR_PENDING,
    AddrBound,
    Address,
    AddrFailed,
    AddrNeg,
    BoundName,
    Standing,
)
from linkerd.name.delegate import asking_order, explanation
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.name.trace_json import trace_json
from linkerd.name.tree import EMPTY, FAIL, Alt, Leaf

from .fakes import FakeNamer, bound

FS = Path.read("/#/fs")


@pytest.fixture
def fs() -> FakeNamer:
    namer = FakeNamer()
    namer.bind("/a", 1, id="/#/fs/a")
    namer.set("/slow", PENDING)
    namer.set("/down", Failed("refused"))
    namer.set("/empty", EMPTY)
    namer.set("/fail", FAIL)
    namer.set("/re", Leaf(Path.read("/#/fs/a")))
    return namer


def trace(fs: FakeNamer, dtab: str, path: str = "/svc", **limits: int) -> dict[str, Any]:
    located = Dtab.read(dtab).located(lambda offset: Where("x.yaml", 7, offset + 1))
    lookups = asking_order(((FS, fs),))
    written = trace_json(explanation(located, Path.read(path), lookups).sample(), **limits)
    assert json.loads(json.dumps(written)) == written
    return written


def test_the_whole_of_a_small_one(fs: FakeNamer) -> None:
    fs.stands = Standing("stale", 42.12345, "gone")
    fs.names = ["/a"]
    asked = {"namer": "/#/fs", "standing": {"phase": "stale", "age_s": 42.123, "why": "gone"}}
    rule = {"prefix": "/svc", "dst": "/#/fs/x | /#/fs/a", "where": "x.yaml:7"}
    address = {"ip": "127.0.0.1", "port": 1, "weight": 1.0, "meta": {}}
    assert trace(fs, "/svc=>/#/fs/x | /#/fs/a") == {
        "name": "/svc",
        "kind": "alt",
        "reached": True,
        "state": {"phase": "ok", "tree": "/#/fs/a"},
        "children": [
            {
                "name": "/#/fs/x",
                "kind": "neg",
                "reached": True,
                "state": {"phase": "ok", "tree": "~"},
                "rule": rule,
                "asked": [asked | {"said": "no such name"}],
                "near": ["/#/fs/a"],
            },
            {
                "name": "/#/fs/a",
                "kind": "leaf",
                "reached": True,
                "state": {"phase": "ok", "tree": "/#/fs/a"},
                "rule": rule,
                "asked": [asked | {"said": "found"}],
                "bound": {
                    "id": "/#/fs/a",
                    "residual": "/",
                    "addr": {"type": "bound", "count": 1, "addrs": [address], "meta": {}},
                },
            },
        ],
    }


def kinds(step: dict[str, Any]) -> Any:
    children = [kinds(child) for child in step.get("children", ())]
    return (step["kind"], *children) if children else step["kind"]


@pytest.mark.parametrize(
    ("dtab", "shape"),
    [
        ("", "neg"),
        ("/svc=>/#/fs/re", ("delegate", ("rewrite", "leaf"))),
        ("/svc=>/a;/a=>/svc", ("delegate", ("delegate", "exception"))),
        ("/svc=>! | $", ("alt", "fail", "empty")),
        ("/svc=>/#/fs/slow & /#/fs/down", ("union", "pending", "exception")),
        ("/svc=>/#/fs/fail | /#/fs/empty", ("alt", "fail", "empty")),
    ],
)
def test_kinds(fs: FakeNamer, dtab: str, shape: Any) -> None:
    assert kinds(trace(fs, dtab)) == shape


def test_states(fs: FakeNamer) -> None:
    union = trace(fs, "/svc=>/#/fs/slow & /#/fs/down & ~")
    assert union["state"] == {"phase": "ok", "tree": "~"}
    assert [child["state"] for child in union["children"]] == [
        {"phase": "pending"},
        {"phase": "failed", "why": "refused", "code": "L5D-1105"},
        {"phase": "ok", "tree": "~"},
    ]
    down = union["children"][1]
    assert (down["message"], down["code"]) == ("refused", "L5D-1105")
    assert union["children"][2]["name"] == "~"


def test_what_stands_behind_the_alternative_that_decides_is_not_reached(fs: FakeNamer) -> None:
    root = trace(fs, "/svc=>/#/fs/slow;/svc=>(/#/fs/x | /b & /#/fs/a | /b);/b=>/#/fs/x")
    reached = {}

    def look(step: dict[str, Any], path: str = "") -> None:
        reached[path] = step["reached"]
        for number, child in enumerate(step.get("children", ())):
            look(child, f"{path}{number}")

    look(root)
    assert [path for path, is_reached in reached.items() if not is_reached] == ["2", "20", "3"]


def test_what_namers_said_is_not_lost_with_a_step_that_says_nothing_new(fs: FakeNamer) -> None:
    fs.set("/alone", Alt((Leaf(bound("/#/fs/alone", 1)),)))
    step = trace(fs, "", "/#/fs/alone")
    assert (step["kind"], [each["said"] for each in step["asked"]]) == ("leaf", ["found"])
    fs.set("/two", Alt((Leaf(Path.read("/nowhere")), Leaf(bound("/#/fs/two", 1)))))
    step = trace(fs, "/#/fs/two=>~", "/#/fs/two")
    assert kinds(step) == ("alt", "neg", "neg", "leaf")
    assert [each["said"] for each in step["asked"]] == ["found"]


def test_weights(fs: FakeNamer) -> None:
    union = trace(fs, "/svc=>0.3*/#/fs/a & /#/fs/x")
    assert [child["weight"] for child in union["children"]] == [0.3, 1.0]
    assert "weight" not in union


@pytest.mark.parametrize(
    ("addr", "written"),
    [
        (ADDR_PENDING, {"type": "pending"}),
        (AddrFailed("no such host"), {"type": "failed", "why": "no such host"}),
        (AddrNeg(), {"type": "neg"}),
        (AddrNeg("none", "L5D-1109"), {"type": "neg", "why": "none", "code": "L5D-1109"}),
        (
            AddrBound(
                frozenset([Address("2", 1), Address("1", 2, 0.5, (("zone", "a"),))]), (("m", 1),)
            ),
            {
                "type": "bound",
                "count": 2,
                "addrs": [
                    {"ip": "1", "port": 2, "weight": 0.5, "meta": {"zone": "a"}},
                    {"ip": "2", "port": 1, "weight": 1.0, "meta": {}},
                ],
                "meta": {"m": 1},
            },
        ),
    ],
)
def test_addresses(fs: FakeNamer, addr: Any, written: Any) -> None:
    fs.set("/x", Leaf(bound("/#/fs/x", addr=addr, residual="/rest")))
    assert trace(fs, "", "/#/fs/x")["bound"] == {
        "id": "/#/fs/x", "residual": "/rest", "addr": written
    }  # fmt: skip


def test_a_transformed_name_tells_of_what_it_was_made(fs: FakeNamer) -> None:
    name = bound("/#/fs/t", 1)
    for prefix in ("/%/port/1", "/%/local"):
        name = BoundName(Path.read(prefix) + name.id, Constant(AddrNeg()), before=name)
    fs.set("/t", Leaf(name))
    last = trace(fs, "", "/#/fs/t")["bound"]
    assert (last["id"], last["transformer"]) == ("/%/local/%/port/1/#/fs/t", "/%/local")
    first = last["before"]
    assert (first["id"], first["transformer"]) == ("/%/port/1/#/fs/t", "/%/port/1")
    assert first["before"]["addr"]["count"] == 1
    assert not {"transformer", "before"} & first["before"].keys()


def test_steps_and_addresses_may_be_limited(fs: FakeNamer) -> None:
    fs.bind("/many", *range(10), id="/#/fs/many")
    dtab = "/svc=>/b | /#/fs/x | /#/fs/y | /#/fs/z;/b=>/#/fs/many"
    root = trace(fs, dtab, steps=4, addresses=2)
    many = root["children"][0]["children"][0]["bound"]["addr"]
    assert (many["count"], [each["port"] for each in many["addrs"]]) == (10, [0, 1])
    assert [child["name"] for child in root["children"]] == ["/b", "/#/fs/x"]
    assert root["omitted"] == 2
    assert "omitted" not in trace(fs, dtab, steps=6)


def test_rules_without_a_place_have_none(fs: FakeNamer) -> None:
    node = explanation(Dtab.read("/svc=>/#/fs/a"), Path.of("svc"), asking_order(((FS, fs),)))
    (leaf,) = trace_json(node.sample())["children"]
    assert leaf["rule"] == {"prefix": "/svc", "dst": "/#/fs/a"}
