from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linkerd.errors import Where
from linkerd.name.activity import Failed
from linkerd.name.addr import ADDR_PENDING, Standing
from linkerd.name.delegate import asking_order, explanation
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.name.reasoning import MAX_LINE, MAX_LINES, reasoning, verdict

from .fakes import FakeNamer

if TYPE_CHECKING:
    from linkerd.name.trace import Node

FS = Path.read("/#/io.l5d.fs")


@pytest.fixture
def fs() -> FakeNamer:
    namer = FakeNamer()
    namer.bind("/users", 1, id="/#/io.l5d.fs/users")
    return namer


def trace(fs: FakeNamer, dtab: str, path: str = "/svc/usres") -> Node:
    located = Dtab.read(dtab).located(lambda offset: Where("linkerd.yaml", 14, offset))
    return explanation(located, Path.read(path), asking_order(((FS, fs),))).sample()


def test_the_cause_stands_above_the_steps(fs: FakeNamer) -> None:
    fs.names = ["/users"]
    node = trace(fs, "/svc => /#/io.l5d.fs")
    assert verdict(node) == "L5D-1102"
    assert (
        reasoning(node)
        == """
there is no /#/io.l5d.fs/usres; did you mean /#/io.l5d.fs/users?
/svc/usres
  /svc => /#/io.l5d.fs   linkerd.yaml:14
  ✗ /#/io.l5d.fs/usres   io.l5d.fs: no such name; did you mean /#/io.l5d.fs/users?
""".strip()
    )


def test_the_address_state_that_a_request_met_counts(fs: FakeNamer) -> None:
    node = trace(fs, "/svc => /#/io.l5d.fs", "/svc/users")
    assert (verdict(node), verdict(node, ADDR_PENDING)) == ("L5D-1103", "L5D-1106")
    assert reasoning(node, ADDR_PENDING).startswith("the endpoints of /#/io.l5d.fs/users are not")


def test_what_is_stale_is_told_with_its_age(fs: FakeNamer) -> None:
    fs.stands = Standing("stale", 42.0, "connection refused")
    node = trace(fs, "/svc => /#/io.l5d.fs")
    assert verdict(node) == "L5D-1108"
    assert reasoning(node).startswith("io.l5d.fs has been stale for 42 s: connection refused; ")


def test_reasoning_is_bounded(fs: FakeNamer) -> None:
    fs.bind("/many", *range(1000))
    many = " | ".join(f"/#/io.l5d.fs/{n}" for n in range(2000))
    lines = reasoning(trace(fs, f"/svc => {many} | /#/io.l5d.fs/many")).split("\n")
    assert len(lines) == MAX_LINES
    assert lines[-1] == "..."
    assert all(len(line) <= MAX_LINE for line in lines)
    few = reasoning(trace(fs, "/svc=>" + "|".join(["/x"] * (MAX_LINES - 3)))).split("\n")
    assert (len(few), few[-1]) == (MAX_LINES, "  ✗ /x/usres   no rule, no namer")


def test_reasoning_is_safe_to_show(fs: FakeNamer) -> None:
    fs.set("/bad", Failed("one\r\ntwo\x1b[31m" + "x" * 1000))
    lines = reasoning(trace(fs, "", "/#/io.l5d.fs/bad")).split("\n")
    assert len(lines) == 2
    assert all(len(line) == MAX_LINE and line.isprintable() for line in lines)
    assert lines[0].startswith(
        "io.l5d.fs failed for /#/io.l5d.fs/bad: one\ufffd\ufffdtwo\ufffd[31mx"
    )
    assert lines[0].endswith("xxx...")
