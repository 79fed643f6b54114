"""What both kinds of head share: Connection, Via, framing, limits, and the cuts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.corpus import fields

from linkerd.wire.head import Limits
from linkerd.wire.http1 import RequestHead, ResponseHead

START = b"GET / HTTP/1.1\r\nHost: web\r\n"


def scanned(*lines: bytes, first: bytes = b"GET / HTTP/1.1") -> RequestHead:
    """The head of a request with these field lines."""
    head = RequestHead()
    assert head.scan(fields(*lines, first=first), 0, Limits()) > 0, head.fault
    return head


def kept(*lines: bytes) -> list[bytes]:
    """The field lines that are passed on behind the Host."""
    passed_on = scanned(*lines).passed_on(b"/", b"\r\n")
    assert passed_on.startswith(START)
    assert passed_on.endswith(b"\r\n\r\n")
    return passed_on[len(START) : -2].splitlines()


def test_order_and_spelling_survive() -> None:
    lines = [b"zeta:1", b"ALPHA:  two  ", b"X-a: 1", b"x-A: 2", b"accept: */*", b"zeta:3", b"Q:"]
    assert kept(*lines) == lines


def test_fields_that_a_pattern_finds_are_taken_out() -> None:
    head = scanned(
        b"A: 1", b"X-One:\t first ", b"Connection: close", b"x-two:2", b"X-ONE:", b"B: 2"
    )
    found = head.take_out(re.compile(rb"\n(x-(?:one|two)):([^\r]*+)"))
    assert found == [(b"x-one", b"first"), (b"x-two", b"2"), (b"x-one", b"")]
    assert head.passed_on(b"/", b"\r\n") == START + b"A: 1\r\nB: 2\r\n\r\n"


def test_what_is_taken_out_twice_is_out() -> None:
    head = scanned(b"Connection: x-one", b"x-one: 1", b"B: 2")
    pattern = re.compile(rb"\n(x-one|host):([^\r]*+)")
    for _ in range(2):
        assert head.take_out(pattern) == [(b"host", b"web"), (b"x-one", b"1")]
    assert head.passed_on(b"/", b"\r\n") == b"GET / HTTP/1.1\r\nB: 2\r\n\r\n"


def test_where_nothing_is_found_nothing_changes() -> None:
    head = scanned(b"A: 1")
    cuts = head.cuts
    assert head.take_out(re.compile(rb"\n(x-one):([^\r]*+)")) == []
    assert head.cuts is cuts


def test_hop_by_hop_fields_disappear_and_no_other() -> None:
    hop_by_hop = [
        b"Connection: keep-alive",
        b"Keep-Alive: timeout=5",
        b"Proxy-Connection: keep-alive",
        b"Proxy-Authenticate: Basic",
        b"Proxy-Authorization: Basic eA==",
        b"TE: trailers",
        b"Trailer: X-Sum",
        b"Transfer-Encoding: chunked",
        b"Upgrade: websocket",
        b"HTTP2-Settings: AAMAAABk",
        b"Via: 1.1 a",
        b"Expect: 100-continue",
        b"X-Forwarded-Client-Cert: Hash=a",
        b"finagle-http-retryable-request: ",
        b"l5d-dtab: /a => /b",
        b"l5d-ctx-dtab: /a => /b",
        b"l5d-dst-service: /svc/a",
        b"l5d-dst-client: /$/inet/a/1",
        b"l5d-dst-residual: /a",
        b"l5d-success-class: 1.0",
    ]
    stay = [
        b"X-Forwarded-For: 1.2.3.4",
        b"Forwarded: for=a",
        b"Authorization: Basic eA==",
        b"dtab-local: /a => /b",
        b"l5d-ctx-other: 1",
        b"TE-x: a",
        b"Sec-WebSocket-Key: a",
    ]
    mixed = [line for pair in zip(hop_by_hop, stay * 3, strict=False) for line in pair]
    assert kept(*mixed) == (stay * 3)[: len(hop_by_hop)]
    assert kept(*hop_by_hop) == []
    assert kept(*[line.upper() for line in hop_by_hop if b"l5d-" not in line]) == []


@pytest.mark.parametrize("options", [b"close", b"close, x", b"keep-alive, Close"])
def test_so_does_one_with_the_name_of_an_option(options: bytes) -> None:
    head = ResponseHead()
    data = b"HTTP/1.1 200 OK\r\nA: b\r\nClose: 1\r\nConnection: %b\r\nC: d\r\n\r\n" % options
    assert head.scan(data, 0, Limits()) == len(data)
    assert head.passed_on(b"\r\n") == b"HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"
    assert head.close


def test_fields_that_connection_names_disappear() -> None:
    lines = [b"a: 1", b"X-Hop: 2", b"b: 3", b"x-hop: 4", b"Other: 5", b"X-Hop-2: 6", b"c: X-Hop: 7"]
    left = [b"a: 1", b"b: 3", b"X-Hop-2: 6", b"c: X-Hop: 7"]
    assert kept(b"Connection: X-HOP, other", *lines) == left
    assert kept(*lines, b"Connection: other", b"CONNECTION: x-hop,x-hop,,\tte\t") == left
    assert kept(b"Connection: absent", *lines) == lines


@pytest.mark.parametrize(
    ("lines", "close", "keep_alive"),
    [
        ([], False, False),
        ([b"Connection: close"], True, False),
        ([b"Connection:Close"], True, False),
        ([b"connection: keep-alive"], False, True),
        ([b"Connection:\tKeep-Alive "], False, True),
        ([b"Connection: te, close"], True, False),
        ([b"Connection: close,keep-alive"], True, True),
        ([b"Connection: keep-alive", b"Connection: x, CLOSE"], True, True),
        ([b"Connection: closed"], False, False),
        ([b"Connection:"], False, False),
        ([b"Connection: ,"], False, False),
        ([b"Proxy-Connection: close"], False, False),
    ],
)
def test_options_of_connection(lines: list[bytes], close: bool, keep_alive: bool) -> None:
    head = scanned(*lines)
    assert (head.close, head.keep_alive) == (close, keep_alive)
    assert head.fields_kept() == b"Host: web\r\n"


@pytest.mark.parametrize(
    ("lines", "upgrade"),
    [
        ([b"Upgrade: websocket"], b""),
        ([b"Connection: upgrade"], b""),
        ([b"Connection: upgrade", b"Upgrade: websocket"], b"websocket"),
        ([b"upgrade:\tWebSocket ", b"connection: keep-alive,\tUPGRADE"], b"WebSocket"),
        ([b"Connection: x", b"Upgrade: a", b"Connection: Upgrade"], b"a"),
        ([b"Connection: upgrades", b"Upgrade: a"], b""),
        (
            [b"Connection: upgrade", b"Upgrade: a, h2c,b/1,", b"Upgrade: TLS/1.0"],
            b"a, b/1, TLS/1.0",
        ),
        ([b"Connection: upgrade", b"Upgrade: H2C"], b""),
        ([b"Connection: upgrade", b"Upgrade: h2c-14, h2, HTTP/2.0, http"], b""),
        ([b"Connection: upgrade", b"Upgrade: httpx, xh2c"], b"httpx, xh2c"),
        ([b"Connection: upgrade", b'Upgrade: a b, "c", d/e/f, /g, h/, \xff, i;j'], b""),
        ([b"Connection: upgrade", b"Upgrade:"], b""),
        ([b"Connection: upgrade", b"X-Upgrade: a"], b""),
    ],
)
def test_protocols_of_upgrade(lines: list[bytes], upgrade: bytes) -> None:
    head = scanned(*lines)
    assert head.upgrade == upgrade
    assert b"\nupgrade" not in b"\n" + head.fields_kept().lower()


def test_no_upgrade_where_it_is_off_and_in_http_1_0() -> None:
    lines = (b"Connection: upgrade", b"Upgrade: a")
    assert scanned(*lines, first=b"GET / HTTP/1.0").upgrade == b""
    head = RequestHead()
    assert head.scan(fields(*lines), 0, Limits(upgrade=False)) > 0
    assert head.upgrade == b""


@pytest.mark.parametrize(
    "name", [b"Host", b"content-length", b"Expect", b"Cookie", b"Range", b"Content-Type"]
)
def test_connection_cannot_name_what_must_stay(name: bytes) -> None:
    head = RequestHead()
    assert head.scan(fields(b"Connection: a, " + name), 0, Limits()) == -400
    answer = ResponseHead()
    raw = b"HTTP/1.1 200 OK\r\nConnection: " + name + b"\r\n\r\n"
    assert answer.scan(raw, 0, Limits()) == -502


@pytest.mark.parametrize(
    ("lines", "via"),
    [
        ([], b""),
        ([b"Via: 1.1 a"], b"1.1 a"),
        ([b"via:1.0 a, 1.1 b (x) "], b"1.0 a, 1.1 b (x)"),
        ([b"Via: 1.1 a", b"A: b", b"VIA: 1.1 c"], b"1.1 a, 1.1 c"),
        ([b"Via:", b"Via: 1.1 a", b"Via: "], b"1.1 a"),
    ],
)
def test_via_is_merged(lines: list[bytes], via: bytes) -> None:
    head = scanned(*lines)
    assert head.via == via
    assert b"via" not in head.fields_kept().lower()


def test_values_by_name() -> None:
    head = scanned(b"A:", b"X-y:\t One, two ", b"x-Y: three", b"zz: host:5")
    assert head.get(b"x-y") == b"One, two"
    assert head.get(b"host") == b"web"
    assert head.get(b"a") == b""
    assert head.get(b"y") == b""


def test_values_by_name_behind_another_request() -> None:
    head = RequestHead()
    before = fields(b"A: one")
    data = before + fields(b"A: two")
    assert head.scan(data, len(before), Limits()) == len(data)
    assert head.get(b"a") == b"two"
    assert head.fields_kept() == b"Host: web\r\nA: two\r\n"


@pytest.mark.parametrize(
    ("value", "length"),
    [(b" 5", 5), (b"0", 0), (b"\t7 ", 7), (b" 0012", 12), (b" " + b"9" * 18,) * 2],
)
def test_content_length(value: bytes, length: int | bytes) -> None:
    head = scanned(b"Content-Length:" + value)
    assert head.length == int(length)
    assert head.get(b"content-length") == b"%d" % int(length)


def test_framing_is_known() -> None:
    assert (scanned().length, scanned().chunked) == (-1, False)
    assert scanned(b"transfer-encoding:\tChunked ").chunked


def test_the_limit_of_fields_is_exact() -> None:
    limits = Limits(100, 60, 3)
    exact = b"Host: a\r\n" + b"A: " + b"b" * 46 + b"\r\n"
    assert len(exact) == 60
    for block, answer in ((exact, 78), (b"x" + exact, -431), (exact + b"a:\r\n", -431)):
        assert RequestHead().scan(b"GET / HTTP/1.1\r\n" + block + b"\r\n", 0, limits) == answer


def test_the_limit_of_their_number_is_exact() -> None:
    limits = Limits(100, 1000, 3)
    assert RequestHead().scan(fields(b"A:", b"B:"), 0, limits) > 0
    assert RequestHead().scan(fields(b"A:", b"B:", b"C:"), 0, limits) == -431


def test_pipelined_bytes_do_not_count() -> None:
    limits = Limits(20, 20, 2)
    data = fields()
    assert RequestHead().scan(data + b"x" * 100, 0, limits) == len(data)


def test_a_head_can_be_passed_on_twice() -> None:
    head = scanned(b"TE: x", b"A: b", b"Connection: q", b"Q: r")
    assert head.passed_on(b"/", b"\r\n") == head.passed_on(b"/", b"\r\n")


def test_all_values_by_name() -> None:
    head = scanned(b"A:", b"X-y:\t One, two ", b"x-Y: three", b"X-y:", b"b: x-y: 4")
    assert head.values(b"x-y") == [b"One, two", b"three", b""]
    assert head.values(b"a") == [b""]
    assert head.values(b"y") == []


def test_context_is_cut_and_forgotten() -> None:
    context = [b"l5d-dtab: /a=>/b", b"L5D-Sample: 1.0", b"l5d-:", b"L5d-x: l5d-y: z", b"l5d-a:"]
    other = [b"xl5d-a: b", b"l5d: c", b"l5da-b: c", b"A: l5d-b", b"B:"]
    head = scanned(*[line for pair in zip(context, other, strict=True) for line in pair])
    assert head.get(b"l5d-sample") == b"1.0"
    head.cut_context()
    head.cut_context()
    assert head.fields_kept().splitlines() == [b"Host: web", *other]
    for name in (b"l5d-sample", b"l5d-x", b"l5d-"):
        assert head.values(name) == []
    assert head.get(b"xl5d-a") == b"b"


NAMES = (b"A", b"b", b"L5d-x", b"l5d-dtab", b"l5d-", b"te", b"Q", b"content-encoding", b"Via")


@given(st.lists(st.sampled_from(NAMES)), st.sets(st.sampled_from((b"q", b"l5d-x", b"b"))))
def test_however_cuts_meet_the_right_lines_are_left(names: list[bytes], named: set[bytes]) -> None:
    lines = [b"%b: %d" % (name, at) for at, name in enumerate(names)]
    head = ResponseHead()
    raw = b"\r\n".join((b"HTTP/1.1 200 OK", *lines, b"Connection: " + b",".join(named), b"", b""))
    assert head.scan(raw, 0, Limits()) == len(raw)
    head.cut_context()
    head.reframe(3)
    gone = {b"te", b"via", b"content-encoding", *named}
    kept = [
        line
        for name, line in zip(names, lines, strict=True)
        if name.lower() not in gone and not name.lower().startswith(b"l5d-")
    ]
    assert head.fields_kept().splitlines() == [*kept, b"Content-Length: 3"]


@pytest.mark.parametrize("lines", [[], [b"TE: x", b"A: b"], [b"A: b", b"TE: x"]])
def test_a_line_is_added_behind_the_others_and_before_what_follows(lines: list[bytes]) -> None:
    raw = fields(*lines)
    head = RequestHead()
    assert head.scan(raw + fields(b"B: c"), 0, Limits()) == len(raw)
    before = head.fields_kept()
    head.add_line(b"C: d\r\n")
    assert head.fields_kept() == before + b"C: d\r\n"
    head.cut_named({b"a"})
    head.add_line(b"E: f\r\n")
    assert head.passed_on(b"/", b"\r\n") == START + b"C: d\r\nE: f\r\n\r\n"
