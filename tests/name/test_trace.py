from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from linkerd.name.activity import PENDING, Constant, Failed, Ok, Source
from linkerd.name.addr import (
    ADDR_NEG,
    ADDR_PENDING,
    AddrBound,
    Address,
    AddrFailed,
    BoundName,
)
from linkerd.name.delegate import asking_order, explanation
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.name.trace import (
    Node,
    bound_names,
    delegation,
    delegation_json,
    map_bound,
    settled,
    transformer_of,
)
from linkerd.name.tree import EMPTY, Alt, Leaf, leaves, show_tree

from .fakes import FakeNamer, bound

if TYPE_CHECKING:
    from collections.abc import Callable

FS, INET = Path.read("/#/fs"), Path.read("/$/inet")


@pytest.fixture
def fs() -> FakeNamer:
    namer = FakeNamer()
    namer.bind("/a", 1, id="/#/fs/a")
    namer.set("/error/humbug", Failed("error naming /#/fs/error/humbug"))
    namer.set("/slow", PENDING)
    namer.set("/empty", EMPTY)
    return namer


def trace(fs: FakeNamer, dtab: str, path: str) -> Node:
    inet = FakeNamer()
    inet.bind("/127.1/8080", 8080, id="/$/inet/127.1/8080")
    lookups = asking_order(((FS, fs), (INET, inet)))
    return explanation(Dtab.read(dtab), Path.read(path), lookups).sample()


def test_delegation_of_linkerds_own_example(fs: FakeNamer) -> None:
    dtab = """
        /beh => /#/fs/error ;
        /bah/humbug => /$/inet/127.1/8080 ;
        /foo => /bah | /beh | /$/fail ;
        /foo => /bar ;
        /boo => /foo ;
        /meh => /heh
    """
    text = json.dumps(delegation_json(trace(fs, dtab, "/boo/humbug")), separators=(",", ":"))
    foo = '"dentry":{"prefix":"/foo","dst":"/bah | /beh | /$/fail"}'
    assert text == (
        '{"type":"delegate","path":"/boo/humbug","delegate":{'
        '"type":"alt","path":"/foo/humbug","dentry":{"prefix":"/boo","dst":"/foo"},"alt":['
        '{"type":"neg","path":"/bar/humbug","dentry":{"prefix":"/foo","dst":"/bar"}},'
        '{"type":"delegate","path":"/bah/humbug",' + foo + ',"delegate":{'
        '"type":"leaf","path":"/$/inet/127.1/8080",'
        '"dentry":{"prefix":"/bah/humbug","dst":"/$/inet/127.1/8080"},'
        '"bound":{"addr":{"type":"bound","addrs":[{"ip":"127.0.0.1","port":8080,"meta":{}}],'
        '"meta":{}},"id":"/$/inet/127.1/8080","path":"/"}}},'
        '{"type":"delegate","path":"/beh/humbug",' + foo + ',"delegate":{'
        '"type":"exception","path":"/#/fs/error/humbug",'
        '"dentry":{"prefix":"/beh","dst":"/#/fs/error"},'
        '"message":"error naming /#/fs/error/humbug"}},'
        '{"type":"fail","path":"/$/fail/humbug",' + foo + "}]}}"
    )


@pytest.mark.parametrize(
    ("dtab", "path", "expected"),
    [
        ("", "/svc", {"type": "neg", "path": "/svc"}),
        (
            "/svc=>~",
            "/svc",
            {
                "type": "delegate",
                "path": "/svc",
                "delegate": {
                    "type": "neg",
                    "path": "~",
                    "dentry": {"prefix": "/svc", "dst": "~"},
                },
            },
        ),
        (
            "/svc=>!",
            "/svc/x",
            {
                "type": "delegate",
                "path": "/svc/x",
                "delegate": {
                    "type": "fail",
                    "path": "!",
                    "dentry": {"prefix": "/svc", "dst": "!"},
                },
            },
        ),
        (
            "/svc=>$",
            "/svc/x",
            {
                "type": "delegate",
                "path": "/svc/x",
                "delegate": {
                    "type": "empty",
                    "path": "/svc/x",
                    "dentry": {"prefix": "/svc", "dst": "$"},
                },
            },
        ),
        (
            "/svc=>0.3*/a & 0.7*(/b | ~)",
            "/svc",
            {
                "type": "union",
                "path": "/svc",
                "union": [
                    {
                        "weight": 0.3,
                        "tree": {
                            "type": "neg",
                            "path": "/a",
                            "dentry": {"prefix": "/svc", "dst": "0.30*/a & 0.70*(/b | ~)"},
                        },
                    },
                    {
                        "weight": 0.7,
                        "tree": {
                            "type": "alt",
                            "path": "/svc",
                            "dentry": {"prefix": "/svc", "dst": "0.30*/a & 0.70*(/b | ~)"},
                            "alt": [
                                {
                                    "type": "neg",
                                    "path": path,
                                    "dentry": {"prefix": "/svc", "dst": "0.30*/a & 0.70*(/b | ~)"},
                                }
                                for path in ("/b", "~")
                            ],
                        },
                    },
                ],
            },
        ),
        (
            "/loop=>/loop;/svc=>/loop | /x",
            "/svc",
            {
                "type": "alt",
                "path": "/svc",
                "alt": [
                    {
                        "type": "exception",
                        "path": "/svc",
                        "dentry": {"prefix": "/svc", "dst": "/loop | /x"},
                        "message": "Max recursion level reached.",
                    },
                    {
                        "type": "neg",
                        "path": "/x",
                        "dentry": {"prefix": "/svc", "dst": "/loop | /x"},
                    },
                ],
            },
        ),
        (
            "/svc=>/svc/deeper",
            "/svc",
            {"type": "exception", "path": "/svc", "message": "Max recursion level reached."},
        ),
        (
            "/#/fs/a=>~",
            "/#/fs/a",
            {
                "type": "alt",
                "path": "/#/fs/a",
                "alt": [
                    {"type": "neg", "path": "~", "dentry": {"prefix": "/#/fs/a", "dst": "~"}},
                    {
                        "type": "leaf",
                        "path": "/#/fs/a",
                        "bound": {
                            "addr": {
                                "type": "bound",
                                "addrs": [{"ip": "127.0.0.1", "port": 1, "meta": {}}],
                                "meta": {},
                            },
                            "id": "/#/fs/a",
                            "path": "/",
                        },
                    },
                ],
            },
        ),
    ],
)
def test_json(fs: FakeNamer, dtab: str, path: str, expected: dict[str, Any]) -> None:
    assert delegation_json(trace(fs, dtab, path)) == expected


