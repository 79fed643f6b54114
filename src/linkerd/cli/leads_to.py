"""What a name leads to, in a line: for comparing, and for reading.

In: a trace, or an explanation of a running or configured router. Out: a name tree in which every
alternative is left, or the shares of the bound names with what became of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.name.trace import RECURSION
from linkerd.name.tree import (
    EMPTY,
    FAIL,
    NEG,
    Alt,
    Leaf,
    NameTree,
    Union,
    Weighted,
    show_tree,
    simplify,
)
from linkerd.router.explain_verdict import percent

if TYPE_CHECKING:
    from linkerd.name.path import Path
    from linkerd.name.trace import Node


def tree_of(node: Node) -> NameTree[Path]:
    """Give the tree of the names that a trace ends in, whoever would answer for them."""
    return simplify(_tree(node))


def show_node(node: Node) -> str:
    """Write what a trace ends in; a name that goes round, or fails, with the reason."""
    tree = tree_of(node)
    if tree in (NEG, FAIL):
        troubles = list(dict.fromkeys(_troubles(node)))
        if troubles:
            return f"! {'; '.join(troubles)}"
    return show_tree(tree)


def _tree(node: Node) -> NameTree[Path]:
    if node.bound is not None:
        return Leaf(node.bound.id + node.bound.residual)
    if node.kind == "union":
        pairs = zip(node.weights, node.children, strict=True)
        return Union(tuple(Weighted(weight, _tree(child)) for weight, child in pairs))
    if node.children:
        return Alt(tuple(_tree(child) for child in node.children))
    if node.kind == "neg":
        return NEG
    return EMPTY if node.kind == "empty" else FAIL


def _troubles(node: Node) -> list[str]:
    if node.code == RECURSION:
        return ["goes round in circles"]
    if node.kind in ("exception", "pending"):
        return [node.message]
    return [trouble for child in node.children for trouble in _troubles(child)]


def show_explained(shown: dict[str, Any]) -> str:
    """Write what an explanation ends in: `90 % /#/a, 10 % /#/b`, or the error."""
    verdict = shown["verdict"]
    names = [f"{percent(each['share'])} {_name(each)}" for each in shown["bound"]]
    if len(names) == 1 and shown["bound"][0]["share"] == 1.0:
        names = [_name(shown["bound"][0])]
    if not verdict["routed"]:
        names.append(f"{verdict['code']} {verdict['title']}")
    return ", ".join(names)


def _name(bound: dict[str, Any]) -> str:
    residual = bound["residual"]
    return f"{bound['id']} residual {residual}" if residual else str(bound["id"])


__all__ = ["show_explained", "show_node", "tree_of"]
