"""The rows of endpoints, as people read them."""

from __future__ import annotations

import re

from linkerd.admin.endpoint_table import endpoint_table
from linkerd.admin.view import BalancerView, ClientView, EndpointView, PoolView
from linkerd.admin.worst import CALM


def rows(client: ClientView) -> list[str]:
    """Give the text of each row, its cells separated by bars."""
    text = "".join(endpoint_table([client]))
    text = re.sub(r"</t[hd]><t[hd][^>]*>", "|", text)
    return [re.sub("<[^>]*>", "", row) for row in text.split("<tr")[2:] if row]


def row(endpoint: EndpointView, kind: str = "p2c", unit: str = "requests") -> list[str]:
    balancer = BalancerView(kind, unit, 1, 1)
    text = rows(ClientView("/#/web", balancer=balancer, endpoints=[endpoint]))[1]
    return text.partition(">")[2].split("|")


def test_one_that_is_well() -> None:
    view = EndpointView(
        "a:1", pending=2, connections=3, idle=1, load=2, weight=0.5, failures_in_a_row=0
    )
    assert row(view) == ["a:1", "open", "2", "2", "3", "1", "0", "0.5"]


def test_one_that_is_dead_says_why_and_until_when() -> None:
    view = EndpointView(
        "a:1", "dead", "5 failures in a row", 4.25, 1_700_000_000.5, failures_in_a_row=5
    )
    _, state, *_, failing, _ = row(view)
    assert state == "dead tried again in 4.2 s, at 22:13:20 UTC5 failures in a row"
    assert failing == "5 in a row"


def test_loads_are_in_the_balancers_terms() -> None:
    known = EndpointView("a:1", load=1250.0, latency_ms=625.0)
    assert row(known, "ewma", "ms")[2] == "1,250.0 ms"
    assert row(EndpointView("a:1"), "ewma", "ms")[2] == "no answer yet"
    assert row(known, "roundRobin", "")[2] == "\N{EN DASH}"


def test_what_else_there_may_be_to_tell() -> None:
    view = EndpointView("a:1", pending=3, waiting=2, in_aperture=False, success_rate=0.875)
    _, state, _, in_flight, _, _, failing, _ = row(view)
    assert state == "open outside the aperture"
    assert row(EndpointView("a:1", "dead", in_aperture=False))[1] == "dead"
    assert in_flight == "3 + 2 waiting"
    assert failing == "87.5 % good"


def test_the_client() -> None:
    client = ClientView(
        "/#/web",
        balancer=BalancerView("aperture", "requests", 2, 1, 1, aperture=1),
        endpoints=[EndpointView("a:1", connections=1), EndpointView("a:2", idle=1, waiting=1)],
        pool=PoolView(4),
        requeue_budget=98,
    )
    [first, *_] = rows(client)
    for fact in (
        "/#/web 1 of 2 up",
        "aperture of 1 · 1 connection, 1 idle",
        "at most 4 each, 1 waiting",
        "98 requeues left",
    ):
        assert fact in first, first


def test_a_client_without_endpoints() -> None:
    [only] = rows(ClientView("/#/web", state="Failed: no DNS"))
    assert "Failed: no DNS" in only


def test_many_are_counted() -> None:
    endpoints = [EndpointView(str(i), "dead" if i < 3 else "open") for i in range(300)]
    found = rows(ClientView("/#/web", endpoints=endpoints))
    assert len(found) == 1 + 3 + CALM + 1
    assert f"and {297 - CALM} more ({297 - CALM} open), none of them busier" in found[-1]
