from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from linkerd.name.activity import PENDING, Failed
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, AddrFailed
from linkerd.name.delegate import asking_order, explanation
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.name.reasoning import MAX_LINE, MAX_LINES, reasoning, verdict
from linkerd.name.tree import EMPTY, FAIL, Leaf

from .fakes import FakeNamer, bound

if TYPE_CHECKING:
    from linkerd.name.trace import Node

FS = Path.read("/#/fs")


@pytest.fixture
def fs() -> FakeNamer:
    namer = FakeNamer()
    namer.bind("/a", 1, id="/#/fs/a")
    namer.bind("/none", id="/#/fs/none")
    for name, answer in {
        "/slow": PENDING,
        "/down": Failed("refused"),
        "/empty": EMPTY,
        "/fail": FAIL,
        "/dns": Leaf(bound("/dns", addr=AddrFailed("no such host"))),
        "/asking": Leaf(bound("/asking", addr=ADDR_PENDING)),
        "/gone": Leaf(bound("/gone", addr=ADDR_NEG)),
    }.items():
        namer.set(name, answer)
    return namer


def trace(fs: FakeNamer, dtab: str, path: str = "/svc/web") -> Node:
    return explanation(Dtab.read(dtab), Path.read(path), asking_order(((FS, fs),))).sample()


@pytest.mark.parametrize(
    ("dtab", "code"),
    [
        ("", "1101"),
        ("/other=>/#/fs", "1101"),
        ("/svc=>/#/fs", "1102"),
        ("/svc=>/other", "1102"),
        ("/svc=>~", "1102"),
        ("/svc/*=>/#/fs/none", "1103"),
        ("/svc/*=>/#/fs/gone", "1103"),
        ("/svc/*=>/#/fs/a", "1103"),
        ("/svc/*=>/#/fs/empty", "1103"),
        ("/svc/*=>/#/fs/x | /#/fs/empty", "1103"),
        ("/svc/*=>/#/fs/dns & /#/fs/gone", "1103"),
        ("/svc=>!", "1104"),
        ("/svc=>$", "1104"),
        ("/svc=>/$/nil", "1104"),
        ("/svc=>/$/fail", "1104"),
        ("/svc/*=>/#/fs/x | /$/nil | /#/fs/empty", "1104"),
        ("/svc/*=>/#/fs/fail", "1104"),
        ("/svc/*=>/#/fs/down", "1105"),
        ("/svc/*=>/$/nosuch", "1105"),
        ("/svc/*=>/#/fs/dns", "1105"),
        ("/svc/*=>/#/fs/slow", "1106"),
        ("/svc/*=>/#/fs/asking", "1106"),
        ("/svc=>/svc", "1107"),
        ("/svc=>/svc/x", "1107"),
    ],
)
def test_verdict(fs: FakeNamer, dtab: str, code: str) -> None:
    assert verdict(trace(fs, dtab)) == f"L5D-{code}"


def test_name_in_no_rule_but_unknown_to_a_namer_is_negative(fs: FakeNamer) -> None:
    assert verdict(trace(fs, "", "/#/fs/x")) == "L5D-1102"


@pytest.mark.parametrize(
    ("addr", "code"), [(AddrFailed("x"), "1105"), (ADDR_PENDING, "1106"), (ADDR_NEG, "1103")]
)
def test_verdict_by_the_address_state_that_a_request_met(
    fs: FakeNamer, addr: Any, code: str
) -> None:
    assert verdict(trace(fs, "/svc/*=>/#/fs/a & /#/fs/dns"), addr) == f"L5D-{code}"


@pytest.mark.parametrize(
    ("dtab", "text"),
    [
        ("", "/svc/web: no rule and no namer for it"),
        (
            "/svc=>/host;/host=>/#/fs | /other | ~",
            """
/svc/web
  /host/web  (/svc => /host)
    /#/fs/web  (/host => /#/fs | /other | ~): namer /#/fs: no such name
    /other/web  (/host => /#/fs | /other | ~): no rule and no namer for it
    ~  (/host => /#/fs | /other | ~): the rule says no such name
""",
        ),
        (
            "/svc/*=>/#/fs/x;/svc/*=>/#/fs/down;/svc/*=>/#/fs/y",
            """
/svc/web
  /#/fs/y  (/svc/* => /#/fs/y): namer /#/fs: no such name
  /#/fs/down  (/svc/* => /#/fs/down): namer /#/fs: refused
  /#/fs/x  (/svc/* => /#/fs/x): namer /#/fs: no such name  [not reached]
""",
        ),
        (
            "/svc/*=>0.3*/#/fs/none & 0.7*/#/fs/a & /#/fs/dns & /#/fs/asking & /#/fs/gone",
            """
/svc/web
  /#/fs/none  (RULE): bound to /#/fs/none, no endpoints
  /#/fs/a  (RULE): bound to /#/fs/a, 1 endpoint
  /#/fs/dns  (RULE): bound to /dns, endpoints unknown: no such host
  /#/fs/asking  (RULE): bound to /asking, endpoints not known yet
  /#/fs/gone  (RULE): bound to /gone, no endpoints
""",
        ),
        (
            "/svc/*=>/#/fs/slow | /#/fs/empty | $ | !",
            """
/svc/web
  /#/fs/slow  (RULE): namer /#/fs: no answer yet
  /#/fs/empty  (RULE): namer /#/fs: empty  [not reached]
  /svc/web  (RULE): empty on purpose ($)  [not reached]
  /svc/web  (RULE): fails on purpose (!)  [not reached]
""",
        ),
        (
            "/svc/*=>/host;/host=>/loop;/loop=>/host",
            """
/svc/web: Max recursion level reached.
the name goes round: /svc/web > /host > /loop > /host
""",
        ),
        (
            "/svc=>/svc/x",
            "/svc/web: Max recursion level reached.\nthe name goes round: /svc/web > "
            + " > ".join("/svc" + "/x" * n + "/web" for n in range(1, 8))
            + " > ...",
        ),
    ],
)
def test_reasoning(fs: FakeNamer, dtab: str, text: str) -> None:
    rule = str(Dtab.read(dtab)).replace("=>", " => ")
    assert reasoning(trace(fs, dtab)) == text.strip().replace("RULE", rule)


def test_reasoning_is_bounded_and_safe_to_show(fs: FakeNamer) -> None:
    fs.set("/bad", Failed("one\r\ntwo\x1b[31m" + "x" * 1000))
    text = reasoning(trace(fs, "/svc/*=>" + " | ".join(["/#/fs/bad"] * 100)))
    lines = text.split("\n")
    assert len(lines) == MAX_LINES
    assert lines[-1] == "..."
    assert all(len(line) <= MAX_LINE and line.isprintable() for line in lines)
    only = reasoning(trace(fs, "", "/#/fs/bad"))
    assert only.startswith("/#/fs/bad: namer /#/fs: one\ufffd\ufffdtwo\ufffd[31mxxx")
    assert only.endswith("...")
