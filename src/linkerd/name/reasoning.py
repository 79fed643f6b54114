"""Why a name has no hosts: a code for programs and a few lines for people.

A trace (`linkerd.name.trace.Node`) comes in. The router puts what goes out behind Linkerd's own
text in the body of its answer, the command line prints it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from linkerd.name.activity import Failed, Ok, Pending
from linkerd.name.addr import Addr, AddrBound, AddrFailed, AddrPending
from linkerd.name.path import Path
from linkerd.name.trace import RECURSION, Node, simplified
from linkerd.name.tree import EMPTY, FAIL, NEG, leaves, show_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_RULE = "L5D-1101"
ALL_NEGATIVE = "L5D-1102"
NO_ENDPOINTS = "L5D-1103"
NOWHERE_BY_RULE = "L5D-1104"
NAMER_FAILED = "L5D-1105"
NO_ANSWER = "L5D-1106"

# An error's body is for reading; a registry may have thousands of alternatives.
MAX_LINES = 20
MAX_LINE = 200
MAX_NAMES = 8

_BUILTIN = Path.of("$")


def verdict(node: Node, addr: Addr | None = None) -> str:
    """Return the error code that tells why a request for this name found no hosts.

    `addr` is the address state of the bound name that the request had taken, if it got that far;
    without it those of all bound names are looked at.
    """
    state = node.state
    if isinstance(state, Pending):
        return NO_ANSWER
    if isinstance(state, Failed):
        return state.code
    if state == Ok(NEG):
        root = simplified(node)
        return NO_RULE if root.kind == "neg" and not root.asked else ALL_NEGATIVE
    if state == Ok(FAIL):
        return NOWHERE_BY_RULE
    if state == Ok(EMPTY):
        return NO_ENDPOINTS if _empty_by_namer(_deciding(node)) else NOWHERE_BY_RULE
    addrs = {type(addr or bound.addr.sample()) for bound in leaves(state.value)}
    if addrs == {AddrFailed}:
        return NAMER_FAILED
    return NO_ANSWER if addrs == {AddrPending} else NO_ENDPOINTS


def reasoning(node: Node) -> str:
    """Describe the steps, one a line, indented below the step that led to them.

    A line tells the name, the rule that led to it, and what became of it. What no request gets to,
    because an alternative before it decides, is marked. Safe to show: one line stays one line.
    """
    lines = list(islice(_lines(simplified(node), "", reached=True), MAX_LINES))
    if len(lines) == MAX_LINES:
        lines[-1] = "..."
    if isinstance(node.state, Failed) and node.state.code == RECURSION:
        lines.append(f"the name goes round: {' > '.join(_round(node))}")
    return "\n".join(_clean(line) for line in lines)


def _lines(node: Node, indent: str, reached: bool) -> Iterator[str]:
    name = "~" if node.kind == "neg" and not node.path.elements else node.path.show()
    rule = ""
    if node.dentry is not None:
        rule = f"  ({node.dentry.prefix} => {show_tree(node.dentry.dst)})"
    said = _said(node)
    mark = "" if reached else "  [not reached]"
    yield f"{indent}{name}{rule}{': ' if said else ''}{said}{mark}"
    for child in node.children:
        yield from _lines(child, indent + "  ", reached)
        if node.kind == "alt" and not child.negative:
            reached = False


def _said(node: Node) -> str:
    namer = f"namer {node.asked[-1].prefix}: " if node.asked else ""
    if node.kind == "neg":
        if namer:
            return namer + node.asked[-1].said
        return "no rule and no namer for it" if node.path.elements else "the rule says no such name"
    if node.kind == "fail":
        return f"{namer}fails on purpose (!)"
    if node.kind == "empty":
        return f"{namer}empty on purpose ($)" if not _empty_by_namer(node) else f"{namer}empty"
    if node.kind == "exception":
        return f"{namer}{node.message}"
    if node.kind == "pending":
        return f"{namer}no answer yet"
    if node.bound is not None:
        return f"bound to {node.bound.id}, {_addr(node.bound.addr.sample())}"
    return ""


def _addr(addr: Addr) -> str:
    if isinstance(addr, AddrBound):
        count = len(addr.addresses)
        return "1 endpoint" if count == 1 else f"{count or 'no'} endpoints"
    if isinstance(addr, AddrPending):
        return "endpoints not known yet"
    return f"endpoints unknown: {addr.why}" if isinstance(addr, AddrFailed) else "no endpoints"


def _deciding(node: Node) -> Node:
    """Follow a request to the step where its alternatives end."""
    while node.children and node.kind in ("delegate", "alt"):
        node = next(child for child in node.children if not child.negative)
    return node


def _empty_by_namer(node: Node) -> bool:
    return bool(node.asked) and node.asked[-1].prefix != _BUILTIN


def _round(node: Node) -> list[str]:
    """Return the names on the way from the root to where it was given up."""
    names = [node.path.show()]
    while node.children:
        node = next(child for child in node.children if child.state == node.state)
        if node.path.show() != names[-1] or not node.children:
            names.append(node.path.show())
    return names if len(names) <= MAX_NAMES else [*names[:MAX_NAMES], "..."]


def _clean(line: str) -> str:
    text = "".join(char if char.isprintable() else "\ufffd" for char in line)
    return text if len(text) <= MAX_LINE else text[: MAX_LINE - 3] + "..."


__all__ = ["MAX_LINE", "MAX_LINES", "reasoning", "verdict"]