def test_only_alternatives_of_the_same_name_are_joined(fs: FakeNamer) -> None:
    found = delegation_json(trace(fs, "/svc=>/x | (/y | /host);/host=>/a;/host=>/b", "/svc"))
    assert [each["path"] for each in found["alt"]] == ["/x", "/y", "/host"]
    assert [each["path"] for each in found["alt"][2]["alt"]] == ["/b", "/a"]


def test_what_a_namer_sends_elsewhere_shows_where_it_went(fs: FakeNamer) -> None:
    fs.set("/re", Alt((Leaf(Path.read("/nowhere")), Leaf(Path.read("/#/fs/a")))))
    found = delegation_json(trace(fs, "", "/#/fs/re"))
    assert (found["type"], found["path"]) == ("alt", "/#/fs/re")
    assert [(each["type"], each["path"]) for each in found["alt"]] == [
        ("neg", "/nowhere"),
        ("leaf", "/#/fs/a"),
    ]


@pytest.mark.parametrize(
    ("addr", "expected"),
    [
        (ADDR_NEG, {"type": "neg"}),
        (ADDR_PENDING, {"type": "pending"}),
        (AddrFailed("no such host"), {"type": "failed", "cause": "no such host"}),
        (
            AddrBound(
                frozenset(
                    [
                        Address("127.0.0.2", 1),
                        Address("127.0.0.1", 2, 0.5, (("authority", "web"),)),
                        Address("127.0.0.1", 1),
                    ]
                ),
                (("zone", "a"),),
            ),
            {
                "type": "bound",
                "addrs": [
                    {"ip": "127.0.0.1", "port": 1, "meta": {}},
                    {
                        "ip": "127.0.0.1",
                        "port": 2,
                        "meta": {"authority": "web", "endpoint_addr_weight": 0.5},
                    },
                    {"ip": "127.0.0.2", "port": 1, "meta": {}},
                ],
                "meta": {"zone": "a"},
            },
        ),
    ],
)
def test_addresses(fs: FakeNamer, addr: Any, expected: dict[str, Any]) -> None:
    fs.set("/svc", Leaf(bound("/#/fs/svc", addr=addr, residual="/rest")))
    assert delegation_json(trace(fs, "", "/#/fs/svc"))["bound"] == {
        "addr": expected,
        "id": "/#/fs/svc",
        "path": "/rest",
    }


def test_the_name_that_a_namer_makes_another_of_is_not_shown(fs: FakeNamer) -> None:
    fs.set("/re", Leaf(Path.read("/#/fs/a")))
    found = delegation_json(trace(fs, "/svc=>/#/fs/re", "/svc"))
    assert found["delegate"]["path"] == "/#/fs/a"
    assert found["delegate"]["dentry"] == {"prefix": "/svc", "dst": "/#/fs/re"}


# Transformers


def prefixed(prefix: str) -> Callable[[BoundName], BoundName]:
    """Give a change of names as a transformer makes it."""
    return lambda name: BoundName(
        Path.read(prefix) + name.id, Constant(ADDR_NEG), name.residual, name
    )


