"""The way that a request took through one router, as text for people; the words are Linkerd's.

In come facts of an exchange and the trace of a delegation; out go the lines of one block. Pure;
used by diagnostic tracing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.name.path import Path
from linkerd.name.trace import Node, simplified
from linkerd.name.tree import show_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.client.client import Client
    from linkerd.name.addr import BoundName


def way_taken(
    label: str,
    elapsed_ms: int,
    service: str,
    client: Client,
    selected: str,
    resolution: Sequence[str],
) -> str:
    """One router's block; `selected` is the address of the endpoint, "" if there was none."""
    lines = [
        f"--- Router: {label} ---",
        f"request duration: {elapsed_ms} ms",
        f"service name: {service}",
        f"client name: {client.id}",
        f"addresses: [{client.addresses()}]",
        f"selected address: {selected}",
        "dtab resolution:",
        *(f"  {line}" for line in resolution),
    ]
    return "\n".join(lines) + "\n"


def resolution(node: Node, client_id: str) -> list[str]:
    """The names that led to a client, each with the rule that led to it; empty if none did.

    Of several ways it is the first one. A name that a transformer made has its prefix for a rule.
    """
    return _way(simplified(node), client_id) or []


def _way(node: Node, client_id: str) -> list[str] | None:
    rule = ""
    if node.dentry is not None:
        rule = f" ({node.dentry.prefix.show()}=>{show_tree(node.dentry.dst)})"
    here = node.path.show() + rule
    if node.bound is not None:
        if node.bound.id.show() != client_id:
            return None
        return [here, *_transformed(node.bound)]
    for child in node.children:
        rest = _way(child, client_id)
        if rest is not None:
            return [here, *rest]
    return None


def _transformed(name: BoundName) -> list[str]:
    """The names that transformers made of the first one, the last one last."""
    lines: list[str] = []
    while name.before is not None:
        added = name.id.elements[: name.id.size - name.before.id.size]
        lines.insert(0, f"{name.id.show()} ({Path(added).show()})")
        name = name.before
    return lines


__all__ = ["resolution", "way_taken"]
