"""Why a name has no hosts: the code of the error, and the cause in a sentence.

In: a trace, and the address state that the request met, if it got that far. Out: one of the causes
that the error catalogue tells apart. `linkerd.name.reasoning` puts the steps behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.name.activity import Failed, Ok, Pending
from linkerd.name.addr import Addr, AddrBound, AddrFailed, AddrNeg, AddrPending
from linkerd.name.path import Path
from linkerd.name.trace import TOO_DEEP, Node, transformer_of
from linkerd.name.tree import FAIL, NEG, leaves, show_tree
from linkerd.name.wording import age, either, namer_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.name.addr import Standing

NO_RULE = "L5D-1101"
ALL_NEGATIVE = "L5D-1102"
NO_ENDPOINTS = "L5D-1103"
NOWHERE_BY_RULE = "L5D-1104"
NAMER_FAILED = "L5D-1105"
NO_ANSWER = "L5D-1106"
STALE = "L5D-1108"

MAX_LISTED = 3
MAX_ROUND = 8

_BUILTIN = Path.of("$")


@attrs.frozen
class Cause:
    """A key of the error catalogue, and what it means here."""

    code: str
    why: str


def cause(node: Node, addr: Addr | None = None) -> Cause:
    """Tell why a request for this name found no hosts.

    `addr` is the address state of the bound name that the request had taken, if it got that far;
    without it those of all bound names are looked at.
    """
    state = node.state
    if isinstance(state, Pending):
        return _pending(node)
    if isinstance(state, Failed):
        return _failed(node, state)
    if state == Ok(NEG):
        return _negative(node)
    names = dict.fromkeys(leaves(state.value))
    if not names:
        return _nowhere(node)
    ends = [each for each in _reached(node) if each.bound is not None and each.bound in names]
    ends = ends or [Node("leaf", node.path, None, state, bound=name) for name in names]
    return _without_endpoints(ends, addr)


def _pending(node: Node) -> Cause:
    waiting = next((each for each in _reached(node) if each.kind == "pending"), node)
    standing = _standing(waiting)
    since = f" for {age(standing.age_s)}" if standing is not None else ""
    return Cause(NO_ANSWER, f"no answer{since} from {_namer(waiting)} about {waiting.path}")


def _failed(node: Node, state: Failed) -> Cause:
    failed = next((each for each in _reached(node) if each.state == state and each.message), node)
    if failed.message == TOO_DEEP:
        return Cause(state.code, f"the name goes round: {' > '.join(_round(node))}")
    by = f"{_namer(failed)} failed for {failed.path}: " if _is_by_namer(failed) else ""
    return Cause(state.code, f"{by}{state.why}{_did_you_mean([failed])}")


def _negative(node: Node) -> Cause:
    tried = [each for each in _reached(node) if each.negative and _is_end(each)]
    if tried == [node] and not node.asked:
        return Cause(NO_RULE, f"no rule of the dtab matches {node.path}{_did_you_mean(tried)}")
    for each in tried:
        if _is_stale(each):
            return Cause(STALE, f"{_since(each)}; as it was then, there is no {each.path}")
    if not tried:
        return Cause(ALL_NEGATIVE, f"the rules say that there is no {node.path}")
    near = _did_you_mean(tried)
    if len(tried) == 1:
        return Cause(ALL_NEGATIVE, f"there is no {tried[0].path}{near}")
    return Cause(ALL_NEGATIVE, f"none of {_listed([each.path for each in tried])} exists{near}")


def _is_end(node: Node) -> bool:
    """Tell a name that does not exist from the steps that lead to it, and from `~` in a rule."""
    return bool(node.path.elements) and (
        node.kind == "neg" or (node.kind == "delegate" and bool(node.asked))
    )


def _nowhere(node: Node) -> Cause:
    """A rule or a namer ends the name with `!` or `$`."""
    kind = "fail" if node.state == Ok(FAIL) else "empty"
    end = [node, *(each for each in _reached(node) if each.kind == kind)][-1]
    if kind == "empty" and _is_by_namer(end):
        if _is_stale(end):
            return Cause(STALE, f"{_since(end)}; as it was then, {end.path} is empty")
        return Cause(NO_ENDPOINTS, f"{_namer(end)} says that {end.path} is empty")
    if end.dentry is None:
        return Cause(NOWHERE_BY_RULE, f"{end.path} goes nowhere")
    place = f" ({end.dentry.where})" if end.dentry.where.source else ""
    rule = f"{end.dentry.prefix} => {show_tree(end.dentry.dst)}{place}"
    return Cause(NOWHERE_BY_RULE, f"the rule {rule} says that {node.path} goes nowhere")


def _without_endpoints(nodes: Sequence[Node], addr: Addr | None) -> Cause:
    """The name is bound, and the trouble is with the addresses."""
    met = [(each, addr or _addr(each)) for each in nodes]
    if all(isinstance(each, AddrFailed) for _, each in met):
        return Cause(NAMER_FAILED, f"the endpoints of {_ids(nodes)} are unknown{_why(met)}")
    if all(isinstance(each, AddrPending) for _, each in met):
        return Cause(NO_ANSWER, f"the endpoints of {_ids(nodes)} are not known yet")
    for node, each in met:
        if isinstance(each, AddrNeg) and each.code:
            return Cause(each.code, _filtered(node, each))
    ends = [node for node, each in met if _is_empty(each)]
    for node in ends:
        if _is_stale(node):
            since = f"{_since(node)}; as it was then, {_ids([node])} has no endpoints"
            return Cause(STALE, since)
    when = "has no endpoints" if ends else "had no endpoints when the request came"
    return Cause(NO_ENDPOINTS, f"{_ids(ends or nodes)} {when}{_why(met)}")


def _filtered(node: Node, addr: AddrNeg) -> str:
    """Name the transformer that let no address through: the first of those that found some."""
    name = node.bound
    assert name is not None
    while name.before is not None and name.before.addr.sample() == addr:
        name = name.before
    why = f": {addr.why}" if addr.why else ""
    if name.before is None:
        return f"{name.id} has no endpoints{why}"
    by = transformer_of(name.before, name)
    return f"{by} lets no endpoint of {name.before.id} through{why}"


def _reached(node: Node) -> Iterator[Node]:
    """Go through the steps that a request gets to."""
    yield node
    for child in node.children:
        yield from _reached(child)
        if node.kind == "alt" and not child.negative:
            return


def _round(node: Node) -> list[str]:
    """Return the names on the way from the root to where it was given up."""
    names = [node.path.show()]
    while node.children:
        node = next(child for child in node.children if child.state == node.state)
        if node.path.show() != names[-1] or not node.children:
            names.append(node.path.show())
    return names if len(names) <= MAX_ROUND else [*names[:MAX_ROUND], "..."]


def _addr(node: Node) -> Addr:
    assert node.bound is not None
    return node.bound.addr.sample()


def _is_empty(addr: Addr) -> bool:
    return isinstance(addr, AddrNeg) or (isinstance(addr, AddrBound) and not addr.addresses)


def _why(met: Sequence[tuple[Node, Addr]]) -> str:
    whys = (addr.why for _, addr in met if isinstance(addr, AddrNeg | AddrFailed) and addr.why)
    return "".join(f": {why}" for why in list(whys)[:1])


def _is_by_namer(node: Node) -> bool:
    return bool(node.asked) and node.asked[-1].prefix != _BUILTIN


def _namer(node: Node) -> str:
    return namer_text(node.asked[-1].prefix.show()) if node.asked else "naming"


def _standing(node: Node) -> Standing | None:
    return node.asked[-1].standing if node.asked else None


def _is_stale(node: Node) -> bool:
    standing = _standing(node)
    return standing is not None and standing.phase == "stale"


def _since(node: Node) -> str:
    standing = _standing(node)
    assert standing is not None
    why = f": {standing.why}" if standing.why else ""
    return f"{_namer(node)} has been stale for {age(standing.age_s)}{why}"


def _did_you_mean(nodes: Sequence[Node]) -> str:
    near = next((node.near for node in nodes if node.near), ())
    return f"; did you mean {either([name.show() for name in near])}?" if near else ""


def _ids(nodes: Sequence[Node]) -> str:
    return _listed([node.bound.id for node in nodes if node.bound is not None])


def _listed(paths: Sequence[Path]) -> str:
    names = list(dict.fromkeys(path.show() for path in paths))
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more


__all__ = [
    "ALL_NEGATIVE",
    "NAMER_FAILED",
    "NOWHERE_BY_RULE",
    "NO_ANSWER",
    "NO_ENDPOINTS",
    "NO_RULE",
    "STALE",
    "Cause",
    "cause",
]
