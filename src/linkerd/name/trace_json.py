"""A trace as JSON, with all there is to know: what `linkerd explain --json` prints.

In: the root of a trace. Out: nested dictionaries, lists, texts and numbers, from which `trace_text`
makes the form for people, here or in another process. The form is public and stable: keys may be
added, and none is taken away or given another meaning.

Each step is an object:

* `name`: the name that is looked up, `~` where a rule says so;
* `kind`: `delegate` (a rule leads on), `rewrite` (a namer turns the name into another), `alt`
  (alternatives, the first that is not negative counts), `union` (each gets its share), `leaf`
  (bound), `neg`, `fail`, `empty`, `exception` or `pending`;
* `reached`: whether a request gets here; it does not if an alternative before decides;
* `state`: what a request has of it, `{"phase": "ok", "tree": "/#/fs/a & /#/fs/b"}`, in which `~`,
  `!` and `$` are no such name, fail and empty, `{"phase": "pending"}` or `{"phase": "failed",
  "why", "code"}`;
* `rule`: the rule that led here, `{"prefix", "dst", "where"}`, `where` as `file:line` if known;
* `weight`: in the union above, if that is one;
* `asked`: the namers asked, in order, `{"namer": "/#/io.l5d.fs", "said", "standing"}`; `standing`
  is `{"phase", "age_s", "why"}`, or null if the namer watches nothing for the name;
* `near`: names that exist and resemble this one, which does not; best first;
* `message`, `code`: of an exception;
* `bound`: what the name is bound to, `{"id", "residual", "addr"}`; `addr` is `{"type": "bound",
  "count", "addrs": [{"ip", "port", "weight", "meta"}], "meta"}`, or `neg` with `why` and `code`,
  `failed` with `why`, `pending`. A name that a transformer has made of another has also
  `transformer`, its prefix, and `before`, the other, of the same form;
* `children`: the steps that follow;
* `omitted`: how many of them are left out, if the whole was too long.

Keys without a value are absent, but for `name`, `kind`, `reached` and `state`.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from linkerd.name.activity import Failed, Ok
from linkerd.name.addr import Addr, AddrBound, Address, AddrFailed, AddrNeg, BoundName
from linkerd.name.trace import Asked, Node, simplified, transformer_of
from linkerd.name.tree import show_tree

if TYPE_CHECKING:
    from linkerd.name.dtab import Dentry


def trace_json(
    node: Node, steps: int | None = None, addresses: int | None = None
) -> dict[str, Any]:
    """Write a trace, with at most so many steps, and so many addresses of each name."""
    return _Writer(steps, addresses).step(simplified(node), reached=True)


class _Writer:
    """Writes one trace; `left` is how many steps more may be written."""

    def __init__(self, steps: int | None, addresses: int | None) -> None:
        self._left = steps
        self._addresses = addresses

    def step(self, node: Node, reached: bool) -> dict[str, Any]:
        if self._left is not None:
            self._left -= 1
        json: dict[str, Any] = {
            "name": "~" if node.kind == "neg" and not node.path.elements else node.path.show(),
            "kind": node.kind,
            "reached": reached,
            "state": _state(node),
        }
        if node.dentry is not None:
            json["rule"] = _rule(node.dentry)
        if node.asked:
            json["asked"] = [_asked(each) for each in node.asked]
        if node.near:
            json["near"] = [name.show() for name in node.near]
        if node.message:
            json |= {"message": node.message}
        if node.code:
            json |= {"code": node.code}
        if node.bound is not None:
            json["bound"] = self.bound(node.bound)
        if node.children:
            json |= self.children(node, reached)
        return json

    def children(self, node: Node, reached: bool) -> dict[str, Any]:
        written: list[dict[str, Any]] = []
        for number, child in enumerate(node.children):
            if self._left is not None and self._left <= 0:
                return {"children": written, "omitted": len(node.children) - number}
            json = self.step(child, reached)
            if node.weights:
                json["weight"] = node.weights[number]
            written.append(json)
            if node.kind == "alt" and not child.negative:
                reached = False
        return {"children": written}

    def bound(self, name: BoundName) -> dict[str, Any]:
        json = {
            "id": name.id.show(),
            "residual": name.residual.show(),
            "addr": self.addr(name.addr.sample()),
        }
        if name.before is not None:
            json["transformer"] = transformer_of(name.before, name).show()
            json["before"] = self.bound(name.before)
        return json

    def addr(self, addr: Addr) -> dict[str, Any]:
        if isinstance(addr, AddrBound):
            most = len(addr.addresses) if self._addresses is None else self._addresses
            return {
                "type": "bound",
                "count": len(addr.addresses),
                "addrs": [_address(each) for each in heapq.nsmallest(most, addr.addresses, _order)],
                "meta": dict(addr.meta),
            }
        if isinstance(addr, AddrNeg):
            told = {"why": addr.why, "code": addr.code}
            return {"type": "neg"} | {key: text for key, text in told.items() if text}
        if isinstance(addr, AddrFailed):
            return {"type": "failed", "why": addr.why}
        return {"type": "pending"}


def _state(node: Node) -> dict[str, Any]:
    if isinstance(node.state, Ok):
        return {"phase": "ok", "tree": show_tree(node.state.value)}
    if isinstance(node.state, Failed):
        return {"phase": "failed", "why": node.state.why, "code": node.state.code}
    return {"phase": "pending"}


def _rule(dentry: Dentry) -> dict[str, Any]:
    rule = {"prefix": dentry.prefix.show(), "dst": show_tree(dentry.dst)}
    if dentry.where.source:
        rule["where"] = str(dentry.where)
    return rule


def _asked(asked: Asked) -> dict[str, Any]:
    json: dict[str, Any] = {
        "namer": asked.prefix.show(),
        "said": asked.said,
        "standing": None,
    }
    if asked.standing is not None:
        standing = asked.standing
        json["standing"] = {
            "phase": standing.phase,
            "age_s": round(standing.age_s, 3),
            "why": standing.why,
        }
    return json


def _order(address: Address) -> tuple[str, int]:
    return address.host, address.port


def _address(address: Address) -> dict[str, Any]:
    return {
        "ip": address.host,
        "port": address.port,
        "weight": address.weight,
        "meta": dict(address.meta),
    }


__all__ = ["trace_json"]
