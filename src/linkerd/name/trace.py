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
from linkerd.name.tree import NameTree, Neg, map_leaves, show_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.addr import Standing
    from linkerd.name.dtab import Dentry

# A delegation that goes round ends with this code, and its nodes have this text in Linkerd.
RECURSION = "L5D-1107"
TOO_DEEP = "Max recursion level reached."

_FAIL_PREFIX = Path.of("$", "fail")
_ENDS = ("neg", "fail", "empty")


@attrs.frozen
class Asked:
    """What the namer at `prefix` said, and how what answers there fares (None: nothing watched)."""

    prefix: Path
    said: str
    standing: Standing | None = None


@attrs.frozen
class Node:
    """One step: `path` was looked up, having been reached by the rule `dentry` (None at the root).

    `kind` is `delegate`, `alt`, `union`, `leaf`, `neg`, `fail`, `empty`, `exception`, `pending` or
    `rewrite`; `state` is what a request gets from here. `children` has one node for a delegate and
    for a rewrite, by which a namer turns a name into another, several for an alt or a union, the
    latter with `weights` beside them. `asked` are the namers asked for `path`,
    `near` existing names like it if it leads nowhere.

    A leaf's `bound` is what it ends in, and `before` what an interpreter's transformers made that
    of, the first one first.
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
    near: tuple[Path, ...] = ()
    before: tuple[BoundName, ...] = ()

    @property
    def negative(self) -> bool:
        """Whether a request goes on to the next alternative."""
        return isinstance(self.state, Ok) and isinstance(self.state.value, Neg)


def simplified(node: Node) -> Node:
    """Leave out the steps that say nothing new, as Linkerd does before it shows a delegation."""
    if not node.children:
        return node
    children = tuple(simplified(child) for child in node.children)
    if node.kind == "delegate":
        (child,) = children
        if child.path == node.path and child.kind not in _ENDS:
            return attrs.evolve(child, dentry=node.dentry, asked=node.asked + child.asked)
    if node.kind == "alt":
        return _joined(node, children)
    return attrs.evolve(node, children=children)


def _joined(alt: Node, children: tuple[Node, ...]) -> Node:
    """Put alternatives in the place of a child that has them for the same name."""
    joined: list[Node] = []
    asked = alt.asked
    for child in children:
        if child.kind == "alt" and child.path == alt.path:
            joined += child.children
            asked += child.asked
        else:
            joined.append(child)
    return attrs.evolve(alt, children=tuple(joined), asked=asked)


def map_bound(node: Node, f: Callable[[BoundName], BoundName]) -> Node:
    """Return the trace with `f` of every bound name, in leaves and in what requests get.

    For the transformers of an interpreter. `f` is called once for each name; a leaf remembers the
    name that `f` has changed.
    """
    return _Mapping(f).node(node)


class _Mapping:
    """One mapping of a trace. The nodes of a trace share names and trees, and go on doing so."""

    def __init__(self, f: Callable[[BoundName], BoundName]) -> None:
        self._f = f
        # By identity: names are equal to others that have different addresses. What is keyed here
        # is held by the trace, so that identities stay what they are.
        self._names: dict[int, BoundName] = {}
        self._trees: dict[int, NameTree[BoundName]] = {}

    def node(self, node: Node) -> Node:
        state, bound, before = node.state, node.bound, node.before
        if isinstance(state, Ok):
            state = Ok(self.tree(state.value))
        if bound is not None and self.name(bound) is not bound:
            bound, before = self.name(bound), (*before, bound)
        children = tuple(self.node(child) for child in node.children)
        return attrs.evolve(node, state=state, bound=bound, before=before, children=children)

    def name(self, name: BoundName) -> BoundName:
        if id(name) not in self._names:
            self._names[id(name)] = self._f(name)
        return self._names[id(name)]

    def tree(self, tree: NameTree[BoundName]) -> NameTree[BoundName]:
        if id(tree) not in self._trees:
            self._trees[id(tree)] = map_leaves(tree, self.name)
        return self._trees[id(tree)]


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
    return _json(simplified(_lifted(node)))


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


def _lifted(node: Node) -> Node:
    """End a delegation that goes round where Linkerd does: at the last choice before it.

    There an error takes the place of a branch, and of the whole if there is no choice. Linkerd does
    not show the name that a namer has turned into another.
    """
    if not node.children:
        return node
    if node.kind == "rewrite":
        return _lifted(node.children[0])
    children = tuple(_lifted(child) for child in node.children)
    if node.kind in ("delegate", "alt", "union"):
        children = tuple(
            attrs.evolve(child, path=node.path, dentry=node.dentry)
            if child.code == RECURSION
            else child
            for child in children
        )
        if node.kind == "delegate" and children[0].code == RECURSION:
            return children[0]
    return attrs.evolve(node, children=children)


def _json(node: Node) -> dict[str, Any]:
    if node.before:
        return _transformation_json(node)
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
        json["bound"] = _bound_json(node.bound)
    return json


def _transformation_json(node: Node) -> dict[str, Any]:
    """Write what the first transformer did, then the rest, whose name is what the first made."""
    assert node.bound is not None
    first, *others = node.before
    made = others[0] if others else node.bound
    return {
        "type": "transformation",
        "path": node.path.show(),
        "name": transformer_of(first, made).show(),
        "bound": _bound_json(first),
        "tree": _json(attrs.evolve(node, path=made.id, before=tuple(others))),
    }


def transformer_of(before: BoundName, after: BoundName) -> Path:
    """Give the prefix of the transformer that made one name of another: what its id has more."""
    more = after.id.size - before.id.size
    return after.id.take(more) if after.id.drop(more) == before.id else after.id


def _bound_json(bound: BoundName) -> dict[str, Any]:
    return {
        "addr": addr_json(bound.addr.sample()),
        "id": bound.id.show(),
        "path": bound.residual.show(),
    }


def _path_text(node: Node) -> str:
    if node.kind == "neg" and not node.path.elements:
        return "~"
    if node.kind == "fail" and not node.path.starts_with(_FAIL_PREFIX):
        return "!"
    return node.path.show()


def addr_json(addr: Addr) -> dict[str, Any]:
    """Write an address state as Linkerd does, addresses in order."""
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
    "addr_json",
    "bound_names",
    "delegation",
    "delegation_json",
    "map_bound",
    "settled",
    "simplified",
    "transformer_of",
]
