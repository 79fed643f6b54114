"""`/client_state.json`: all that is known of clients and their endpoints, as JSON in pieces.

Clients come in, pieces of text go out, one for each endpoint, so that ten thousand of them do not
stall the proxy. `state` and `addresses` are Linkerd's; all else is ours.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING

from linkerd.admin.numbers import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from linkerd.admin.view import ClientView, EndpointView

DIGITS = 3
"""Decimals of times and loads."""


def client_states(clients: Iterable[ClientView]) -> Iterator[str]:
    """Give one JSON object with an entry for each client."""
    before = "{"
    for client in clients:
        yield f"{before}{quoted(client.id)}: "
        yield from _client(client)
        before = ", "
    yield "{}" if before == "{" else "}"


def _client(client: ClientView) -> Iterator[str]:
    balancer = client.balancer
    start = {
        "state": client.state,
        "router": client.router,
        "balancer": {
            "kind": balancer.kind,
            "load_unit": balancer.unit or None,
            "size": balancer.size,
            "available": balancer.available,
            "busy": balancer.busy,
            "aperture": balancer.aperture,
        },
        "requeue_budget": client.requeue_budget,
        "policy": client.policy(),
    }
    yield json.dumps(start)[:-1] + ', "endpoints": ['
    addresses: list[str] = []
    connections = idle = waiting = 0
    between = ""
    for endpoint in client.endpoints:
        addresses.append(quoted(endpoint.address))
        connections += endpoint.connections
        idle += endpoint.idle
        waiting += endpoint.waiting
        yield between + json.dumps(endpoint_state(endpoint))
        between = ", "
    pool = {
        "connections": connections,
        "idle": idle,
        "waiting": waiting,
        "max_size": client.pool.max_size,
        "max_waiters": client.pool.max_waiters,
    }
    yield f'], "addresses": [{", ".join(addresses)}], "pool": {json.dumps(pool)}}}'


def endpoint_state(endpoint: EndpointView) -> dict[str, object]:
    """Give what is known of one endpoint; the last ones are there only where they play a part."""
    shown: dict[str, object] = {
        "address": endpoint.address,
        "weight": endpoint.weight,
        "state": endpoint.status,
        "reason": endpoint.reason or None,
        "until": None if endpoint.until is None else timestamp(endpoint.until),
        "seconds_left": _rounded(endpoint.dead_for),
        "in_flight": endpoint.pending,
        "waiting": endpoint.waiting,
        "connections": endpoint.connections,
        "idle": endpoint.idle,
        "load": _rounded(endpoint.load),
    }
    sometimes = {
        "latency_ms": _rounded(endpoint.latency_ms),
        "in_aperture": endpoint.in_aperture,
        "failures_in_a_row": endpoint.failures_in_a_row,
        "success_rate": _rounded(endpoint.success_rate),
    }
    return shown | {name: value for name, value in sometimes.items() if value is not None}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


__all__ = ["client_states", "endpoint_state"]
