"""`metrics.json`: names, shapes, order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linkerd.telemetry.json_export import flat, nested, subtree
from linkerd.telemetry.metrics import Scope

SUFFIXES = ("count", "max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum", "avg")


@pytest.fixture
def root() -> Scope:
    root = Scope()
    server = root.scope("rt", "http", "server", "127.0.0.1/4140")
    server.counter("requests").value = 12
    server.counter("failures").value = 2
    server.counter("failures", 'quo"te\u00e9').value = 1
    server.gauge("pending", read=lambda: 3)
    for value in (4, 6):
        server.stat("request_latency_ms").add(value)
    server.stat("request_latency_ms").snapshot()
    server.stat("idle").snapshot()
    server.stat("young").add(1)
    return root


def read(pieces: Any) -> Any:
    return json.loads("".join(pieces))


def test_flat(root: Scope) -> None:
    at = "rt/http/server/127.0.0.1/4140"
    latency = dict(zip(SUFFIXES, (2, 6, 4, 4, 6, 6, 6, 6, 6, 10, 5.0), strict=True))
    assert read(flat(root)) == {
        f"{at}/requests": 12,
        f"{at}/failures": 2,
        f'{at}/failures/quo"te\u00e9': 1,
        f"{at}/pending": 3.0,
        f"{at}/idle.count": 0,
        **{f"{at}/request_latency_ms.{suffix}": value for suffix, value in latency.items()},
    }


def test_gauges_are_floats_and_counters_integers(root: Scope) -> None:
    text = "".join(flat(root))
    assert '"rt/http/server/127.0.0.1/4140/pending":3.0' in text
    assert '"rt/http/server/127.0.0.1/4140/requests":12,' in text


def test_pretty_is_sorted_and_indented(root: Scope) -> None:
    text = "".join(flat(root, pretty=True))
    assert read([text]) == read(flat(root))
    lines = text.split("\n")
    assert (lines[0], lines[-1]) == ("{", "}")
    assert lines[1:-1] == sorted(lines[1:-1])
    assert lines[1].startswith('  "rt/http/server/127.0.0.1/4140/failures" : 2')


def test_nested(root: Scope) -> None:
    tree = read(nested(root))
    server = tree["rt"]["http"]["server"]["127.0.0.1/4140"]
    assert server["requests"] == {"counter": 12}
    assert server["failures"] == {"counter": 2, 'quo"te\u00e9': {"counter": 1}}
    assert server["pending"] == {"gauge": 3.0}
    assert server["idle"] == {"stat.count": 0}
    assert server["young"] == {}
    assert server["request_latency_ms"]["stat.p99"] == 6
    assert read(nested(root, pretty=True)) == tree
    assert "".join(nested(root, pretty=True)).startswith('{\n  "rt" : {\n')


@pytest.mark.parametrize("query", ["rt/http", "/rt/http/", "rt//http"])
def test_subtree_names_are_relative(root: Scope, query: str) -> None:
    scope = subtree(root, query)
    assert scope is root.find("rt", "http")
    assert all(name.startswith("server/127") for name in read(flat(scope)))


def test_subtrees_that_cannot_be_reached(root: Scope) -> None:
    assert subtree(root, "rt/http/server/127.0.0.1/4140") is None
    assert subtree(root, "nope") is None
    assert subtree(root, "") is root


@pytest.mark.parametrize("pretty", [True, False])
def test_an_empty_tree_is_an_object(pretty: bool) -> None:
    assert read(flat(Scope(), pretty)) == {}
    assert read(nested(Scope(), pretty)) == {}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_left_out(number: float) -> None:
    root = Scope()
    root.gauge("odd", read=lambda: number)
    root.counter("even").value = 2
    assert read(flat(root)) == {"even": 2}
    assert read(nested(root)) == {"even": {"counter": 2}, "odd": {}}
