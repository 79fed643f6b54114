"""One router's block of a diagnostic trace, and the names on the way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.name.fakes import FakeNamer, bound

from linkerd.name.activity import Constant
from linkerd.name.addr import ADDR_NEG, BoundName
from linkerd.name.delegate import explanation
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.name.tree import Leaf
from linkerd.router.way_taken import resolution, way_taken


def resolved(dtab: str, namer: FakeNamer, client_id: str, name: str = "/svc/foo") -> list[str]:
    lookups = ((Path.read("/#/fs"), namer),)
    node = explanation(Dtab.read(dtab), Path.read(name), lookups).sample()
    return resolution(node, client_id)


@pytest.fixture
def namer() -> FakeNamer:
    found = FakeNamer()
    for name in ("foo", "bar"):
        found.bind(f"/{name}", 1, id=f"/#/fs/{name}")
    return found


def test_each_name_with_the_rule_that_led_to_it(namer: FakeNamer) -> None:
    assert resolved("/srv=>/#/fs ; /svc => /srv;", namer, "/#/fs/foo") == [
        "/svc/foo",
        "/srv/foo (/svc=>/srv)",
        "/#/fs/foo (/srv=>/#/fs)",
    ]


def test_of_several_branches_that_of_the_client(namer: FakeNamer) -> None:
    dtab = "/svc/foo => 0.2 * /#/fs/foo & 0.8 * /x ; /x => /#/fs/none | /#/fs/bar"
    assert resolved(dtab, namer, "/#/fs/bar") == [
        "/svc/foo",
        "/x (/svc/foo=>0.20*/#/fs/foo & 0.80*/x)",
        "/#/fs/bar (/x=>/#/fs/none | /#/fs/bar)",
    ]
    assert resolved(dtab, namer, "/#/fs/foo")[1].startswith("/#/fs/foo (/svc/foo=>")


def test_of_several_rules_the_one_that_counts(namer: FakeNamer) -> None:
    dtab = "/svc => /#/fs ; /svc/foo => /#/fs/none ; /svc => /#/none"
    assert resolved(dtab, namer, "/#/fs/foo") == ["/svc/foo", "/#/fs/foo (/svc=>/#/fs)"]


def test_a_name_that_needs_no_rule(namer: FakeNamer) -> None:
    assert resolved("", namer, "/#/fs/foo", "/#/fs/foo") == ["/#/fs/foo"]


def test_nothing_leads_there(namer: FakeNamer) -> None:
    assert resolved("/svc => /#/fs", namer, "/#/fs/other") == []
    assert resolved("", namer, "/#/fs/foo") == []


def test_what_transformers_make_of_a_name() -> None:
    plain = bound("/#/fs/foo", 1)
    port = BoundName(Path.read("/%/io.l5d.port/9/#/fs/foo"), Constant(ADDR_NEG), before=plain)
    both = BoundName(Path.read("/%/x/%/io.l5d.port/9/#/fs/foo"), Constant(ADDR_NEG), before=port)
    namer = FakeNamer()
    namer.set("/foo", Leaf(both))
    assert resolved("/svc => /#/fs", namer, both.id.show()) == [
        "/svc/foo",
        "/#/fs/foo (/svc=>/#/fs)",
        "/%/io.l5d.port/9/#/fs/foo (/%/io.l5d.port/9)",
        "/%/x/%/io.l5d.port/9/#/fs/foo (/%/x)",
    ]


def test_a_block() -> None:
    client: Any = SimpleNamespace(id="/#/fs/foo", addresses=lambda: "127.0.0.1:0, 127.0.0.1:1")
    assert way_taken("out", 12, "/svc/foo", client, "127.0.0.1:1", ["/svc/foo", "/x"]) == (
        "--- Router: out ---\n"
        "request duration: 12 ms\n"
        "service name: /svc/foo\n"
        "client name: /#/fs/foo\n"
        "addresses: [127.0.0.1:0, 127.0.0.1:1]\n"
        "selected address: 127.0.0.1:1\n"
        "dtab resolution:\n"
        "  /svc/foo\n"
        "  /x\n"
    )
