from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.errors import NOWHERE, Where
from linkerd.name.dtab import EMPTY_DTAB, Dentry, Dtab, Prefix
from linkerd.name.parse import NameSyntaxError
from linkerd.name.path import Path
from linkerd.name.tree import show_tree

from .strategies import dtabs, paths, prefixes, trees


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


# Few elements, so that rules match.
_elements = st.lists(st.sampled_from([b"a", b"b", None]), max_size=3)
matching_dtabs = st.lists(
    st.builds(Dentry, _elements.map(lambda e: Prefix(tuple(e))), trees), max_size=8
).map(Dtab)
matching_paths = st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=4).map(Path)


@given(matching_dtabs, matching_dtabs, matching_dtabs, matching_paths)
def test_matching_rules_are_found_in_order_however_the_dtab_was_put_together(
    one: Dtab, two: Dtab, three: Dtab, path: Path
) -> None:
    rules = one.dentries + two.dentries + three.dentries
    expected = tuple(rule for rule in reversed(rules) if rule.prefix.matches(path))
    together = Dtab(rules)
    for dtab in (together, one + two + three, one + (two + three)):
        assert dtab.matches(path) == expected
        assert dtab == together
        assert (hash(dtab), len(dtab), str(dtab)) == (hash(together), len(rules), str(together))
        assert dtab.dentries == rules


def test_dtabs_are_equal_if_their_rules_are() -> None:
    dtab = Dtab.read("/a=>/b")
    assert dtab == Dtab.read(" /a => /b ; ")
    assert dtab != Dtab.read("/a=>/c")
    assert dtab != "/a=>/b"
    assert repr(dtab) == "Dtab.read('/a=>/b')"


def test_a_sum_makes_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    base, local = Dtab.read("/svc=>/host;/host=>/x"), Dtab.read("/svc/a=>/y")
    for dtab in (base, local):
        dtab.matches(Path.of("svc"))

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("linkerd.name.dtab.PrefixTree", never)
    monkeypatch.setattr(Dtab, "dentries", property(never))
    both = base + local
    assert [str(rule) for rule in both.matches(Path.read("/svc/a/b"))] == [
        "/svc/a=>/y",
        "/svc=>/host",
    ]
    assert both.search(Path.of("none"))[0] == []


def test_rules_know_where_they_began() -> None:
    text = " # one\n/a => /b ;\n/c/* => (/d | !) # two\n ;/=>/x"
    dtab = Dtab.read(text)
    assert [rule.offset for rule in dtab.dentries] == [
        text.index("/a"), text.index("/c"), text.index("/=>")
    ]  # fmt: skip
    assert dtab.dentries[0].where is NOWHERE


def test_located_rules_have_their_place() -> None:
    dtab = Dtab.read("/a=>/b;/c=>/d")
    located = dtab.located(lambda offset: Where("x.yaml", 7, offset + 1, "dtab"))
    assert located == dtab
    assert [rule.where for rule in located.dentries] == [
        Where("x.yaml", 7, 1, "dtab"), Where("x.yaml", 7, 8, "dtab")
    ]  # fmt: skip
    assert [rule.where.column for rule in located.matches(Path.of("c"))] == [8]


def test_a_located_dtab_is_ready_to_be_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    located = Dtab.read("/a=>/b").located(lambda _: NOWHERE)
    monkeypatch.delattr("linkerd.name.dtab.PrefixTree")
    assert len(located.matches(Path.of("a"))) == 1


@pytest.mark.parametrize(
    ("dtab", "path", "near"),
    [
        ("/svc/users=>/x", "/svc/usres", ["/svc/users"]),
        ("/svc=>/x", "/srv/users", ["/svc/users"]),
        ("/svc/*/users=>/x", "/svc/1/usres", ["/svc/1/users"]),
        ("", "/svc", []),
    ],
)
def test_near(dtab: str, path: str, near: list[str]) -> None:
    assert [str(name) for name in Dtab.read(dtab).near(Path.read(path))] == near


def test_of_near_names_those_of_the_right_come_first() -> None:
    names = [f"/user{n}" for n in range(4)]
    dtab = Dtab.read(f"{names[0]}=>/x;{names[1]}=>/x") + Dtab.read(f"{names[2]}=>/x;{names[3]}=>/x")
    assert [str(name) for name in dtab.near(Path.of("user"))] == ["/user2", "/user3", "/user0"]
