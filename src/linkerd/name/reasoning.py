"""Why a name has no hosts: a code for programs and a few lines for people.

A trace (`linkerd.name.trace.Node`) comes in. The router puts what goes out behind Linkerd's own
text in the body of its answer, the command line prints it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.name.cause import cause
from linkerd.name.trace_json import trace_json
from linkerd.name.trace_text import clean, trace_text
from linkerd.name.wording import MAX_ADDRESSES

if TYPE_CHECKING:
    from linkerd.name.addr import Addr
    from linkerd.name.trace import Node

# An error's body is for reading; a registry may have thousands of alternatives.
MAX_LINES = 20
MAX_LINE = 200


def verdict(node: Node, addr: Addr | None = None) -> str:
    """Return the error code that tells why a request for this name found no hosts.

    `addr` is the address state of the bound name that the request had taken, if it got that far;
    without it those of all bound names are looked at.
    """
    return cause(node, addr).code


def reasoning(node: Node, addr: Addr | None = None) -> str:
    """Give the cause in one line, and below it the steps as `trace_text` has them.

    Safe to show: one line stays one line, and there are not too many of them.
    """
    steps = trace_text(trace_json(node, steps=MAX_LINES, addresses=MAX_ADDRESSES))
    lines = [clean(cause(node, addr).why), *steps]
    if len(lines) > MAX_LINES:
        lines[MAX_LINES - 1 :] = ["..."]
    return "\n".join(map(_clipped, lines))


def _clipped(line: str) -> str:
    return line if len(line) <= MAX_LINE else line[: MAX_LINE - 3] + "..."


__all__ = ["MAX_LINE", "MAX_LINES", "reasoning", "verdict"]
