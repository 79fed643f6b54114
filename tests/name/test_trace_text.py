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
from linkerd.name.trace_text import MAX_ROUND, clean, trace_text
from linkerd.name.tree import EMPTY, FAIL, Alt, Leaf

from .fakes import FakeNamer, bound

FS = Path.read("/#/io.l5d.fs")


@pytest.fixture
def fs() -> FakeNamer:
    namer = FakeNamer()
    namer.bind("/a", 1, 2, id="/#/io.l5d.fs/a")
    namer.bind("/none", id="/#/io.l5d.fs/none")
    for name, answer in {
        "/slow": PENDING,
        "/down": Failed("refused"),
        "/empty": EMPTY,
        "/fail": FAIL,
        "/dns": Leaf(bound("/#/io.l5d.fs/dns", addr=AddrFailed("no such host"))),
        "/asking": Leaf(bound("/#/io.l5d.fs/asking", addr=ADDR_PENDING)),
        "/gone": Leaf(bound("/#/io.l5d.fs/gone", addr=AddrNeg())),
        "/rest": Leaf(bound("/#/io.l5d.fs/elsewhere", 1)),
        "/one": Leaf(Path.read("/#/io.l5d.fs/a")),
        "/two": Alt((Leaf(Path.read("/nowhere")), Leaf(Path.read("/#/io.l5d.fs/a")))),
    }.items():
        namer.set(name, answer)
    return namer


def text(fs: FakeNamer, dtab: str, path: str = "/svc") -> str:
    rules = Dtab.read(dtab).located(
        lambda offset: Where("x.yaml", dtab.count("\n", 0, offset), offset + 1)
    )
    node = explanation(rules, Path.read(path), asking_order(((FS, fs),))).sample()
    return "\n".join(trace_text(json.loads(json.dumps(trace_json(node)))))


@pytest.mark.parametrize(
    ("dtab", "expected"),
    [
        ("", "/svc   no rule, no namer"),
        (
            """
/svc => /host;
/host => /#/io.l5d.fs/a""",
            """
/svc
  /svc => /host                 x.yaml:1
  → /host
      /host => /#/io.l5d.fs/a   x.yaml:2
      → /#/io.l5d.fs/a   2 endpoints: 127.0.0.1:1, 127.0.0.1:2
""",
        ),
        (
            """
/svc => /#/io.l5d.fs/gone | /#/io.l5d.fs/a;
/svc => /other | ~;
/other => /#/io.l5d.fs/x""",
            """
/svc
  /svc => /other | ~                           x.yaml:2
  ✗ /other
      /other => /#/io.l5d.fs/x                 x.yaml:3
      ✗ /#/io.l5d.fs/x   io.l5d.fs: no such name
  ✗ ~   the rule says: no such name
  /svc => /#/io.l5d.fs/gone | /#/io.l5d.fs/a   x.yaml:1
  ✗ /#/io.l5d.fs/gone   no endpoints
  · /#/io.l5d.fs/a   not reached; 2 endpoints: 127.0.0.1:1, 127.0.0.1:2
""",
        ),
        (
            """
/svc => ! | /other;
/other => /x""",
            """
/svc
  /svc => ! | /other   x.yaml:1
  ✗ /svc   fails on purpose (!)
  · /other   not reached
      /other => /x     x.yaml:2
      · /x   no rule, no namer
""",
        ),
        (
            """
/svc => 0.3*/#/io.l5d.fs/a & 0.7*(/x | /#/io.l5d.fs/a) & /y""",
            """
/svc
  /svc => 0.30*/#/io.l5d.fs/a & 0.70*(/x | /#/io.l5d.fs/a) & /y   x.yaml:1
  → 0.30*/#/io.l5d.fs/a   2 endpoints: 127.0.0.1:1, 127.0.0.1:2
  → 0.70* the first of
      ✗ /x   no rule, no namer
      → /#/io.l5d.fs/a   2 endpoints: 127.0.0.1:1, 127.0.0.1:2
  ✗ /y   no rule, no namer
""",
        ),
        (
            """
/svc => /x | /y & /#/io.l5d.fs/a""",
            """
/svc
  /svc => /x | /y & /#/io.l5d.fs/a   x.yaml:1
  ✗ /x   no rule, no namer
  → by weight
      ✗ /y   no rule, no namer
      → /#/io.l5d.fs/a   2 endpoints: 127.0.0.1:1, 127.0.0.1:2
""",
        ),
        (
            """
/svc => /#/io.l5d.fs/one""",
            """
/svc
  /svc => /#/io.l5d.fs/one   x.yaml:1
  → /#/io.l5d.fs/one   io.l5d.fs turns it into
      → /#/io.l5d.fs/a   2 endpoints: 127.0.0.1:1, 127.0.0.1:2
""",
        ),
        (
            """
/svc => /#/io.l5d.fs/two""",
            """
/svc
  /svc => /#/io.l5d.fs/two   x.yaml:1
  → /#/io.l5d.fs/two   io.l5d.fs turns it into
      ✗ /nowhere   no rule, no namer
      → /#/io.l5d.fs/a   2 endpoints: 127.0.0.1:1, 127.0.0.1:2
""",
        ),
        (
            """
/svc => /other;
/other => /svc""",
            """
/svc
  /svc => /other       x.yaml:1
  ✗ /other
      /other => /svc   x.yaml:2
      ✗ /svc   goes round in circles
""",
        ),
    ],
)
def test_text(fs: FakeNamer, dtab: str, expected: str) -> None:
    assert text(fs, dtab) == expected.strip()


