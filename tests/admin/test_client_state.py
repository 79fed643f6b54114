"""The JSON of clients: Linkerd's keys, ours beside them, in small pieces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from linkerd.admin.client_state import client_states
from linkerd.admin.view import BalancerView, ClientView, EndpointView, PoolView

if TYPE_CHECKING:
    from conftest import FakeView


def read(*clients: ClientView) -> Any:
    return json.loads("".join(client_states(clients)))


def test_what_linkerd_has(view: FakeView) -> None:
    found = read(*view.shown[0].clients)
    assert {name: (each["state"], each["addresses"]) for name, each in found.items()} == {
        "/#/io.l5d.fs/web": ("bound", ["127.0.0.1:8001", "127.0.0.1:8002", "127.0.0.1:8003"]),
        "/#/io.l5d.fs/gone": ("Neg", []),
    }


def test_what_a_client_is() -> None:
    client = ClientView(
        "/#/web",
        "in",
        BalancerView("aperture", "requests", 3, 2, 1, aperture=1),
        endpoints=[
            EndpointView("a:1", connections=3, idle=2),
            EndpointView("a:2", connections=4, idle=1, waiting=5),
        ],
        pool=PoolView(4, 7),
        requeue_budget=99,
        policy=lambda: {"connectTimeoutMs": 5},
    )
    found = read(client)["/#/web"]
    assert (found["router"], found["requeue_budget"]) == ("in", 99)
    assert found["policy"] == {"connectTimeoutMs": 5}
    assert found["balancer"] == {
        "kind": "aperture",
        "load_unit": "requests",
        "size": 3,
        "available": 2,
        "busy": 1,
        "aperture": 1,
    }
    assert found["pool"] == {
        "connections": 7,
        "idle": 3,
        "waiting": 5,
        "max_size": 4,
        "max_waiters": 7,
    }


def test_an_endpoint_in_trouble() -> None:
    view = EndpointView(
        "a:1", "dead", "5 failures in a row", 4.25, 1_700_000_000.5, failures_in_a_row=5
    )
    [found] = read(ClientView("/#/web", endpoints=[view]))["/#/web"]["endpoints"]
    assert found == {
        "address": "a:1",
        "weight": 1.0,
        "state": "dead",
        "reason": "5 failures in a row",
        "until": "2023-11-14T22:13:20.500Z",
        "seconds_left": 4.25,
        "in_flight": 0,
        "waiting": 0,
        "connections": 0,
        "idle": 0,
        "load": None,
        "failures_in_a_row": 5,
    }


def test_what_only_some_balancers_and_policies_know() -> None:
    view = EndpointView("a:1", load=2.5, latency_ms=1.23456, in_aperture=False, success_rate=0.9999)
    [found] = read(ClientView("/#/web", endpoints=[view]))["/#/web"]["endpoints"]
    assert (found["load"], found["latency_ms"]) == (2.5, 1.235)
    assert (found["in_aperture"], found["success_rate"]) == (False, 1.0)
    assert "failures_in_a_row" not in found


def test_it_comes_in_pieces() -> None:
    endpoints = [EndpointView(f"127.0.0.1:{port}") for port in range(1000)]
    clients = [ClientView("/#/one", endpoints=endpoints), ClientView('/#/"', state='"')]
    pieces = list(client_states(clients))
    assert len(pieces) > 1000
    assert max([len(piece) for piece in pieces[:1000]]) < 400
    found = json.loads("".join(pieces))
    assert found["/#/one"]["addresses"] == [each.address for each in endpoints]
    assert len(found["/#/one"]["endpoints"]) == 1000
    assert found['/#/"']["state"] == '"'
    assert "".join(client_states([])) == "{}"
