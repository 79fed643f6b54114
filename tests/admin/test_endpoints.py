"""What is answered at which path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.task import Clock

from linkerd import __version__
from linkerd.admin.answer import JSON, Answer, Question
from linkerd.admin.endpoints import Endpoints
from linkerd.telemetry.prometheus import PrometheusConfig

if TYPE_CHECKING:
    from conftest import FakeView


def get(view: FakeView, path: str, method: str = "GET", **query: str) -> Answer:
    answer = Endpoints(view, Clock()).find(path)(Question(path, method, query))
    assert isinstance(answer, Answer)
    return answer


def body(answer: Answer) -> str:
    return answer.body.decode() if isinstance(answer.body, bytes) else "".join(answer.body)


def read(answer: Answer) -> Any:
    assert answer.content_type == JSON
    return json.loads(body(answer))


def test_ping(view: FakeView) -> None:
    assert body(get(view, "/admin/ping")) == "pong"


@pytest.mark.parametrize("path", ["/admin", "/admin/index.txt"])
def test_the_index_lists_everything_sorted(view: FakeView, path: str) -> None:
    lines = body(get(view, path)).splitlines()
    assert lines == sorted(lines)
    assert {"/", "/admin/ping", "/admin/metrics/prometheus", "/delegator.json"} <= set(lines)
    assert {"/explain", "/explain.json", "/delegator"} <= set(lines)
    assert "/http/interpreter_state/io.l5d.fs.json" in lines
    later = ("/delegator", "/delegator.json", "/explain", "/explain.json", "/admin/shutdown")
    for line in lines:
        if line not in later and not line.endswith("s/"):
            assert get(view, line).status in (200, 404)


def test_the_state_of_an_interpreter(view: FakeView) -> None:
    assert read(get(view, "/http/interpreter_state/io.l5d.fs.json")) == {"file": "a"}
    for path in ("/in/interpreter_state/io.l5d.fs.json", "/http/interpreter_state/io.l5d.fs"):
        assert get(view, path).status == 404


@pytest.mark.parametrize("path", ["/admin/metrics.json", "/metrics.json", "/admin/metrics"])
def test_metrics(view: FakeView, path: str) -> None:
    assert read(get(view, path))["rt/http/server/127.0.0.1/4140/requests"] == 1501
    tree = read(get(view, path, tree="1"))
    assert tree["rt"]["http"]["server"]["127.0.0.1/4140"]["requests"] == {"counter": 1501}
    assert "\n" in body(get(view, path, pretty="true"))
    assert read(get(view, path, q="rt/http/client"))["#/io.l5d.fs/web/pending"] == 1.0


def test_an_unknown_subtree(view: FakeView) -> None:
    answer = get(view, "/admin/metrics.json", q="a/b/c")
    assert (answer.status, read(answer)) == (404, {"error": "No such subtree: a/b/c"})


def test_prometheus_with_and_without_its_telemeter(view: FakeView) -> None:
    assert "\nrt:server:success{" in body(get(view, "/admin/metrics/prometheus"))
    moved = Endpoints(view, Clock(), PrometheusConfig(path="/prom", prefix="l5d:"))
    answer = moved.find("/prom")(Question("/prom"))
    assert isinstance(answer, Answer)
    assert answer.content_type.startswith("text/plain")
    assert "\nl5d:rt:server:success{" in body(answer)


def test_server_info(view: FakeView) -> None:
    info = read(get(view, "/admin/server_info"))
    assert (info["name"], info["version"]) == ("linkerd", __version__)
    assert (info["start_time"], info["uptime"]) == (1_700_000_000_000, 3_725_000)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_shutdown_is_asked_for_by_post(view: FakeView, method: str) -> None:
    answer = get(view, "/admin/shutdown", method)
    assert (answer.status, answer.headers, answer.then) == (405, (("Allow", "POST"),), None)


@pytest.mark.parametrize(("query", "grace"), [({}, None), ({"grace": "5.seconds"}, 5.0)])
def test_shutdown(view: FakeView, query: dict[str, str], grace: float | None) -> None:
    answer = get(view, "/admin/shutdown", "POST", **query)
    assert body(answer) == "quitting\n"
    assert view.ended == []
    assert answer.then is not None
    answer.then()
    assert view.ended == [grace]


def test_shutdown_with_a_bad_grace(view: FakeView) -> None:
    answer = get(view, "/admin/shutdown", "POST", grace="soon")
    assert (answer.status, answer.then) == (400, None)


def test_state(view: FakeView) -> None:
    assert read(get(view, "/config.json")) == {"routers": [{"protocol": "http"}]}
    assert read(get(view, "/bound-names.json")) == ["/#/io.l5d.fs/web"]


@pytest.mark.parametrize(
    ("query", "number"), [({}, 2), ({"router": "http"}, 2), ({"router": "x"}, 0)]
)
def test_the_clients_of_one_router_or_of_all(
    view: FakeView, query: dict[str, str], number: int
) -> None:
    assert len(read(get(view, "/client_state.json", **query))) == number


def test_namer_state(view: FakeView) -> None:
    assert read(get(view, "/namer_state/io.l5d.fs.json")) == {"state": "ok"}
    assert get(view, "/namer_state/io.l5d.consul.json").status == 404
    assert get(view, "/namer_state/io.l5d.fs").status == 404


@pytest.mark.parametrize(("name", "kind"), [("admin.css", "text/css"), ("live.mjs", "text/java")])
def test_files(view: FakeView, name: str, kind: str) -> None:
    answer = get(view, f"/admin/files/{name}")
    assert answer.content_type.startswith(kind)
    assert len(answer.body) > 500  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        "/admin/files/../page.py",
        "/admin/files/",
        "/admin/files/%2e%2e/page.py",
        "/admin/files/nope.css",
        "/../etc/passwd",
        "/nope",
        "/admin/",
        "/admin/ping/",
        "",
        "*",
    ],
)
def test_there_is_nothing_else(view: FakeView, path: str) -> None:
    answer = get(view, path)
    assert answer.status == 404
    assert "nothing here" in body(answer)
