from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from linkerd.catalogue import CATALOGUE
from linkerd.errors import Where
from linkerd.name.activity import PENDING, Constant, Failed, Ok
from linkerd.name.addr import (
    ADDR_NEG,
    ADDR_PENDING,
    AddrBound,
    AddrFailed,
    AddrNeg,
    BoundName,
    Standing,
)
from linkerd.name.cause import cause
from linkerd.name.delegate import asking_order, explanation
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.name.tree import EMPTY, FAIL, Leaf, Union, Weighted

from .fakes import FakeNamer, bound

if TYPE_CHECKING:
    from linkerd.name.trace import Node

FS = Path.read("/#/fs")
STALE = Standing("stale", 42.0, "cut off")
SINCE = "fs has been stale for 42 s: cut off; as it was then, "


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
        "/gone": Leaf(bound("/gone", addr=AddrNeg("went away"))),
    }.items():
        namer.set(name, answer)
    name = bound("/#/fs/t", 1, 2)
    filtered = AddrNeg("not on this host", "L5D-1109")
    for prefix in ("/%/local", "/%/port/1"):
        name = BoundName(Path.read(prefix) + name.id, Constant(filtered), before=name)
    namer.set("/filtered", Leaf(name))
    return namer


def trace(fs: FakeNamer, dtab: str, path: str = "/svc/web") -> Node:
    located = Dtab.read(dtab).located(lambda offset: Where("x.yaml", 3, offset))
    return explanation(located, Path.read(path), asking_order(((FS, fs),))).sample()


@pytest.mark.parametrize(
    ("dtab", "code", "why"),
    [
        ("", "1101", "no rule of the dtab matches /svc/web"),
        ("/other=>/#/fs", "1101", "no rule of the dtab matches /svc/web"),
        ("/svc/wen=>/x", "1101", "no rule of the dtab matches /svc/web; did you mean /svc/wen?"),
        ("/svc=>/#/fs", "1102", "there is no /#/fs/web"),
        ("/svc=>/other", "1102", "there is no /other/web"),
        ("/svc=>/#/sf", "1102", "there is no /#/sf/web; did you mean /#/fs/web?"),
        ("/svc=>/1 | /2;/1=>/#/fs;/svc=>~", "1102", "none of /#/fs/web, /2/web exists"),
        ("/svc=>/1|/2|/3|/4|/1", "1102", "none of /1/web, /2/web, /3/web and 1 more exists"),
        ("/svc=>~", "1102", "the rules say that there is no /svc/web"),
        ("/svc=>~ & !", "1102", "the rules say that there is no /svc/web"),
        ("/svc/*=>/#/fs/none", "1103", "/#/fs/none has no endpoints"),
        ("/svc/*=>/#/fs/gone", "1103", "/gone has no endpoints: went away"),
        ("/svc/*=>/#/fs/a", "1103", "/#/fs/a had no endpoints when the request came"),
        ("/svc/*=>/#/fs/empty", "1103", "fs says that /#/fs/empty is empty"),
        ("/svc/*=>/#/fs/x | /#/fs/empty", "1103", "fs says that /#/fs/empty is empty"),
        ("/svc/*=>/#/fs/empty & ~", "1103", "fs says that /#/fs/empty is empty"),
        (
            "/svc/*=>/#/fs/none & /#/fs/gone",
            "1103",
            "/#/fs/none, /gone has no endpoints: went away",
        ),
        ("/svc/*=>/#/fs/dns & /#/fs/gone", "1103", "/gone has no endpoints: no such host"),
        ("/svc=>!", "1104", "the rule /svc => ! (x.yaml:3) says that /svc/web goes nowhere"),
        ("/svc=>$", "1104", "the rule /svc => $ (x.yaml:3) says that /svc/web goes nowhere"),
        (
            "/svc=>$ & $",
            "1104",
            "the rule /svc => $ & $ (x.yaml:3) says that /svc/web goes nowhere",
        ),
        ("/svc=>/$/nil", "1104", "the rule /svc => /$/nil (x.yaml:3) says that"),
        ("/svc=>/$/fail", "1104", "the rule /svc => /$/fail (x.yaml:3) says that"),
        ("/svc/*=>/#/fs/x | /$/nil | /#/fs/empty", "1104", "the rule /svc/* => "),
        ("/svc=>(! & ~) | /x;/x=>!;/svc=>~", "1104", "the rule /x => ! (x.yaml:3) says that"),
        ("/svc/*=>/#/fs/fail", "1104", "the rule /svc/* => /#/fs/fail (x.yaml:3) says that"),
        ("/svc/*=>/#/fs/down", "1105", "fs failed for /#/fs/down: refused"),
        ("/svc/*=>/#/fs/slow & /#/fs/down", "1105", "fs failed for /#/fs/down: refused"),
        ("/svc/*=>/$/nosuch", "1105", "Unknown namer: nosuch for path: /$/nosuch"),
        ("/svc/*=>/#/fs/dns", "1105", "the endpoints of /dns are unknown: no such host"),
        ("/svc/*=>/#/fs/slow", "1106", "no answer from fs about /#/fs/slow"),
        ("/svc/*=>/#/fs/asking", "1106", "the endpoints of /asking are not known yet"),
        ("/svc=>/svc", "1107", "the name goes round: /svc/web > /svc/web"),
        ("/svc/*=>/a;/a=>/b;/b=>/a", "1107", "the name goes round: /svc/web > /a > /b > /a"),
        ("/svc=>/svc/x | /x", "1107", "the name goes round: /svc/web > /svc/x/web > /svc/x/x/web"),
        (
            "/svc/*=>/#/fs/a & /#/fs/filtered",
            "1109",
            "/%/local lets no endpoint of /#/fs/t through: not on this host",
        ),
    ],
)
def test_cause(fs: FakeNamer, dtab: str, code: str, why: str) -> None:
    found = cause(trace(fs, dtab))
    assert found.code == f"L5D-{code}"
    assert found.code in CATALOGUE
    assert found.why[: len(why)] == why
    assert found.why == why or why.endswith(("that", "=> ", "x/web"))


