"""Path patterns. What Linkerd's own tests of its matcher say is here, too."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.matcher import Match, NameSyntaxError, PathMatcher, PathTemplate
from linkerd.name.path import EMPTY_PATH, Path

Expected = tuple[dict[str, bytes], str] | None


def matched(pattern: str, path: Path) -> Expected:
    match = PathMatcher.read(pattern).match(path)
    return None if match is None else (dict(match.variables), match.residual.show())


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("", "/", ({}, "/")),
        ("", "/a/b", ({}, "/a/b")),
        ("/", "/a/b", ({}, "/a/b")),
        ("/foo/bar", "/foo/bar", ({}, "/")),
        ("/foo/bar", "/foo/bar/bas", ({}, "/bas")),
        ("foo/bar", "/foo/bar", ({}, "/")),
        ("//foo/bar//", "/foo/bar/bas", ({}, "/bas")),
        ("/foo/bar", "/foo/goo", None),
        ("/foo/bar", "/foo", None),
        ("/foo", "/Foo", None),
        ("/foo", "/foobar", None),
        ("/foo/*/*", "/foo/hi/there", ({}, "/")),
        ("/foo/*/*", "/foo/hi", None),
        ("/*", "/", None),
        ("/{a}", "/", None),
        ("/foo/{A}", "/foo/bar/bas", ({"A": b"bar"}, "/bas")),
        ("/foo/bar/{A}:http", "/foo/bar/bas:http", ({"A": b"bas"}, "/")),
        ("/foo/{A}/*/{B}", "/foo/boo/bar/bas", ({"A": b"boo", "B": b"bas"}, "/")),
        ("/foo/{A}/bar", "/foo/bar/bad", None),
        ("/foo/{A}:http", "/foo/bar/bas:http", None),
        ("/{foo}-{bar}", "/a-b-c", ({"foo": b"a-b", "bar": b"c"}, "/")),
        ("/{a}{b}", "/both", ({"a": b"both", "b": b""}, "/")),
        ("/{a}{b}x", "/axbx", ({"a": b"axb", "b": b""}, "/")),
        ("/api-{v}", "/my-api-2", ({"v": b"2"}, "/")),
        ("/{v}-svc", "/web-svc-2/x", ({"v": b"web"}, "/x")),
        ("/aa{v}", "/baaab", ({"v": b"ab"}, "/")),
        ("/a{v}a", "/a", None),
        ("/x{v}y", "/yx", None),
        ("/{a}.{b}", "/ab", None),
        ("/{a}.{b}", "/a.b.c", ({"a": b"a.b", "b": b"c"}, "/")),
        ("/$/inet/{host}", "/$/inet/web/80", ({"host": b"web"}, "/80")),
        ("/{a}/{a}", "/1/2", ({"a": b"2"}, "/")),
        ("/{a.b:c_D0}", "/x", ({"a.b:c_D0": b"x"}, "/")),
        (r"/a\x20b", r"/\x61\x20\x62", ({}, "/")),
    ],
)
def test_match(pattern: str, path: str, expected: Expected) -> None:
    assert matched(pattern, Path.read(path)) == expected


def test_segments_are_bytes() -> None:
    path = Path((b"a b-\xff\n", b"", b"/"))
    assert matched("/{x}-{y}/*", path) == ({"x": b"a b", "y": b"\xff\n"}, r"/\x2f")


@pytest.mark.parametrize(
    ("text", "offset", "found"),
    [
        ("/a//b", 3, "'/'"),
        ("/a b", 2, "' '"),
        (" /a", 0, "' '"),
        ("/a*", 2, "'*'"),
        ("/*a", 2, "'a'"),
        ("/**", 2, "'*'"),
        ("/{a}*", 4, "'*'"),
        ("/{}", 2, "'}'"),
        ("/{a-b}", 3, "'-'"),
        ("/{a", 3, "end of input"),
        ("/{{a}}", 2, "'{'"),
        ("/a}", 2, "'}'"),
        ("/\u00e9", 1, "'\u00e9'"),
        (r"/a\x2", 5, "end of input"),
        (r"/{\\d+}", 5, "'+'"),
    ],
)
def test_what_is_no_pattern_is_told_with_its_place(text: str, offset: int, found: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        PathMatcher.read(text)
    assert (caught.value.offset, caught.value.found) == (offset, found)


def test_a_pattern_shows_as_it_was_written() -> None:
    assert str(PathMatcher.read("/a//")) == "/a//"
    assert PathMatcher.read("/a//") == PathMatcher.read("a")
    assert PathMatcher.read("/{a}/{b}").names == {"a", "b"}


LITERAL = st.text("ab-", max_size=2)


@given(st.lists(LITERAL, min_size=2, max_size=5), st.text("ab-", max_size=12))
def test_greedy_as_a_regular_expression(literals: list[str], segment: str) -> None:
    first, *others = literals
    pattern = first + "".join(f"{{v{n}}}{literal}" for n, literal in enumerate(others))
    oracle = re.search("(.*)".join(literals), segment)
    expected = oracle and {f"v{n}": each.encode() for n, each in enumerate(oracle.groups())}
    found = PathMatcher.read("/" + pattern).match(Path.of(segment))
    assert (found and found.variables) == expected


def test_no_segment_takes_long() -> None:
    variables = "".join(f"{{v{n}}}a" for n in range(30))
    matcher = PathMatcher.read(f"/{variables}b")
    begun = time.process_time()
    assert matcher.match(Path((b"a" * 100_000,))) is None
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{svc}.example.com", "web.example.com"),
        ("{svc}-{svc}.{zone}", "web-web.{svc}"),
        ("{other}.{svc-x}.{", "{other}.{svc-x}.{"),
        ("{raw}", "\ufffd"),
    ],
)
def test_substitute(text: str, expected: str) -> None:
    variables = {"svc": b"web", "zone": b"{svc}", "raw": b"\xff"}
    assert PathMatcher.substitute(text, variables) == expected


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/", EMPTY_PATH),
        ("/srv/{a}", Path((b"srv", b"\xff/"))),
        ("/{b}/{a}-{b}.x", Path((b"", b"\xff/-.x"))),
        (r"/\x20", Path((b" ",))),
    ],
)
def test_template(template: str, path: Path) -> None:
    assert PathTemplate.read(template).path({"a": b"\xff/", "b": b""}) == path


def test_the_variables_of_a_template() -> None:
    template = PathTemplate.read("/x/{a}-{b}/{a}")
    assert template.names == {"a", "b"}
    with pytest.raises(KeyError):
        template.path({"a": b""})


@pytest.mark.parametrize("text", ["", "a", "/a/", "//", "/*", "/a b", "/{a-b}"])
def test_what_is_no_template(text: str) -> None:
    with pytest.raises(NameSyntaxError):
        PathTemplate.read(text)


@given(st.text("/a*{}.\\x2 ", max_size=12))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    outcome: Any
    try:
        outcome = PathMatcher.read(text).match(Path.of("a", "a2", "x"))
    except NameSyntaxError:
        outcome = None
    assert outcome is None or isinstance(outcome, Match)
