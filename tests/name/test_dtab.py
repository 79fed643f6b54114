from __future__ import annotations

import pytest
from hypothesis import given

from linkerd.name.dtab import EMPTY_DTAB, Dentry, Dtab, Prefix
from linkerd.name.parse import NameSyntaxError
from linkerd.name.path import Path
from linkerd.name.tree import show_tree

from .strategies import dtabs, paths, prefixes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" # nothing\n ", ""),
        ("/a=>/b", "/a=>/b"),
        ("/a => /b ;", "/a=>/b"),
        ("/a => /b ; \n # end", "/a=>/b"),
        ("/a => /b ; /c/* => 0.3*/d & 0.7*/e | !", "/a=>/b;/c/*=>0.30*/d & 0.70*/e | !"),
        ("/*/*=>/", "/*/*=>/"),
        ("/=>/x", "/=>/x"),
        ("# one\n/svc # two\n=> # three\n/#/io.l5d.fs # four\n;", "/svc=>/#/io.l5d.fs"),
    ],
)
def test_read_and_show(text: str, shown: str) -> None:
    assert Dtab.read(text).show() == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (";", "'/' expected but ';' found at '[;]'"),
        ("/a=>/b;;", "'/' expected but ';' found at '/a=>/b;[;]'"),
        ("/a= >/b", "'>' expected but ' ' found at '/a=[ ]>/b'"),
        ("/a", "'=' expected but end of input found at '/a[]'"),
        ("/a*=>/b", "'=' expected but '*' found at '/a[*]=>/b'"),
        ("/*a=>/b", "'=' expected but 'a' found at '/*[a]=>/b'"),
        ("/a=>/*", "end of input expected but '*' found at '/a=>/[*]'"),
        ("/a=>", "simple expected but end of input found at '/a=>[]'"),
        ("/a=>/b /c=>/d", "end of input expected but '/' found at '/a=>/b [/]c=>/d'"),
        ("/a/=>/b", "label char expected but '=' found at '/a/[=]>/b'"),
    ],
)
def test_syntax_errors(text: str, message: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        Dtab.read(text)
    assert str(caught.value) == message


@given(dtabs)
def test_read_after_show_is_the_same(dtab: Dtab) -> None:
    assert Dtab.read(dtab.show()) == dtab
    if dtab.dentries:
        assert Dtab.read(f"{dtab.show()} ; ") == dtab


@given(prefixes)
def test_prefix_read_after_show_is_the_same(prefix: Prefix) -> None:
    assert Prefix.read(prefix.show()) == prefix


def test_dentry_reads_one_rule_only() -> None:
    assert Dentry.read(" /a => /b ").show() == str(Dentry.read("/a=>/b")) == "/a=>/b"
    with pytest.raises(NameSyntaxError, match="end of input expected but ';' found"):
        Dentry.read("/a=>/b;")


@pytest.mark.parametrize(
    ("prefix", "path", "matches"),
    [
        ("/", "/", True),
        ("/", "/a", True),
        ("/a", "/", False),
        ("/a", "/ab", False),
        ("/a/*", "/a", False),
        ("/a/*", "/a/b/c", True),
        ("/*/b", "/a/c", False),
        ("/a/b", "/a/b", True),
    ],
)
def test_prefix_matches(prefix: str, path: str, matches: bool) -> None:
    assert Prefix.read(prefix).matches(Path.read(path)) is matches


@pytest.mark.parametrize(
    ("dtab", "path", "tree"),
    [
        ("", "/a", "~"),
        ("/a=>/b", "/c", "~"),
        ("/a=>/b", "/a/x/y", "/b/x/y"),
        ("/=>/b", "/a", "/b/a"),
        ("/a/*=>/b", "/a/x/y", "/b/y"),
        ("/a=>/b;/a=>/c", "/a/x", "/c/x | /b/x"),
        ("/a=>/b|~;/=>/c;/a/x=>/d&/e", "/a/x", "/d & /e | /c/a/x | (/b/x | ~)"),
        ("/a=>~", "/a", "~"),
    ],
)
def test_lookup(dtab: str, path: str, tree: str) -> None:
    assert show_tree(Dtab.read(dtab).lookup(Path.read(path))) == tree


@given(dtabs, dtabs, paths)
def test_rules_of_the_right_win(left: Dtab, right: Dtab, path: Path) -> None:
    both = left + right
    assert both.matches(path) == right.matches(path) + left.matches(path)
    assert len(both) == len(left) + len(right)
    assert left + EMPTY_DTAB == EMPTY_DTAB + left == left
