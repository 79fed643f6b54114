"""The trace of a delegation: which rule and which namer said what, step by step.

Made by `delegate`; read by `/delegator.json`, by the explanation of an error and by people. The
kinds of node, and how they are simplified and written as JSON, are those of Linkerd's delegation
trees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from linkerd.name.activity import Computed, Ok, Read, State, Var
from linkerd.name.addr import Addr, AddrBound, Address, AddrFailed, AddrNeg, AddrPending, BoundName
from linkerd.name.path import Path
from linkerd.name.tree import NEG, NameTree, show_tree

if TYPE_CHECKING:
    from linkerd.name.dtab import Dentry

# A delegation that goes round ends with this code, and its nodes have this text in Linkerd.
RECURSION = "L5D-1107"
TOO_DEEP = "Max recursion level reached."

_FAIL_PREFIX = Path.of("$", "fail")
_ENDS = ("neg", "fail", "empty")


@attrs.frozen
class Asked:
    """What the namer at `prefix` said."""

    prefix: Path
    said: str


@attrs.frozen
class Node:
    """One step: `path` was looked up, having been reached by the rule `dentry` (None at the root).

    `kind` is `delegate`, `alt`, `union`, `leaf`, `neg`, `fail`, `empty`, `exception` or `pending`;
    `state` is what a request gets from here. `children` has one node for a delegate, several for an
    alt or a union, the latter with `weights` beside them. `asked` are the namers asked for `path`.
    """

    kind: str
    path: Path
    dentry: Dentry | None
    state: State[NameTree[BoundName]]
    children: tuple[Node, ...] = ()
    weights: tuple[float, ...] = ()
    bound: BoundName | None = None
    message: str = ""
    code: str = ""
    asked: tuple[Asked, ...] = ()

    @property
    def negative(self) -> bool:
        """Whether a request goes on to the next alternative."""
        return self.state == Ok(NEG)


def simplified(node: Node) -> Node:
    """Leave out the steps that say nothing new, as Linkerd does before it shows a delegation."""
    children = tuple(simplified(child) for child in node.children)
    if node.kind == "delegate":
        (child,) = children
        if child.code == RECURSION:
            return attrs.evolve(child, path=node.path, dentry=node.dentry)
        if child.path == node.path and child.kind not in _ENDS:
            return attrs.evolve(child, dentry=node.dentry)
    elif node.kind in ("alt", "union"):
        children = tuple(
            attrs.evolve(child, path=node.path, dentry=node.dentry)
            if child.code == RECURSION
            else child
            for child in children
        )
    if node.kind == "alt":
        children = tuple(
            each
            for child in children
            for each in (
                child.children if child.kind == "alt" and child.path == node.path else (child,)
            )
        )
    return attrs.evolve(node, children=children)


def settled(node: Node) -> bool:
    """Tell whether every namer and every address set has answered."""
    if node.kind == "pending":
        return False
    if node.bound is not None and isinstance(node.bound.addr.sample(), AddrPending):
        return False
    return all(settled(child) for child in node.children)


def bound_names(node: Node) -> tuple[BoundName, ...]:
    """Return the bound names of all leaves; observe their addresses to see them answer."""
    if node.bound is not None:
        return (node.bound,)
    return tuple(bound for child in node.children for bound in bound_names(child))


def delegation_json(node: Node) -> dict[str, Any]:
    """Write a trace as the value of Linkerd's `/delegator.json`, simplified, keys in its order.

    Addresses are those of the moment. What is still pending, which Linkerd waits for (`settled`),
    becomes an exception.
    """
    return _json(simplified(node))


def delegation(explanation: Var[Node]) -> Var[dict[str, Any] | None]:
    """Return the JSON of a changing trace; None until every namer and address set has answered.

    Linkerd waits two seconds for it.
    """

    def compute(read: Read) -> dict[str, Any] | None:
        node = read(explanation)
        for bound in bound_names(node):
            read(bound.addr)
        return delegation_json(node) if settled(node) else None

    return Computed(compute)


def _json(node: Node) -> dict[str, Any]:
    kind = "exception" if node.kind == "pending" else node.kind
    json: dict[str, Any] = {"type": kind, "path": _path_text(node)}
    if node.dentry is not None:
        json["dentry"] = {
            "prefix": node.dentry.prefix.show(),
            "dst": show_tree(node.dentry.dst),
        }
    if kind == "exception":
        json["message"] = node.message
    elif kind == "delegate":
        json["delegate"] = _json(node.children[0])
    elif kind == "alt":
        json["alt"] = [_json(child) for child in node.children]
    elif kind == "union":
        json["union"] = [
            {"weight": weight, "tree": _json(child)}
            for weight, child in zip(node.weights, node.children, strict=True)
        ]
    elif node.bound is not None:
        json["bound"] = {
            "addr": _addr_json(node.bound.addr.sample()),
            "id": node.bound.id.show(),
            "path": node.bound.residual.show(),
        }
    return json


def _path_text(node: Node) -> str:
    if node.kind == "neg" and not node.path.elements:
        return "~"
    if node.kind == "fail" and not node.path.starts_with(_FAIL_PREFIX):
        return "!"
    return node.path.show()


def _addr_json(addr: Addr) -> dict[str, Any]:
    if isinstance(addr, AddrBound):
        ordered = sorted(addr.addresses, key=lambda address: (address.host, address.port))
        return {
            "type": "bound",
            "addrs": [_address_json(address) for address in ordered],
            "meta": dict(addr.meta),
        }
    if isinstance(addr, AddrFailed):
        return {"type": "failed", "cause": addr.why}
    return {"type": "neg" if isinstance(addr, AddrNeg) else "pending"}


def _address_json(address: Address) -> dict[str, Any]:
    meta = dict(address.meta)
    if address.weight != 1.0:
        meta["endpoint_addr_weight"] = address.weight
    return {"ip": address.host, "port": address.port, "meta": meta}


__all__ = [
    "RECURSION",
    "TOO_DEEP",
    "Asked",
    "Node",
    "bound_names",
    "delegation",
    "delegation_json",
    "settled",
    "simplified",
]
