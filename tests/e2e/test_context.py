"""What travels with a request through two proxies: its trace, and how long its caller waits."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.processes import free_ports
from tests.support.proxy import inet

from linkerd.propagator.linkerd import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

ID = "8448eb211c80319c"


@pytest.fixture(scope="module")
def slow_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a back end that takes a second for each answer."""
    (port,) = free_ports(1)
    with origin("slow", port, tmp_path_factory.mktemp("slow"), 1.0):
        yield port


def seen(proxy: Proxy, **headers: str) -> dict[str, str]:
    """The fields that the back end got."""
    status, body = proxy.get("/request", **headers)
    assert status == 200, body
    lines = body.decode("latin-1").split("\n")[1:]
    return dict(line.lower().split(": ", 1) for line in lines if ": " in line)


def now_ns() -> int:
    return int(time.time() * 1e9)  # noqa: TID251 - as the proxies see it


def test_one_trace_all_the_way(start: Start, origin_port: int) -> None:
    inner = start(inet(origin_port))
    outer = start(inet(inner.port))
    alone, behind = seen(inner), seen(outer)
    for fields in (alone, behind):
        assert re.fullmatch("[0-9a-f]{16}", fields["l5d-reqid"])
    assert alone["l5d-reqid"] != behind["l5d-reqid"]
    raw = outer.say(
        b"GET /request HTTP/1.1\r\nHost: web\r\nl5d-sample: 1\r\nConnection: close\r\n\r\n"
    )
    (value,) = re.findall(rb"l5d-ctx-trace: (\S+)", raw)
    (number,) = re.findall(rb"l5d-reqid: (\S+)", raw)
    trace = decode(value)
    assert trace is not None
    assert (b"%016x" % trace.trace, trace.sampled()) == (number, True)
    assert trace.parent != trace.trace
    assert b"l5d-sample" not in raw


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (
            "io.l5d.w3c",
            {"traceparent": f"00-0af7651916cd43dd{ID}-b7ad6b7169203331-01", "tracestate": "a=1"},
            {"traceparent": f"00-0af7651916cd43dd{ID}-([0-9a-f]{{16}})-01", "tracestate": "a=1"},
        ),
        (
            "io.l5d.zipkin",
            {"x-b3-traceid": ID, "x-b3-spanid": "1", "x-b3-sampled": "1"},
            {"x-b3-traceid": ID, "x-b3-spanid": "([0-9a-f]{16})", "x-b3-sampled": "1"},
        ),
    ],
)
def test_other_headers(
    start: Start, origin_port: int, kind: str, given: dict[str, str], kept: dict[str, str]
) -> None:
    settings = f"tracePropagator: {{kind: {kind}}}"
    inner = start(inet(origin_port), settings)
    outer = start(inet(inner.port), settings)
    fields = seen(outer, **{name.replace("-", "_"): value for name, value in given.items()})
    for name, value in kept.items():
        assert re.fullmatch(value, fields[name]), fields
    assert "b7ad6b7169203331" not in fields.get("traceparent", "")


def test_the_deadline_shrinks(start: Start, origin_port: int) -> None:
    inner = start(inet(origin_port), "service: {totalTimeoutMs: 2000}")
    outer = start(inet(inner.port), "service: {totalTimeoutMs: 9000}")
    before = now_ns()
    _, deadline = map(int, seen(outer)["l5d-ctx-deadline"].split(" "))
    assert before + 2_000_000_000 <= deadline <= now_ns() + 2_000_000_000
    soon = before + 1_500_000_000
    told = seen(outer, l5d_ctx_deadline=f"{before} {soon}")["l5d-ctx-deadline"]
    assert told.split(" ")[1] == str(soon)


def test_a_deadline_that_has_passed(start: Start, origin_port: int) -> None:
    proxy = start(inet(origin_port))
    late = now_ns() - 1_000_000_000
    status, body = proxy.get(l5d_ctx_deadline=f"{late - 1} {late}")
    assert status == 503
    assert b"\n\nL5D-2009: " in body
    counted = f"rt/http/server/127.0.0.1/{proxy.port}/admission_control/deadline/rejected"
    assert proxy.metrics()[counted] == 1


TRY = "exceeded 200.milliseconds to /$/inet/127.0.0.1/{} while waiting for a response for an"
ALL = "exceeded 200.milliseconds to unspecified while waiting for a response for the request,"


@pytest.mark.parametrize(
    ("settings", "text", "code"),
    [
        ("client: {requestAttemptTimeoutMs: 200}", TRY, "L5D-2006"),
        ("service: {totalTimeoutMs: 200}", ALL, "L5D-2007"),
    ],
)
def test_timeouts(start: Start, slow_port: int, settings: str, text: str, code: str) -> None:
    proxy = start(inet(slow_port), settings)
    began = time.monotonic()  # noqa: TID251 - real time
    status, body = proxy.get()
    took = time.monotonic() - began  # noqa: TID251 - real time
    assert status == 503
    assert body.decode().startswith(text.format(slow_port))
    assert f"\n\n{code}: ".encode() in body
    assert 0.2 <= took < 0.6


def test_whoever_waits_no_more_is_waited_for_no_more(start: Start, slow_port: int) -> None:
    """The deadline of the outer proxy ends the request in the inner one."""
    inner = start(inet(slow_port))
    outer = start(inet(inner.port), "service: {totalTimeoutMs: 300}")
    assert outer.get()[0] == 503
    name = f"rt/http/client/$/inet/127.0.0.1/{slow_port}/pending"
    inner.wait_until(lambda: inner.metrics()[name] == 0, "the end of the request", 0.5)