@pytest.mark.parametrize(
    ("dst", "line"),
    [
        ("/#/io.l5d.fs/none", "✗ /#/io.l5d.fs/none   no endpoints"),
        ("/#/io.l5d.fs/slow", "? /#/io.l5d.fs/slow   io.l5d.fs: no answer yet"),
        ("/#/io.l5d.fs/asking", "? /#/io.l5d.fs/asking   endpoints not known yet"),
        ("/#/io.l5d.fs/dns", "✗ /#/io.l5d.fs/dns   endpoints unknown: no such host"),
        ("/#/io.l5d.fs/down", "✗ /#/io.l5d.fs/down   io.l5d.fs failed: refused"),
        ("/#/io.l5d.fs/fail", "✗ /#/io.l5d.fs/fail   io.l5d.fs: fails on purpose (!)"),
        ("/#/io.l5d.fs/empty", "✗ /#/io.l5d.fs/empty   io.l5d.fs: empty ($)"),
        (
            "/#/io.l5d.fs/rest",
            "→ /#/io.l5d.fs/rest   bound to /#/io.l5d.fs/elsewhere, 1 endpoint: 127.0.0.1:1",
        ),
        ("!", "✗ /svc   fails on purpose (!)"),
        ("$", "✗ /svc   empty on purpose ($)"),
        ("/$/nil", "✗ /$/nil   empty on purpose ($)"),
        ("/$/fail", "✗ /$/fail   fails on purpose (!)"),
        ("/$/nosuch", "✗ /$/nosuch   Unknown namer: nosuch for path: /$/nosuch"),
        ("/$", "✗ /$   /$: no such name"),
    ],
)
def test_outcomes(fs: FakeNamer, dst: str, line: str) -> None:
    assert text(fs, f"\n/svc => {dst}").split("\n") == [
        "/svc",
        f"  /svc => {dst}   x.yaml:1",
        f"  {line}",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x", "io.l5d.fs: no such name; io.l5d.fs has been stale for 42 s: cut off"),
        ("none", "no endpoints; io.l5d.fs has been stale for 42 s: cut off"),
        ("empty", "io.l5d.fs: empty ($); io.l5d.fs has been stale for 42 s: cut off"),
    ],
)
def test_what_is_stale_is_told(fs: FakeNamer, name: str, said: str) -> None:
    fs.stands = Standing("stale", 42.0, "cut off")
    assert text(fs, "", f"/#/io.l5d.fs/{name}") == f"/#/io.l5d.fs/{name}   {said}"


def test_how_long_an_answer_is_waited_for_is_told(fs: FakeNamer) -> None:
    fs.stands = Standing("pending", 3.0)
    assert text(fs, "", "/#/io.l5d.fs/slow").endswith("io.l5d.fs: no answer yet for 3.0 s")


