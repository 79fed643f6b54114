"""`io.l5d.rewrite`. The first rows are those of Linkerd's own tests."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.namers import virtual_runtime

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.config.show import plain
from linkerd.errors import ConfigError
from linkerd.name.activity import Failed, Ok
from linkerd.name.path import Path
from linkerd.name.tree import NEG, Leaf
from linkerd.namer.rewrite import RewriteConfig


def config(pattern: str, name: str) -> RewriteConfig:
    text = f"kind: io.l5d.rewrite\nprefix: /rewrite\npattern: '{pattern}'\nname: '{name}'\n"
    return bind(parse(text, "linkerd.yaml"), RewriteConfig)


def look(pattern: str, name: str, path: Path) -> Any:
    return config(pattern, name).mk(virtual_runtime()).lookup(path).sample()


@pytest.mark.parametrize(
    ("pattern", "name", "path", "expected"),
    [
        ("/one/two", "/success", "/one/two/three", "/success"),
        ("/one/*/three", "/success", "/one/two/three", "/success"),
        ("/{foo}/*/three", "/success/{foo}", "/one/two/three", "/success/one"),
        ("/{a}/{b}", "/{b}/x-{a}/{b}", "/1/2", "/2/x-1/2"),
        ("/{a}-{b}", "/{b}/{a}", "/web-staging-2", "/2/web-staging"),
        ("", "/all", "/", "/all"),
        ("/a", "/", "/a/b", "/"),
    ],
)
def test_match(pattern: str, name: str, path: str, expected: str) -> None:
    assert look(pattern, name, Path.read(path)) == Ok(Leaf(Path.read(expected)))


@pytest.mark.parametrize("path", ["/one/two/three", "/one", "/"])
def test_no_match_is_negative(path: str) -> None:
    assert look("/{foo}/*/four", "/success/{foo}", Path.read(path)) == Ok(NEG)


def test_bytes_stay_as_they_are() -> None:
    path = Path((b"\xff/x {b}", b"{a}"))
    assert look("/{a}/{b}", "/-{a}/{b}", path) == Ok(Leaf(Path((b"-\xff/x {b}", b"{a}"))))


def test_an_empty_segment_fails() -> None:
    state = look("/{foo}{bar}", "/srv/{bar}", Path.of("one"))
    assert state == Failed("a segment of the name /srv/ for /#/rewrite/one is empty")


@pytest.mark.parametrize(
    ("pattern", "name", "fault"),
    [
        ("/{a}", "/x/{b}/{c}", "4:7: name: the pattern has no variable `{b}`"),
        ("/{a b}", "/x", "3:14: pattern: not a path pattern: '}'"),
        ("/a", "/x/{", "4:7: name: not a path with variables: variable name expected"),
        ("/a", "x", "4:7: name: not a path with variables: '/' expected"),
    ],
)
def test_faults_have_their_place(pattern: str, name: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(pattern, name)
    assert f"linkerd.yaml:{fault}" in str(caught.value)


@pytest.mark.parametrize("key", ["prefix", "pattern", "name"])
def test_required(key: str) -> None:
    lines = ["kind: io.l5d.rewrite", "prefix: /rewrite", "pattern: /a", "name: /b"]
    text = "\n".join(line for line in lines if not line.startswith(key))
    with pytest.raises(ConfigError, match=f"`{key}` is required"):
        bind(parse(text, "linkerd.yaml"), RewriteConfig)


def test_shown_as_it_was_written() -> None:
    assert plain(config("{a}/", "/b/{a}")) == {
        "kind": "io.l5d.rewrite",
        "prefix": "/rewrite",
        "pattern": "{a}/",
        "name": "/b/{a}",
    }


def test_nothing_is_held() -> None:
    namer = config("/a", "/b").mk(virtual_runtime())
    assert namer.prefix == Path.of("#", "rewrite")
    assert namer.state() == {}
    assert namer.near(Path.of("a")) == ()
    namer.close()
