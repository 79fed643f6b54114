"""The names that requests of a name go to in the end, each with its share and its endpoints.

In come a router and a trace that is observed; out go values fit for JSON. What a running router
knows of an endpoint (ejected or not, its load) is added where it has a client for the name.
"""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.accrual.state import ALIVE, DEAD
from linkerd.balancer.ewma import Ewma
from linkerd.name.activity import Ok
from linkerd.name.addr import AddrBound, Address, AddrFailed, AddrNeg, AddrPending, BoundName
from linkerd.name.trace import transformer_of
from linkerd.router.route import branches

if TYPE_CHECKING:
    from collections.abc import Collection

    from linkerd.client.client import Client
    from linkerd.name.addr import Addr
    from linkerd.name.trace import Node
    from linkerd.router.built import BuiltRouter

Json: TypeAlias = "dict[str, Any]"

MAX_ENDPOINTS = 200
"""Endpoints of one name that are listed; all are counted."""


def legs(node: Node) -> list[tuple[float, BoundName | None]]:
    """Give each way that requests take, None for one that leads nowhere, with its share of them."""
    if not isinstance(node.state, Ok):
        return []
    return branches(node.state.value, 1.0)


def bound_json(router: BuiltRouter, node: Node) -> list[Json]:
    """Describe every bound name, in the order of the dtab."""
    return [
        _name_json(router.bindings.by_client.get(name.id.show()), share, name)
        for share, name in legs(node)
        if name is not None
    ]


def _name_json(client: Client | None, share: float, name: BoundName) -> Json:
    addr = name.addr.sample()
    addresses = _addresses(addr, client)
    return {
        "share": share,
        "id": name.id.show(),
        "residual": name.residual.show() if name.residual.elements else "",
        "transformed": _transformed(name),
        "address": _addr_json(addr),
        "in_use": client is not None,
        "balancer": client.balancer_config.kind if client is not None else None,
        "count": len(addresses),
        "endpoints": [
            _endpoint_json(address, client)
            for address in nsmallest(MAX_ENDPOINTS, addresses, key=_order)
        ],
    }


def _transformed(name: BoundName) -> list[Json]:
    """What transformers made the name of, the last step first."""
    steps = []
    while name.before is not None:
        before = name.before
        steps.append(
            {
                "transformer": transformer_of(before, name).show(),
                "before": before.id.show(),
                "address": _addr_json(before.addr.sample()),
            }
        )
        name = before
    return steps


def _addr_json(addr: Addr) -> Json:
    if isinstance(addr, AddrBound):
        return {"type": "bound", "count": len(addr.addresses), "meta": dict(addr.meta)}
    if isinstance(addr, AddrPending):
        return {"type": "pending"}
    if isinstance(addr, AddrFailed):
        return {"type": "failed", "why": addr.why}
    return {"type": "neg", "why": addr.why, "code": addr.code}


def _addresses(addr: Addr, client: Client | None) -> Collection[Address]:
    """All addresses; those of the client where naming has lost them and it has not."""
    if isinstance(addr, AddrBound):
        return addr.addresses
    if isinstance(addr, AddrNeg) or client is None:
        return ()
    return [endpoint.address for endpoint in client.endpoints.values()]


def _order(address: Address) -> tuple[str, int]:
    return address.host, address.port


def _endpoint_json(address: Address, client: Client | None) -> Json:
    host = f"[{address.host}]" if ":" in address.host else address.host
    shown: Json = {"address": f"{host}:{address.port}", "weight": address.weight}
    if client is None:
        return shown
    endpoint = client.endpoints.get((address.host, address.port))
    if endpoint is None:
        return shown
    accrual = endpoint.accrual
    left = accrual.until - client.clock()
    status = "open" if accrual.state == ALIVE else "probing"
    if accrual.state == DEAD:
        status = "ejected"
        shown["probe_in_s"] = round(max(left, 0.0), 3)
    ewma = isinstance(client.balancer, Ewma)
    load = endpoint.cost * 1000.0 if ewma else float(endpoint.pending)
    return shown | {
        "status": status,
        "pending": endpoint.pending,
        "connections": endpoint.open,
        "load": round(load, 3),
    }


__all__ = ["MAX_ENDPOINTS", "bound_json", "legs"]
