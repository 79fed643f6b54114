"""Name trees: alternatives and weighted unions of names, Finagle's `NameTree`.

A tree holds leaves of one type: paths as a dtab writes them, bound names as an interpreter delivers
them. Three leaves without value end a name: `~` (no such name, try the next alternative), `!` (stop
here) and `$` (the name exists and has no endpoints). Grammar, printing and algebra are Finagle's.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import attrs

from linkerd.name.parse import MAX_NESTING, Scanner
from linkerd.name.path import Path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

_HUNDREDTH = Decimal("0.01")
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)


@attrs.frozen
class Neg:
    """No such name: the next alternative counts."""


@attrs.frozen
class Fail:
    """Stop: no name, and no other alternative either."""


@attrs.frozen
class Empty:
    """The name exists and has no endpoints."""


@attrs.frozen
class Leaf(Generic[T_co]):
    """A name."""

    value: T_co


@attrs.frozen
class Alt(Generic[T_co]):
    """The first of `trees` that is not negative."""

    trees: tuple[NameTree[T_co], ...]


@attrs.frozen
class Weighted(Generic[T_co]):
    """One branch of a union; weights are relative, and 1 unless written."""

    weight: float
    tree: NameTree[T_co]


@attrs.frozen
class Union(Generic[T_co]):
    """All of `branches`, each getting its share."""

    branches: tuple[Weighted[T_co], ...]


NameTree: TypeAlias = Leaf[T] | Alt[T] | Union[T] | Neg | Fail | Empty

NEG = Neg()
FAIL = Fail()
EMPTY = Empty()


def simplify(tree: NameTree[T]) -> NameTree[T]:
    """Return a smaller tree that evaluates the same (Finagle's `simplified`).

    Alternatives end at the first `!` and lose `~`; unions lose `~` and `!`; one branch alone is
    that branch.
    """
    if isinstance(tree, Alt):
        return _simplify_alt(tree)
    if isinstance(tree, Union):
        return _simplify_union(tree)
    return tree


def _simplify_alt(alt: Alt[T]) -> NameTree[T]:
    kept: list[NameTree[T]] = []
    for tree in alt.trees:
        simple = simplify(tree)
        if simple != NEG:
            kept.append(simple)
        if simple == FAIL:
            break
    if not kept:
        return NEG
    return kept[0] if len(kept) == 1 else Alt(tuple(kept))


def _simplify_union(union: Union[T]) -> NameTree[T]:
    kept: list[Weighted[T]] = []
    for branch in union.branches:
        simple = simplify(branch.tree)
        if simple not in (NEG, FAIL):
            kept.append(Weighted(branch.weight, simple))
    if not kept:
        return NEG
    return kept[0].tree if len(kept) == 1 else Union(tuple(kept))


def evaluate(tree: NameTree[T]) -> frozenset[T] | None:
    """Return the set of leaves that the tree stands for; None if it is negative or fails."""
    found = _evaluate(tree)
    return found if isinstance(found, frozenset) else None


def _evaluate(tree: NameTree[T]) -> frozenset[T] | Neg | Fail:
    if isinstance(tree, Leaf):
        return frozenset((tree.value,))
    if isinstance(tree, Empty):
        return frozenset()
    if isinstance(tree, Alt):
        for branch in tree.trees:
            found = _evaluate(branch)
            if not isinstance(found, Neg):
                return found
        return NEG
    if isinstance(tree, Union):
        sets = [_evaluate(branch.tree) for branch in tree.branches]
        exist = [found for found in sets if isinstance(found, frozenset)]
        return frozenset().union(*exist) if exist else NEG
    return tree


def map_leaves(tree: NameTree[T], f: Callable[[T], U]) -> NameTree[U]:
    """Return the same tree with `f` of every leaf's value."""
    if isinstance(tree, Leaf):
        return Leaf(f(tree.value))
    if isinstance(tree, Alt):
        return Alt(tuple(map_leaves(branch, f) for branch in tree.trees))
    if isinstance(tree, Union):
        return Union(tuple(Weighted(b.weight, map_leaves(b.tree, f)) for b in tree.branches))
    return tree


def leaves(tree: NameTree[T]) -> Iterator[T]:
    """Go through the values of all leaves, from the left, repeated ones too."""
    if isinstance(tree, Leaf):
        yield tree.value
    elif isinstance(tree, Alt):
        for branch in tree.trees:
            yield from leaves(branch)
    elif isinstance(tree, Union):
        for weighted in tree.branches:
            yield from leaves(weighted.tree)


def read_tree(text: str) -> NameTree[Path]:
    """Parse a tree of paths such as `/a | 0.3*/b & 0.7*/c`. Raises `NameSyntaxError`."""
    scanner = Scanner(text)
    tree = scan_tree(scanner)
    scanner.end()
    return tree


def scan_tree(scanner: Scanner) -> NameTree[Path]:
    """Read alternatives: `|` binds loosest, then `&`, then the weight."""
    trees = [_scan_union(scanner)]
    while scanner.take("|"):
        trees.append(_scan_union(scanner))
    return trees[0] if len(trees) == 1 else Alt(tuple(trees))


def _scan_union(scanner: Scanner) -> NameTree[Path]:
    branches = [_scan_weighted(scanner)]
    while scanner.take("&"):
        branches.append(_scan_weighted(scanner))
    return branches[0].tree if len(branches) == 1 else Union(tuple(branches))


def _scan_weighted(scanner: Scanner) -> Weighted[Path]:
    scanner.skip()
    weight = 1.0
    if scanner.at_number():
        weight = scanner.number()
        scanner.skip()
        scanner.eat("*")
        scanner.skip()
    tree = _scan_simple(scanner)
    scanner.skip()
    return Weighted(weight, tree)


def _scan_simple(scanner: Scanner) -> NameTree[Path]:
    if scanner.peek() == "/":
        return Leaf(Path(scanner.elements()))
    if scanner.take("!"):
        return FAIL
    if scanner.take("~"):
        return NEG
    if scanner.take("$"):
        return EMPTY
    if scanner.peek() != "(":
        scanner.fail("simple")
    if scanner.nesting == MAX_NESTING:
        scanner.fail("less nesting")
    scanner.nesting += 1
    scanner.eat("(")
    tree = scan_tree(scanner)
    scanner.eat(")")
    scanner.nesting -= 1
    return tree


def show_tree(tree: NameTree[T], show: Callable[[T], str] = str) -> str:
    """Print a tree as Finagle, its leaves by `show`; weights lose what is beyond two decimals."""
    return _show(tree, show, "")


def _show(tree: NameTree[T], show: Callable[[T], str], inside: str) -> str:
    # `inside` is the operator around: a union needs parentheses in a union only, an alt in both.
    if isinstance(tree, Leaf):
        return show(tree.value)
    if isinstance(tree, Alt) and tree.trees:
        if len(tree.trees) == 1:
            return _show(tree.trees[0], show, inside)
        text = " | ".join(_show(branch, show, "|") for branch in tree.trees)
        return f"({text})" if inside else text
    if isinstance(tree, Union) and tree.branches:
        if len(tree.branches) == 1:
            return _show(tree.branches[0].tree, show, inside)
        text = " & ".join(
            _show_weight(branch.weight) + _show(branch.tree, show, "&") for branch in tree.branches
        )
        return f"({text})" if inside == "&" else text
    return {Fail: "!", Empty: "$"}.get(type(tree), "~")


def _show_weight(weight: float) -> str:
    if weight == 1.0:
        return ""
    # Half up on the decimal digits, as Java prints: 0.005 is 0.01.
    return f"{Decimal(repr(weight)).quantize(_HUNDREDTH, context=_EXACT):f}*"


__all__ = [
    "EMPTY",
    "FAIL",
    "NEG",
    "Alt",
    "Empty",
    "Fail",
    "Leaf",
    "NameTree",
    "Neg",
    "Union",
    "Weighted",
    "evaluate",
    "leaves",
    "map_leaves",
    "read_tree",
    "scan_tree",
    "show_tree",
    "simplify",
]
