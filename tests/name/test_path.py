from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.path import EMPTY_PATH, NameSyntaxError, Path

from .strategies import paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/", ()),
        ("/a", (b"a",)),
        ("/a/b.c:d_e-f%g$#", (b"a", b"b.c:d_e-f%g$#")),
        ("  /a\t", (b"a",)),
        ("# comment\n/a # another", (b"a",)),
        ("/#/io.l5d.fs/x", (b"#", b"io.l5d.fs", b"x")),
        ("/$/inet/127.1/80", (b"$", b"inet", b"127.1", b"80")),
        (r"/\x66oo", (b"foo",)),
        (r"/\xFF\xfe", (b"\xff\xfe",)),
        ("\u2003/a\u2028", (b"a",)),
        ("\x1c/a\x0b", (b"a",)),
    ],
)
def test_read(text: str, expected: tuple[bytes, ...]) -> None:
    assert Path.read(text).elements == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'/' expected but end of input found at '[]'"),
        ("invalid-param", "'/' expected but 'i' found at '[i]nvalid-param'"),
        ("/foo/", "label char expected but end of input found at '/foo/[]'"),
        ("//", "end of input expected but '/' found at '/[/]'"),
        ("/a//b", "label char expected but '/' found at '/a/[/]b'"),
        ("/svc/a b", "end of input expected but 'b' found at '/svc/a [b]'"),
        ("/a*", "end of input expected but '*' found at '/a[*]'"),
        ("/~", "end of input expected but '~' found at '/[~]'"),
        ("/a/@", "label char expected but '@' found at '/a/[@]'"),
        (r"/a\y", r"'x' expected but 'y' found at '/a\[y]'"),
        (r"/a\x", r"hex char expected but end of input found at '/a\x[]'"),
        (r"/a\xgg", r"hex char expected but 'g' found at '/a\x[g]g'"),
        (r"/a\x4", r"hex char expected but end of input found at '/a\x4[]'"),
        ("/é", "end of input expected but 'é' found at '/[é]'"),
        ("/\u0663", "end of input expected but '\u0663' found at '/[\u0663]'"),
        ("\xa0/a", "'/' expected but '\xa0' found at '[\xa0]/a'"),
        ("\x85/a", "'/' expected but '\x85' found at '[\x85]/a'"),
    ],
)
def test_syntax_errors_in_finagles_words(text: str, message: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        Path.read(text)
    assert str(caught.value) == message


def test_syntax_error_tells_the_place() -> None:
    with pytest.raises(NameSyntaxError) as caught:
        Path.read("/a b")
    assert (caught.value.text, caught.value.offset) == ("/a b", 3)
    assert caught.value.expected == "end of input"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (Path(), "/"),
        (Path((b"a b",)), r"/\x61\x20\x62"),
        (Path((b"svc", b"a*")), r"/svc/\x61\x2a"),
        (Path((b"",)), "/"),
        (Path((b"a", b"", b"b")), "/a//b"),
        (Path.of("\u00e9"), r"/\xc3\xa9"),
    ],
)
def test_show(path: Path, text: str) -> None:
    assert path.show() == str(path) == text


def test_every_character_of_the_alphabet_and_no_other_is_raw() -> None:
    showable = string.ascii_letters + string.digits + "_:.#$%-"
    raw = "".join(chr(n) for n in range(256) if Path((bytes((n,)),)).show() == f"/{chr(n)}")
    assert sorted(raw) == sorted(showable)


@given(paths)
def test_read_after_show_is_the_same(path: Path) -> None:
    assert Path.read(path.show()) == path


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        path = Path.read(text)
    except NameSyntaxError:
        return
    assert Path.read(path.show()) == path


@given(paths, st.integers(-1, 7))
def test_take_and_drop_are_the_two_halves(path: Path, n: int) -> None:
    assert path.take(n) + path.drop(n) == path
    assert path.take(n).size == len(path.take(n)) == min(max(n, 0), path.size)
    assert path.starts_with(path.take(n))


def test_starts_with_compares_whole_elements() -> None:
    path = Path.of("svc", "web")
    assert path.starts_with(EMPTY_PATH)
    assert path.starts_with(path)
    assert not path.starts_with(Path.of("sv"))
    assert not path.starts_with(path + Path.of("x"))


def test_texts_replace_what_is_not_utf8() -> None:
    assert Path((b"a", b"\xc3\xa9", b"\xff")).texts() == ("a", "é", "\ufffd")


def test_equal_paths_are_one_key() -> None:
    assert {Path.read(r"/\x66oo"): 1}[Path.of("foo")] == 1
    assert Path.of("a") != Path.of("b")


def test_immutable() -> None:
    with pytest.raises(AttributeError):
        Path.of("a").elements = ()  # type: ignore[misc]
