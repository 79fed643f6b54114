"""HTTP/1.1 as only raw bytes show it: order, framing, interim answers, trailers, closing."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING

from tests.support.processes import fetch, free_ports
from tests.support.proxy import inet

if TYPE_CHECKING:
    from tests.e2e.conftest import Start
    from tests.support.backends import Recorder
    from tests.support.proxy import Proxy


def get(path: str, *fields: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: web", *fields, "", ""]
    return "\r\n".join(lines).encode()


LAST = get("/request?last", "Connection: close")


def test_pipelined_requests_are_answered_in_order(proxy: Proxy) -> None:
    """Of several kinds and lengths, in one write."""
    raw = get("/bytes/70000") + get("/request?1") + get("/chunks/300000") + get("/request?2")
    post = b"POST /digest HTTP/1.1\r\nHost: web\r\n"
    raw += post + b"Content-Length: 3\r\n\r\nabc"
    raw += post + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    raw += get("/status/204") + get("/", "l5d-dtab: not a dtab") + get("/request?3") + LAST
    answer = proxy.say(raw)
    statuses = re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert statuses == [b"200"] * 6 + [b"204", b"400", b"200", b"200"]
    assert re.findall(rb"GET /request\?(\w+) ", answer) == [b"1", b"2", b"3", b"last"]
    assert answer.count(b'"length": 3,') == 2


def test_many_pipelined_requests(proxy: Proxy) -> None:
    raw = b"".join(get(f"/request?{number}") for number in range(500)) + LAST
    found = re.findall(rb"GET /request\?(\w+) ", proxy.say(raw))
    assert found == [b"%d" % number for number in range(500)] + [b"last"]


def test_one_byte_at_a_time(proxy: Proxy) -> None:
    raw = b"POST /digest HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw += b"5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n" + LAST
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(raw)):
            sock.sendall(raw[at : at + 1])
            time.sleep(0.0005)
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert b'"length": 5,' in answer


def test_empty_lines_before_a_request(proxy: Proxy) -> None:
    assert proxy.say(b"\r\n\r\n" + get("/") + b"\r\n" + LAST).count(b"HTTP/1.1 200 ") == 2


def test_trailers_reach_the_client(proxy: Proxy) -> None:
    answer = proxy.say(get("/trailers", "Connection: close", "TE: trailers"))
    assert answer.endswith(b"0\r\nX-Sum: 532\r\n\r\n")


def test_trailers_reach_the_back_end(start: Start, recorder: Recorder) -> None:
    proxy = start(f"/svc/web => /$/inet/127.0.0.1/{recorder.port}")
    body = b"5\r\nhello\r\n0\r\nX-Sum: 532\r\nContent-Length: 7\r\n\r\n"
    proxy.say(b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    proxy.wait_until(lambda: recorder.received.endswith(b"\r\n\r\n"), "recorded", 5)
    assert recorder.received.endswith(b"5\r\nhello\r\n0\r\nX-Sum: 532\r\n\r\n")


def test_continue_is_said_once_and_only_if_asked_for(proxy: Proxy) -> None:
    head = b"POST /digest HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        sock.sendall(head + b"Expect: 100-continue\r\n\r\n")
        interim = sock.recv(65536)
        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"abc")
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"100 Continue" not in proxy.say(head + b"\r\nabc")


def test_no_continue_for_a_request_that_is_refused(proxy: Proxy) -> None:
    raw = (
        b"POST / HTTP/1.1\r\nHost: nobody\r\nContent-Length: 999999\r\nExpect: 100-continue\r\n\r\n"
    )
    answer = proxy.say(raw)
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"connection: close" in answer.lower()


def test_hop_by_hop_fields_stay_here(proxy: Proxy) -> None:
    raw = get(
        "/request",
        "Connection: close, X-Hop",
        "X-Hop: 1",
        "X-End: 2",
        "Keep-Alive: 5",
        "Proxy-Connection: x",
        "TE: trailers",
        "Upgrade: h2c",
    )
    answer = proxy.say(raw)
    assert b"X-End: 2\n" in answer
    for name in (b"X-Hop", b"Keep-Alive", b"Proxy-Connection", b"Upgrade"):
        assert name not in answer.partition(b"\r\n\r\n")[2], name


def test_via_is_appended(proxy: Proxy) -> None:
    answer = proxy.say(get("/request", "Via: 1.0 first", "Connection: close"))
    assert b"Via: 1.0 first, 1.1 linkerd\n" in answer


def test_names_of_fields_and_their_order_survive(proxy: Proxy) -> None:
    answer = proxy.say(get("/request", "x-LoWer: a", "X-Same: 1", "A: b", "X-Same: 2", "C: "))
    seen = re.findall(rb"^(x-LoWer|X-Same|A|C): ?", answer, re.MULTILINE)
    assert seen == [b"x-LoWer", b"X-Same", b"A", b"X-Same", b"C"]


def test_a_client_may_close_for_writing(proxy: Proxy) -> None:
    """It still gets its answer."""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        sock.sendall(get("/bytes/1000000"))
        sock.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert len(answer.partition(b"\r\n\r\n")[2]) == 1_000_000


def test_an_answer_that_breaks_off_ends_early(proxy: Proxy) -> None:
    """All that came of it arrives; by its length the client sees that it is not complete."""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        sock.sendall(get("/break"))
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert b"\r\nContent-Length: 100000\r\n" in answer
    assert answer.endswith(b"\r\n\r\nhalf")


IDENTIFIERS = [
    ("", "/", "/svc/web"),
    ("identifier: {kind: io.l5d.methodAndHost}", "/", "/svc/1.1/GET/web"),
    ("identifier: {kind: io.l5d.path, segments: 2}", "/a/b/c", "/svc/a/b"),
    ("identifier: {kind: io.l5d.header, header: my-name}", "/", "/svc/x/y"),
    ("identifier: {kind: io.l5d.static, path: /foo/bar}", "/", "/svc/foo/bar"),
    ("identifier: [{kind: io.l5d.header}, {kind: io.l5d.methodAndHost}]", "/", "/svc/1.1/GET/web"),
    ("dstPrefix: /http", "/", "/http/web"),
]


def test_identifiers_each_in_a_router_of_its_own(start: Start, origin_port: int) -> None:
    ports = free_ports(len(IDENTIFIERS))
    routers = [
        f"- protocol: http\n  label: router{port}\n  {router}\n  servers: [{{port: {port}}}]\n"
        f"  dtab: {name} => /$/inet/127.0.0.1/{origin_port}\n"
        for port, (router, _, name) in zip(ports, IDENTIFIERS, strict=True)
    ]
    start(inet(origin_port), more="".join(routers))
    for port, (_, path, name) in zip(ports, IDENTIFIERS, strict=True):
        headers = {"Host": "web", "my-name": "/x/y", "X-Ask": "1"}
        assert fetch(port, path, headers) == (200, b"origin\n"), name
        status, body = fetch(port, "/x/y/z", {"Host": "other", "my-name": "/other"})
        if "static" not in name and "foo" not in name:
            assert status == 502, name
            assert b"L5D-1101" in body, name