def test_near_names_are_suggested(fs: FakeNamer) -> None:
    fs.names = ["/users", "/user"]
    name = "/#/io.l5d.fs/"
    suggestion = f"did you mean {name}users or {name}user?"
    assert text(fs, "", f"{name}usres") == (f"{name}usres   io.l5d.fs: no such name; {suggestion}")
    assert text(fs, f"\n{name}usres => ~", f"{name}usres").split("\n")[0] == (
        f"{name}usres   io.l5d.fs: no such name; {suggestion}"
    )
    assert text(fs, "\n/svc/users => /x", "/svc/usres") == (
        "/svc/usres   no rule, no namer; did you mean /svc/users?"
    )


def test_every_namer_that_was_asked_is_told(fs: FakeNamer) -> None:
    other = FakeNamer()
    lookups = asking_order(((Path.of("#"), other), (FS, fs)))
    node = explanation(Dtab(), FS + Path.of("x"), lookups).sample()
    assert trace_text(trace_json(node)) == [
        "/#/io.l5d.fs/x   io.l5d.fs: no such name, /#: no such name"
    ]


def test_transformers_follow_what_they_transform(fs: FakeNamer) -> None:
    name = bound("/#/io.l5d.fs/t", 80)
    moved = BoundName(
        Path.read("/%/port/90") + name.id,
        Constant(AddrBound(frozenset([Address("127.0.0.1", 90)]))),
        before=name,
    )
    none = BoundName(
        Path.read("/%/local") + moved.id, Constant(AddrNeg("not on this host")), before=moved
    )
    fs.set("/t", Leaf(none))
    assert text(fs, "\n/svc => /#/io.l5d.fs/t | /#/io.l5d.fs/t") == (
        """
/svc
  /svc => /#/io.l5d.fs/t | /#/io.l5d.fs/t   x.yaml:1
  → /#/io.l5d.fs/t   1 endpoint: 127.0.0.1:80
      → /%/port/90   1 endpoint: 127.0.0.1:90
      ✗ /%/local   no endpoints: not on this host
  · /#/io.l5d.fs/t   not reached; 1 endpoint: 127.0.0.1:80
      · /%/port/90   1 endpoint: 127.0.0.1:90
      · /%/local   no endpoints: not on this host
""".strip()
    )


def test_what_a_step_has_to_say_is_told() -> None:
    leaf = {"name": "/b", "kind": "neg", "reached": True, "state": {"phase": "ok", "tree": "~"}}
    asked = [{"namer": "/#/fs", "said": "found", "standing": None}]
    for more in ({}, {"asked": asked}):
        step = leaf | {"name": "/a", "kind": "delegate", "message": "a const leads to /b"} | more
        assert trace_text(step | {"children": [leaf]}) == [
            "/a   a const leads to /b", "  ✗ /b   no rule, no namer"
        ]  # fmt: skip


def test_a_name_that_grows_for_ever_is_cut_short(fs: FakeNamer) -> None:
    lines = text(fs, "\n/svc => /svc/x").split("\n")
    assert len(lines) == 2 + 2 * MAX_ROUND
    assert lines[-2].strip() == "✗ /svc" + "/x" * MAX_ROUND
    assert lines[-1].strip() == "... and so on"


def test_a_long_chain_that_ends_is_told_to_its_end(fs: FakeNamer) -> None:
    chain = ";".join(f"/n{n} => /n{n + 1}" for n in range(30)) + ";/n30 => /#/io.l5d.fs/a"
    assert text(fs, chain, "/n0").count(" → ") == 31


def test_what_was_left_out_is_told(fs: FakeNamer) -> None:
    node = explanation(Dtab.read("/svc => /a | /b | /c"), Path.of("svc"), ()).sample()
    assert trace_text(trace_json(node, steps=2))[-1] == "  ... and 2 more"


def test_long_rules_leave_room_for_their_place(fs: FakeNamer) -> None:
    rule = text(fs, "\n/svc => " + " | ".join(["/long"] * 100)).split("\n")[1]
    assert rule.endswith("...   x.yaml:1")
    assert len(rule) < 120


def test_lines_are_safe_to_show(fs: FakeNamer) -> None:
    fs.set("/bad", Failed("one\r\ntwo\x1b[31m"))
    shown: Any = text(fs, "", "/#/io.l5d.fs/bad")
    assert shown == "/#/io.l5d.fs/bad   io.l5d.fs failed: one\ufffd\ufffdtwo\ufffd[31m"
    assert clean("a\u202eb ") == "a\ufffdb"