def test_every_bound_name_is_changed_everywhere_and_once(fs: FakeNamer) -> None:
    fs.bind("/b", 2, id="/#/fs/b")
    node = trace(fs, "/svc=>/x & /#/fs/b | /#/fs/empty;/x=>/#/fs/a & /#/fs/a", "/svc")
    calls: list[str] = []
    change = prefixed("/%/local")

    def f(name: BoundName) -> BoundName:
        calls.append(str(name))
        return change(name)

    mapped = map_bound(node, f)
    assert sorted(calls) == ["/#/fs/a", "/#/fs/b"]
    assert isinstance(mapped.state, Ok)
    assert show_tree(mapped.state.value) == "(/%/local/#/fs/a & /%/local/#/fs/a) & /%/local/#/fs/b"
    names = bound_names(mapped)
    assert [str(name) for name in names] == [f"/%/local/#/fs/{name}" for name in "aab"]
    assert {id(name) for name in leaves(mapped.state.value)} == {id(name) for name in names}
    assert states(mapped) == [text.replace("/#", "/%/local/#") for text in states(node)]


def states(node: Node) -> list[str]:
    """Give the state of each step, trees as text."""
    state = show_tree(node.state.value) if isinstance(node.state, Ok) else str(node.state)
    return [state, *(text for child in node.children for text in states(child))]


def test_a_name_that_is_not_changed_is_as_before(fs: FakeNamer) -> None:
    node = trace(fs, "/svc=>/#/fs/a | /#/fs/slow | ~", "/svc")
    assert map_bound(node, lambda name: name) == node


def test_transformations_are_shown_as_linkerd_does(fs: FakeNamer) -> None:
    fs.bind("/a/x", 1, id="/#/fs/a")
    node = trace(fs, "/svc=>/#/fs/a", "/svc/x")
    for prefix in ("/%/port/1", "/%/local"):
        node = map_bound(node, prefixed(prefix))
    addr = {"type": "bound", "addrs": [{"ip": "127.0.0.1", "port": 1, "meta": {}}], "meta": {}}
    assert delegation_json(node)["delegate"] == {
        "type": "transformation",
        "path": "/#/fs/a/x",
        "name": "/%/port/1",
        "bound": {"addr": addr, "id": "/#/fs/a", "path": "/"},
        "tree": {
            "type": "transformation",
            "path": "/%/port/1/#/fs/a",
            "name": "/%/local",
            "bound": {"addr": {"type": "neg"}, "id": "/%/port/1/#/fs/a", "path": "/"},
            "tree": {
                "type": "leaf",
                "path": "/%/local/%/port/1/#/fs/a",
                "dentry": {"prefix": "/svc", "dst": "/#/fs/a"},
                "bound": {"addr": {"type": "neg"}, "id": "/%/local/%/port/1/#/fs/a", "path": "/"},
            },
        },
    }


def test_what_a_namers_own_transformer_did_is_a_leaf_as_in_linkerd(fs: FakeNamer) -> None:
    fs.set("/b", Leaf(prefixed("/%/local")(bound("/#/fs/b"))))
    assert delegation_json(trace(fs, "", "/#/fs/b")) == {
        "type": "leaf",
        "path": "/#/fs/b",
        "bound": {"addr": {"type": "neg"}, "id": "/%/local/#/fs/b", "path": "/"},
    }


def test_a_transformer_whose_names_are_not_longer_is_called_by_them() -> None:
    one, other = bound("/#/fs/a"), bound("/#/fs/b")
    assert transformer_of(one, other) == other.id
    assert transformer_of(one, prefixed("/%/x")(one)) == Path.read("/%/x")


def test_every_alternative_is_followed(fs: FakeNamer) -> None:
    node = trace(fs, "/svc=>/#/fs/a | ! | /#/fs/a & /#/fs/a;/svc=>/#/fs/error/humbug", "/svc")
    assert [str(name) for name in bound_names(node)] == ["/#/fs/a"] * 3
    assert node.state == Failed("error naming /#/fs/error/humbug")


def test_settled_when_all_have_answered(fs: FakeNamer) -> None:
    assert settled(trace(fs, "", "/#/fs/a"))
    assert not settled(trace(fs, "/svc=>/#/fs/a | /#/fs/slow", "/svc"))
    fs.set("/slow", Leaf(bound("/x", addr=ADDR_PENDING)))
    assert not settled(trace(fs, "/svc=>/#/fs/a | /#/fs/slow", "/svc"))


def test_pending_namer_is_an_exception_in_json(fs: FakeNamer) -> None:
    assert delegation_json(trace(fs, "", "/#/fs/slow")) == {
        "type": "exception",
        "path": "/#/fs/slow",
        "message": "No answer yet from namer /#/fs",
    }


def test_delegation_waits_for_namers_and_addresses(fs: FakeNamer) -> None:
    addr: Source[Any] = Source(ADDR_PENDING)
    seen: list[Any] = []
    explained = explanation(
        Dtab.read("/svc=>/#/fs/slow"), Path.of("svc"), asking_order(((FS, fs),))
    )
    observation = delegation(explained).observe(seen.append)
    fs.set("/slow", Leaf(BoundName(Path.of("x"), addr)))
    assert seen == [None]
    addr.set(ADDR_NEG)
    assert seen[1]["type"] == "delegate"
    assert seen[1]["delegate"]["bound"]["addr"] == {"type": "neg"}
    observation.close()
    assert (fs.observers, addr.observers) == (0, 0)
