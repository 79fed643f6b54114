"""Names made of captured text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.tls.server_name import (
    BadServerName,
    is_address,
    server_name,
    variables_in,
    wrong_with_template,
)


def name(text: str, **captures: str) -> str:
    return server_name(text, {key: value.encode() for key, value in captures.items()})


@pytest.mark.parametrize(
    ("text", "captures", "made"),
    [
        ("users.internal", {}, "users.internal"),
        ("Users.Internal.", {}, "users.internal"),
        ("{service}.internal", {"service": "users"}, "users.internal"),
        ("{service}.internal", {"service": "a.b"}, "a.b.internal"),
        ("{host}", {"host": "www.example.com"}, "www.example.com"),
        ("{host}", {"host": "10.0.0.1"}, "10.0.0.1"),
        ("{a}.{b}", {"a": "x", "b": "y.z"}, "x.y.z"),
        ("{a}-{b}.internal", {"a": "x", "b": "y"}, "x-y.internal"),
        ("web_{v}.internal", {"v": "2"}, "web_2.internal"),
        ("10.0.0.1", {}, "10.0.0.1"),
        ("::1", {}, "::1"),
    ],
)
def test_names(text: str, captures: dict[str, str], made: str) -> None:
    assert name(text, **captures) == made


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            ("{v}.internal", value)
            for value in ("", "*", "*.x", "a/b", "a..b", ".", "a.", ".a", "a b")
        ),
        *(
            ("{v}.internal", value)
            for value in ("a\n", "a\0", "ä", "a:1", "a@b", "-a", "a-", "{v}")
        ),
        ("{v}.internal", "x" * 64),
        ("{v}.internal", "x." * 126 + "x"),
        ("web.{v}", "evil.example"),
        ("web-{v}.internal", "a.evil"),
        ("{u}-{v}.internal", "a.evil"),
        ("{v}", "*"),
        ("{v}", "::1"),
        ("{unknown}.internal", "a"),
    ],
)
def test_what_is_not_a_name_is_refused(text: str, value: str) -> None:
    with pytest.raises(BadServerName) as bad:
        name(text, v=value, u="x")
    assert bad.value.code == "L5D-2013"
    assert repr(text) in str(bad.value)
    assert str(bad.value).isascii()


def test_the_message_says_what_stood_there() -> None:
    with pytest.raises(BadServerName) as bad:
        name("web.{v}", v="evil.example")
    assert str(bad.value) == (
        "commonName 'web.{v}': {v} is 'evil.example' here, which is not one DNS label"
    )


@given(st.binary(max_size=30))
def test_whatever_is_captured_the_name_ends_as_it_was_written(value: bytes) -> None:
    try:
        made = server_name("{v}.internal", {"v": value})
    except BadServerName:
        return
    assert re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.internal", made)
    assert ".." not in made


@given(st.text(alphabet="ab.-*/", max_size=8))
def test_behind_other_text_it_is_one_label(value: str) -> None:
    try:
        made = name("web-{v}.internal", v=value)
    except BadServerName:
        return
    assert made.count(".") == 1


def test_templates_of_which_nothing_can_come() -> None:
    for good in ("{a}", "{a}.internal", "users.internal", "10.0.0.1", "a-{b}"):
        assert wrong_with_template(good) is None
    for bad in ("", "*.internal", "{a}..x", "a b", "{a b}", "https://x", "x/{a}", "users:443"):
        assert wrong_with_template(bad)
    assert variables_in("{a}-{b.c}.x") == ("a", "b.c")
    assert not is_address("a.b")
