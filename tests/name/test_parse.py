from __future__ import annotations

import sys
import time
import unicodedata

import pytest

from linkerd.name.dtab import Dtab
from linkerd.name.parse import MAX_NESTING, NameSyntaxError, Scanner
from linkerd.name.tree import evaluate, read_tree, show_tree, simplify


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1.0), (".5", 0.5), ("5.", 5.0), ("00.50", 0.5), ("0", 0.0)]
)
def test_numbers(text: str, value: float) -> None:
    assert Scanner(text).number() == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".*/a & /b", "weight expected but '.' found at '.[*]/a & /b'"),
        ("1.2.3*/a", "number char expected but '.' found at '1.2[.]3*/a'"),
        ("9" * 400 + "*/a", "weight expected but '9' found at '" + "9" * 400 + "[*]/a'"),
        ("1e5*/a", "'*' expected but 'e' found at '1[e]5*/a'"),
        ("-1*/a", "simple expected but '-' found at '[-]1*/a'"),
        ("\u0661*/a", "simple expected but '\u0661' found at '[\u0661]*/a'"),
    ],
)
def test_bad_numbers(text: str, message: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        read_tree(text)
    assert str(caught.value) == message


def test_blanks_are_those_of_java() -> None:
    """As `Character.isWhitespace`: some controls, and separators that allow a line break."""
    separators = {
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Zs", "Zl", "Zp")
    }
    blanks = separators - set("\xa0\u2007\u202f") | set("\t\n\v\f\r\x1c\x1d\x1e\x1f")
    skipped = set()
    for char in map(chr, range(sys.maxunicode + 1)):
        scanner = Scanner(char)
        scanner.skip()
        if scanner.offset and char != "#":
            skipped.add(char)
    assert skipped == blanks


def test_comment_starts_only_where_a_token_may() -> None:
    scanner = Scanner("/a#b #c\n /d")
    assert scanner.elements() == (b"a#b",)
    assert scanner.elements() == (b"d",)


def test_nesting_is_bounded_and_the_deepest_allowed_tree_is_usable() -> None:
    deepest = "(/x & (/a | " * (MAX_NESTING // 2) + "/b" + "))" * (MAX_NESTING // 2)
    tree = read_tree(deepest)
    assert read_tree(show_tree(tree)) == tree
    assert evaluate(tree) == evaluate(simplify(tree))
    with pytest.raises(NameSyntaxError, match="less nesting expected"):
        read_tree(f"(/x | ({deepest}))")
    with pytest.raises(NameSyntaxError):
        read_tree("(" * 100_000)


@pytest.mark.parametrize("prefix", ["/", "/a", "/#/io.l5d.fs", "/a/*/b", "/*", "/a#b", r"/\x61/b"])
@pytest.mark.parametrize("name", ["/", "/b", "/$/inet/127.1/80", "/c#d", r"/b\x63"])
@pytest.mark.parametrize("blank", ["", " \n", "\u2003\t", " # => ;\n"])
def test_rules_that_are_read_at_once_are_read_as_all_others(
    prefix: str, name: str, blank: str
) -> None:
    # Parentheses, which say nothing here, make a rule one that is read bit by bit.
    at_once = Dtab.read(f"{blank}{prefix} {blank}=>{blank}{name} {blank};{blank}{prefix}=>{name}")
    assert at_once == Dtab.read(f"{prefix}=>({name});{prefix}=>({name})")


@pytest.mark.parametrize("end", ["", "/", "*", "\\", "\\x", " /c", "=", "~", "|", ";;", "\xa0"])
def test_bad_rules_are_told_alike_however_they_are_read(end: str) -> None:
    errors = []
    for name in ("/b", r"/\x62"):
        text = f"/a=>{name}{end}"
        try:
            Dtab.read(text)
        except NameSyntaxError as error:
            errors.append((error.expected, error.found, len(text) - error.offset))
        else:
            errors.append(("", "", 0))
    assert errors[0] == errors[1]
    assert (errors[0][0] == "") is (end == "")


@pytest.mark.parametrize(
    "unit", ["/a", " ", "#", "#\n", "(", "/a|", "1", ".", "/a=>/b;", "\\x41", "/a=>/b #\n"]
)
def test_long_texts_take_linear_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.process_time()
    try:
        Dtab.read("/a=>/b;" + text)
    except NameSyntaxError:
        pass
    assert time.process_time() - started < 3
