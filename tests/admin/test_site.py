"""The HTTP side over a transport in memory: bytes in, bytes out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher

from linkerd.admin.config import AdminConfig, SecurityConfig
from linkerd.admin.site import MAX_BODY, SLICE, make_site
from linkerd.name.dtab import Dtab
from linkerd.net.socket_options import SocketOptions

if TYPE_CHECKING:
    from conftest import FakeView


@attrs.frozen
class Got:
    """One response, taken apart."""

    status: int
    headers: dict[str, str]
    body: str


class Caller:
    """One connection to an admin server."""

    def __init__(self, view: FakeView, config: AdminConfig | None = None) -> None:
        self.clock = Clock()
        self.site = make_site(view, config or AdminConfig(), self.clock)
        self.transport = StringTransport()
        self.channel: Any = self.site.buildProtocol(None)
        self.channel.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        self.channel.dataReceived(data)

    def get(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Got:
        fields = {"Host": "localhost:9990"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if body:
            fields["Content-Length"] = str(len(body))
        head = "".join([f"{name}: {value}\r\n" for name, value in fields.items()])
        self.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        self.clock.advance(0)
        return self.taken()

    def taken(self) -> Got:
        head, _, body = self.transport.value().decode().partition("\r\n\r\n")
        self.transport.clear()
        first, *lines = head.split("\r\n")
        pairs = [line.partition(": ") for line in lines]
        return Got(int(first.split(" ")[1]), {name: value for name, _, value in pairs}, body)


@pytest.fixture
def caller(view: FakeView) -> Caller:
    return Caller(view)


def test_several_on_one_connection(caller: Caller) -> None:
    for _ in range(3):
        got = caller.get("/admin/ping")
        assert (got.status, got.body) == (200, "pong")
        assert got.headers["Content-Length"] == "4"
        assert "no-store" in got.headers["Cache-Control"]
    assert not caller.transport.disconnecting


@pytest.mark.parametrize("path", ["//admin/ping", "/admin///ping", "/admin//ping?x=//"])
def test_doubled_slashes(caller: Caller, path: str) -> None:
    assert caller.get(path).body == "pong"


def test_fields_that_stand_more_than_once(caller: Caller, view: FakeView) -> None:
    got = caller.get("/explain.json?request=web&header=a:b&header=c:%20d")
    assert got.status == 200
    assert view.asked == [("web", (("a", "b"), ("c", "d")), None, None, 2.0)]


def test_a_form_that_is_posted(caller: Caller, view: FakeView) -> None:
    kind = "application/x-www-form-urlencoded"
    body = b"request=web&dtab=%2Fa+%3D%3E+%2Fb"
    assert "form-action 'self'" in caller.get("/delegator").headers["Content-Security-Policy"]
    assert caller.get("/delegator", "POST", body, Content_Type=kind).status == 200
    assert view.asked == [("web", (), None, Dtab.read("/a => /b"), 2.0)]


def test_the_first_page(caller: Caller) -> None:
    got = caller.get("/")
    assert got.headers["Content-Type"] == "text/html; charset=utf-8"
    assert int(got.headers["Content-Length"]) == len(got.body.encode())
    assert "script-src 'self'" in got.headers["Content-Security-Policy"]
    assert got.body.endswith("</html>\n")


def test_head_is_get_without_a_body(caller: Caller) -> None:
    whole = caller.get("/admin/metrics.json")
    got = caller.get("/admin/metrics.json", "HEAD")
    assert (got.status, got.body) == (200, "")
    assert got.headers["Content-Length"] == whole.headers["Content-Length"]
    assert caller.get("/admin/ping").body == "pong"


def test_queries_reach_the_endpoint(caller: Caller) -> None:
    got = caller.get("/admin/metrics.json?q=rt%2Fhttp%2Fservice&tree=1")
    assert json.loads(got.body)["svc/web"]["requests"] == {"counter": 1501}


def test_bodies_reach_the_endpoint(caller: Caller, view: FakeView) -> None:
    view.delegated = {"type": "neg", "path": "/x"}
    body = json.dumps({"dtab": "", "path": "/x"}).encode()
    got = caller.get("/delegator.json", "POST", body, Content_Type="application/json")
    assert json.loads(got.body) == {"type": "neg", "path": "/x"}


def test_large_bodies_are_not_kept(caller: Caller) -> None:
    got = caller.get("/delegator.json", "POST", b"x" * (MAX_BODY + 1))
    assert got.status == 413
    assert caller.get("/admin/ping").body == "pong"


@pytest.mark.parametrize(("read_ms", "rest_s"), [(None, 60.0), (5000, 5.0), (90_000, 60.0)])
def test_a_connection_rests_for_a_minute_or_less(
    view: FakeView, read_ms: int | None, rest_s: float
) -> None:
    options = SocketOptions(read_timeout_ms=read_ms)
    caller = Caller(view, AdminConfig(socket_options=options))
    caller.get("/admin/ping")
    caller.clock.advance(rest_s - 0.1)
    assert not caller.transport.disconnecting
    caller.clock.advance(0.2)
    assert caller.transport.disconnecting


def test_shutdown_begins_when_the_answer_is_on_its_way(view: FakeView) -> None:
    caller = Caller(view)
    caller.send(b"POST /admin/shutdown?grace=1.minute HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert view.ended == []
    got = caller.taken()
    assert (got.status, got.body) == (200, "quitting\n")
    caller.clock.advance(0)
    assert view.ended == [60.0]


def test_get_does_not_shut_down(caller: Caller, view: FakeView) -> None:
    got = caller.get("/admin/shutdown")
    assert (got.status, got.headers["Allow"]) == (405, "POST")
    assert view.ended == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_foreign_pages_change_nothing(
    caller: Caller, view: FakeView, headers: dict[str, str]
) -> None:
    got = caller.get("/admin/shutdown", "POST", **headers)
    assert got.status == 403
    assert view.ended == []


def test_a_foreign_host_sees_nothing_unless_exposed(view: FakeView) -> None:
    assert Caller(view).get("/config.json", Host="evil.example").status == 403
    exposed = Caller(view, AdminConfig(ip="0.0.0.0"))
    assert exposed.get("/config.json", Host="linkerd.internal").status == 200


def test_http_1_0_without_a_host(caller: Caller) -> None:
    caller.send(b"GET /admin/ping HTTP/1.0\r\n\r\n")
    assert caller.taken().body == "pong"
    assert caller.transport.disconnecting


@pytest.mark.parametrize("path", ["/admin/shutdown", "//admin/shutdown", "/admin%2Fshutdown"])
def test_closed_paths_look_as_if_they_did_not_exist(view: FakeView, path: str) -> None:
    config = AdminConfig(security=SecurityConfig(control_enabled=False))
    got = Caller(view, config).get(path, "POST")
    assert (got.status, got.body) == (404, "")
    assert view.ended == []


def test_failures_are_logged_and_not_shown(
    caller: Caller, view: FakeView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> object:
        raise RuntimeError("secret")

    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    try:
        monkeypatch.setattr(type(view), "config_json", lambda self: broken())
        monkeypatch.setattr(type(view), "routers", lambda self: broken())
        for path in ("/config.json", "/"):
            got = caller.get(path)
            assert got.status == 500
            assert "secret" not in got.body
            assert "Traceback" not in got.body
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event["log_failure"].type for event in events if "log_failure" in event] == [
        RuntimeError,
        RuntimeError,
    ]
    assert caller.get("/admin/ping").body == "pong"


class TurnClock(Clock):
    """A clock on which what is put off until the next turn takes a turn."""

    def callLater(self, when: float, what: Any, *args: Any, **kwargs: Any) -> Any:
        return super().callLater(max(when, 0.001), what, *args, **kwargs)


def test_long_answers_let_others_run(caller: Caller, view: FakeView) -> None:
    for number in range(5 * SLICE):
        view.metrics.counter("many", str(number))
    caller.site.reactor = clock = TurnClock()
    caller.send(b"GET /admin/metrics.json?q=many HTTP/1.1\r\nHost: localhost\r\n\r\n")
    turns = 0
    while not caller.transport.value():
        clock.advance(0.001)
        turns += 1
        assert turns < 50
    assert turns >= 5
    assert len(json.loads(caller.taken().body)) == 5 * SLICE


def test_a_caller_who_leaves_early_does_no_harm(caller: Caller, view: FakeView) -> None:
    caller.site.reactor = clock = TurnClock()
    caller.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    caller.channel.connectionLost(Failure(ConnectionDone()))
    for _ in range(10):
        clock.advance(0.001)
    assert caller.transport.value() == b""


def test_no_timer_is_left_when_nobody_is_connected(caller: Caller) -> None:
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    caller.site.doStart()
    caller.get("/admin/ping")
    caller.channel.connectionLost(Failure(ConnectionDone()))
    caller.site.doStop()
    assert caller.clock.getDelayedCalls() == []
