from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.parse import NameSyntaxError
from linkerd.name.path import Path
from linkerd.name.tree import (
    EMPTY,
    FAIL,
    NEG,
    Alt,
    Leaf,
    NameTree,
    Union,
    Weighted,
    evaluate,
    leaves,
    map_leaves,
    read_tree,
    show_tree,
    simplify,
)

from .strategies import odd_trees, trees

A, B, C = (Leaf(Path.of(name)) for name in "abc")


def union(*branches: NameTree[Path] | tuple[float, NameTree[Path]]) -> Union[Path]:
    return Union(
        tuple(Weighted(*b) if isinstance(b, tuple) else Weighted(1.0, b) for b in branches)
    )


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("/a", A),
        ("!", FAIL),
        ("~", NEG),
        (" $ ", EMPTY),
        ("/a | /b | /c", Alt((A, B, C))),
        ("/a & /b & /c", union(A, B, C)),
        ("/a | /b & /c", Alt((A, union(B, C)))),
        ("/a & /b | /c", Alt((union(A, B), C))),
        ("/a & (/b | /c)", union(A, Alt((B, C)))),
        ("(/a | /b) | /c", Alt((Alt((A, B)), C))),
        ("((/a))", A),
        ("0.5 * /a", A),
        ("0.3*/a & 7 * (/b|/c)", union((0.3, A), (7.0, Alt((B, C))))),
        ("0 # zero\n*\n# and\n/a & /b", union((0.0, A), B)),
        ("/a #x", A),
        ("(/a #x)\n)", A),
        ("/a|!|~|$", Alt((A, FAIL, NEG, EMPTY))),
    ],
)
def test_read(text: str, tree: NameTree[Path]) -> None:
    assert read_tree(text) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "simple expected but end of input found at '[]'"),
        ("a", "simple expected but 'a' found at '[a]'"),
        ("$foo", "end of input expected but 'f' found at '$[f]oo'"),
        ("/a |", "simple expected but end of input found at '/a |[]'"),
        ("/a & | /b", "simple expected but '|' found at '/a & [|] /b'"),
        ("(/a", "')' expected but end of input found at '(/a[]'"),
        ("(/a]", "')' expected but ']' found at '(/a[]]'"),
        ("0.5 /a", "'*' expected but '/' found at '0.5 [/]a'"),
        ("/a /b", "end of input expected but '/' found at '/a [/]b'"),
        ("/*", "end of input expected but '*' found at '/[*]'"),
    ],
)
def test_syntax_errors(text: str, message: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        read_tree(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Alt((A, B)), "/a | /b"),
        (union(A, B), "/a & /b"),
        (union((0.5, A), (0.25, B)), "0.50*/a & 0.25*/b"),
        (union((0.005, A), (0.004, B), (2.675, C)), "0.01*/a & 0.00*/b & 2.68*/c"),
        (union((1.005, A), (0.994999, B)), "1.01*/a & 0.99*/b"),
        (union((0.996, A), (0.0, B)), "1.00*/a & 0.00*/b"),
        (union((2.0**64, A), B), "18446744073709552000.00*/a & /b"),
        (union((1e22, A), B), "10000000000000000000000.00*/a & /b"),
        (union(union(A, B), C), "(/a & /b) & /c"),
        (union((2.0, Alt((A, B))), C), "2.00*(/a | /b) & /c"),
        (Alt((Alt((A, B)), C)), "(/a | /b) | /c"),
        (Alt((union(A, B), C)), "/a & /b | /c"),
        (Alt((union((0.3, A)), B)), "/a | /b"),
        (union(Alt((Alt((A,)),)), union(Alt((B, C)))), "/a & (/b | /c)"),
        (Alt((FAIL, NEG, EMPTY)), "! | ~ | $"),
        (Alt(()), "~"),
        (Union(()), "~"),
    ],
)
def test_show(tree: NameTree[Path], text: str) -> None:
    assert show_tree(tree) == text


def test_show_with_ones_own_leaves() -> None:
    assert show_tree(Alt((Leaf(1), Leaf(2))), lambda n: f"<{n}>") == "<1> | <2>"


@given(trees)
def test_read_after_show_is_the_same(tree: NameTree[Path]) -> None:
    assert read_tree(show_tree(tree)) == tree


@given(odd_trees.filter(lambda tree: tree == simplify(tree)), st.floats(0, 1e300))
def test_what_printing_loses_is_beyond_two_decimals(tree: NameTree[Path], weight: float) -> None:
    shown = Decimal(repr(weight)).quantize(Decimal("0.01"), ROUND_HALF_UP, Context(prec=400))
    text = show_tree(union((weight, tree), tree))
    assert read_tree(text) == union((float(shown), tree), tree)


@pytest.mark.parametrize(
    ("tree", "simple"),
    [
        (Alt((A, FAIL, B)), Alt((A, FAIL))),
        (Alt((NEG, FAIL, B)), FAIL),
        (Alt((NEG, A, NEG)), A),
        (Alt((NEG, NEG)), NEG),
        (Alt(()), NEG),
        (Alt((Alt((A, B)), C)), Alt((Alt((A, B)), C))),
        (Alt((union(FAIL, NEG), A)), A),
        (union(A, NEG, FAIL, EMPTY), union(A, EMPTY)),
        (union((0.5, A), NEG), A),
        (union(FAIL, NEG), NEG),
        (Union(()), NEG),
        (union(Alt((NEG, A)), B), union(A, B)),
        (EMPTY, EMPTY),
    ],
)
def test_simplify(tree: NameTree[Path], simple: NameTree[Path]) -> None:
    assert simplify(tree) == simple


@given(odd_trees)
def test_simplify_keeps_the_meaning_and_is_done_at_once(tree: NameTree[Path]) -> None:
    simple = simplify(tree)
    assert evaluate(simple) == evaluate(tree)
    assert simplify(simple) == simple


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        (A, {"/a"}),
        (EMPTY, set()),
        (FAIL, None),
        (NEG, None),
        (Alt((NEG, A, B)), {"/a"}),
        (Alt((FAIL, A)), None),
        (Alt((EMPTY, A)), set()),
        (Alt((Alt((NEG, FAIL)), A)), None),
        (union(A, FAIL, NEG, B), {"/a", "/b"}),
        (union(EMPTY, NEG), set()),
        (union(FAIL, NEG), None),
        (Alt((union(FAIL), A)), {"/a"}),
        (Alt(()), None),
    ],
)
def test_evaluate(tree: NameTree[Path], found: set[str] | None) -> None:
    value = evaluate(tree)
    assert (None if value is None else {path.show() for path in value}) == found


def test_leaves_go_from_left_to_right() -> None:
    tree = Alt((union(B, (0.1, A)), NEG, A))
    assert [path.show() for path in leaves(tree)] == ["/b", "/a", "/a"]
    assert map_leaves(tree, lambda path: path.size) == Alt(
        (
            Union((Weighted(1.0, Leaf(1)), Weighted(0.1, Leaf(1)))),
            NEG,
            Leaf(1),
        )
    )
