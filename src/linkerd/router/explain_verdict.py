"""What would become of a request now: it is routed, or gets this answer of ours.

In come the trace of its name and what the router has in use; out goes a value fit for JSON, with
the code of the error catalogue and the text that the client would read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from linkerd.catalogue import CATALOGUE
from linkerd.name.activity import Ok
from linkerd.name.addr import AddrBound
from linkerd.name.cause import NO_ANSWER, NOWHERE_BY_RULE, Cause, cause
from linkerd.name.reasoning import reasoning
from linkerd.name.tree import Leaf
from linkerd.namer.builtin import STATUS_META
from linkerd.router import messages
from linkerd.router.explain_bound import legs
from linkerd.server.errors import REFUSALS, error_text

if TYPE_CHECKING:
    from linkerd.errors import RequestError
    from linkerd.name.addr import BoundName
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.name.trace import Node
    from linkerd.router.built import BuiltRouter
    from linkerd.router.route import Route

Json: TypeAlias = "dict[str, Any]"

SERVED = Cause("", "")
NO_WAY = Cause(NOWHERE_BY_RULE, "a branch of the union goes nowhere on purpose")


@attrs.frozen
class Named:
    """A request that has a name: under which dtabs, and its route if the router has one."""

    name: Path
    base: Dtab
    local: Dtab
    route: Route | None = None


@attrs.frozen
class _Lost:
    """A share of the requests, and why they find no endpoint."""

    share: float
    cause: Cause


def verdict_json(router: BuiltRouter, named: Named, node: Node) -> Json:
    """Judge the trace of a request that has a name."""
    ways = legs(node)
    notes = [note for _, name in ways for note in _ejected(router, name)]
    if not ways:
        notes += _last_good(named.route)
        lost = [] if notes else [_Lost(1.0, cause(node))]
    else:
        found = [_Lost(share, _cause(router, node, name)) for share, name in ways]
        lost = [each for each in found if each.cause is not SERVED]
    if not lost:
        return _routed(notes)
    worst = max(lost, key=lambda each: each.share)
    served = 1.0 - sum(each.share for each in lost)
    if len(ways) > len(lost):
        notes = [
            f"{percent(each.share)} of the requests get {each.cause.code}" for each in lost
        ] + notes
    error = _error(router, named, node, worst.cause)
    return _answered(error, worst.cause.why, notes) | {"share": max(served, 0.0)}


def refused_json(error: RequestError) -> Json:
    """Describe the answer to a request that never gets as far as its name."""
    why = f"{error.reasoning}: {error.message}" if error.reasoning else error.message
    return _answered(error, why, [])


def unreadable_json(status: int, why: str) -> Json:
    """Describe the answer to what the scanner does not take."""
    code = REFUSALS.get(status, "L5D-3001")
    return _not_routed(code, why, status, f"{code}: {why}\n", [])


def percent(share: float) -> str:
    """Write a share: `100 %`, `33.3 %`."""
    return f"{100.0 * share:.3g} %"


def _cause(router: BuiltRouter, node: Node, name: BoundName | None) -> Cause:
    """Why requests that go this way find no endpoint; `SERVED` if they do."""
    if name is None:
        return cause(node) if len(legs(node)) == 1 else NO_WAY
    addr = name.addr.sample()
    if isinstance(addr, AddrBound):
        served = bool(addr.addresses) or STATUS_META in dict(addr.meta)
    else:
        client = router.bindings.by_client.get(name.id.show())
        served = client is not None and bool(client.endpoints)
    if served:
        return SERVED
    return cause(attrs.evolve(node, state=Ok(Leaf(name))), addr)


def _ejected(router: BuiltRouter, name: BoundName | None) -> list[str]:
    client = router.bindings.by_client.get(name.id.show()) if name is not None else None
    if client is None or not client.endpoints:
        return []
    text = messages.all_ejected(client, client.clock())
    return [f"{client.id}: {text}"] if text else []


def _last_good(route: Route | None) -> list[str]:
    """What a router does whose naming has lost its answer: it goes on."""
    if route is None or not route.ready or not route.clients:
        return []
    ids = ", ".join(client.id for client in route.clients)
    return [f"naming has no answer now, so requests go where they went before: {ids}"]


def _error(router: BuiltRouter, named: Named, node: Node, why: Cause) -> RequestError:
    service = named.name.show()
    text = reasoning(node)
    if why.code == NO_ANSWER:
        names = [name for _, name in legs(node)]
        return messages.binding_timeout(service, names, router.router.binding_timeout_s, text)
    return messages.no_hosts(
        service,
        messages.show_lines(named.base),
        messages.show_lines(named.local),
        why.code,
        text,
    )


def _routed(notes: list[str]) -> Json:
    return {
        "routed": True,
        "share": 1.0,
        "code": None,
        "title": None,
        "why": None,
        "next_step": None,
        "status": None,
        "answer": None,
        "notes": notes,
    }


def _answered(error: RequestError, why: str, notes: list[str]) -> Json:
    return _not_routed(error.code, why, error.status, error_text(error), notes)


def _not_routed(code: str, why: str, status: int, answer: str, notes: list[str]) -> Json:
    entry = CATALOGUE[code]
    return {
        "routed": False,
        "share": 0.0,
        "code": code,
        "title": entry.title,
        "why": why,
        "next_step": entry.next_step,
        "status": status,
        "answer": answer,
        "notes": notes,
    }


__all__ = ["Named", "percent", "refused_json", "unreadable_json", "verdict_json"]