@pytest.mark.parametrize(
    ("dtab", "code", "why"),
    [
        ("/svc=>/#/fs", "1108", f"{SINCE}there is no /#/fs/web"),
        ("/svc=>/#/fs | /other", "1108", f"{SINCE}there is no /#/fs/web"),
        ("/svc/*=>/#/fs/none", "1108", f"{SINCE}/#/fs/none has no endpoints"),
        ("/svc/*=>/#/fs/a & /#/fs/gone", "1108", f"{SINCE}/gone has no endpoints"),
        ("/svc/*=>/#/fs/empty", "1108", f"{SINCE}/#/fs/empty is empty"),
        ("/svc/*=>/#/fs/a", "1103", "/#/fs/a had no endpoints when the request came"),
        ("/svc/*=>/#/fs/down", "1105", "fs failed for /#/fs/down: refused"),
        ("/svc/*=>/#/fs/filtered", "1109", "/%/local lets no endpoint of"),
        ("/other=>/#/fs", "1101", "no rule of the dtab matches /svc/web"),
    ],
)
def test_cause_when_the_namer_is_stale(fs: FakeNamer, dtab: str, code: str, why: str) -> None:
    fs.stands = STALE
    found = cause(trace(fs, dtab))
    assert (found.code, found.why[: len(why)]) == (f"L5D-{code}", why)


def test_a_namer_that_is_not_asked_does_not_count(fs: FakeNamer) -> None:
    fs.stands = STALE
    assert cause(trace(fs, "/svc=>! | /#/fs")).code == "L5D-1104"


def test_a_name_that_was_turned_into_another_is_not_the_one_that_is_missing(fs: FakeNamer) -> None:
    fs.set("/re", Leaf(Path.read("/nowhere")))
    assert cause(trace(fs, "/svc/*=>/#/fs/re")).why == "there is no /nowhere"


def test_how_long_an_answer_is_waited_for_is_told(fs: FakeNamer) -> None:
    fs.stands = Standing("pending", 3.0)
    found = cause(trace(fs, "/svc/*=>/#/fs/slow"))
    assert found.why == "no answer for 3.0 s from fs about /#/fs/slow"


def test_a_name_that_namers_know_and_no_rule_is_negative(fs: FakeNamer) -> None:
    assert cause(trace(fs, "", "/#/fs/x")).code == "L5D-1102"
    fs.names = ["/a", "/b"]
    assert cause(trace(fs, "/#/fs/x=>~", "/#/fs/x")).why == (
        "there is no /#/fs/x; did you mean /#/fs/a or /#/fs/b?"
    )


@pytest.mark.parametrize(
    ("addr", "code"),
    [
        (AddrFailed("x"), "1105"),
        (ADDR_PENDING, "1106"),
        (ADDR_NEG, "1103"),
        (AddrBound(frozenset()), "1103"),
        (AddrNeg("", "L5D-1109"), "1109"),
    ],
)
def test_cause_by_the_address_state_that_a_request_met(fs: FakeNamer, addr: Any, code: str) -> None:
    assert cause(trace(fs, "/svc/*=>/#/fs/a & /#/fs/dns"), addr).code == f"L5D-{code}"


def test_an_address_state_with_a_code_of_its_own_needs_no_transformer(fs: FakeNamer) -> None:
    found = cause(trace(fs, "/svc/*=>/#/fs/a"), AddrNeg("gone", "L5D-1109"))
    assert (found.code, found.why) == ("L5D-1109", "/#/fs/a has no endpoints: gone")


def test_a_state_that_no_step_explains(fs: FakeNamer) -> None:
    """An interpreter's transformer may bind another name, whatever the steps were."""
    node = trace(fs, "/svc=>~")
    name = bound("/%/const", addr=ADDR_NEG)
    constant = attrs.evolve(node, state=Ok(Leaf(name)))
    assert cause(constant).why == "/%/const has no endpoints"
    assert cause(attrs.evolve(node, state=Ok(FAIL))).why == "/svc/web goes nowhere"
    both = Ok(Union((Weighted(1.0, EMPTY), Weighted(1.0, EMPTY))))
    assert cause(attrs.evolve(node, state=both)).code == "L5D-1104"


def test_a_circle_of_somebody_elses_is_told_in_his_words(fs: FakeNamer) -> None:
    fs.set("/round", Failed("this leads to that, and back", "L5D-1107"))
    found = cause(trace(fs, "/svc/*=>/#/fs/round"))
    assert (found.code, found.why) == (
        "L5D-1107", "fs failed for /#/fs/round: this leads to that, and back"
    )  # fmt: skip


def test_the_circle_that_is_told_is_not_too_long(fs: FakeNamer) -> None:
    found = cause(trace(fs, "/svc=>/svc/x"))
    assert found.why.count(" > ") == 8
    assert found.why.endswith("> ...")
