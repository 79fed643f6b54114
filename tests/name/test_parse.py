from __future__ import annotations

import time

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


@pytest.mark.parametrize("unit", ["/a", " ", "#", "#\n", "(", "/a|", "1", ".", "/a=>/b;", "\\x41"])
def test_long_texts_take_linear_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.process_time()
    try:
        Dtab.read("/a=>/b;" + text)
    except NameSyntaxError:
        pass
    assert time.process_time() - started < 3
