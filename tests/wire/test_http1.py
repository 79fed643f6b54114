"""Requests: their forms, what is passed on of them, and what only requests have."""

from __future__ import annotations

import pytest
from tests.wire.corpus import fields, line

from linkerd.wire.http1 import CONNECT, Limits, RequestHead


def scanned(raw: bytes) -> RequestHead:
    """The head of a request that is good."""
    head = RequestHead()
    assert head.scan(raw, 0, Limits()) == len(raw), head.fault
    return head


def refused(raw: bytes) -> int:
    """The status that a request is refused with."""
    return -RequestHead().scan(raw, 0, Limits())


def test_a_request() -> None:
    head = scanned(fields(b"A: b", first=b"PATCH /a/b;c?d=e&f HTTP/1.1"))
    assert (head.method, head.target, head.host) == (b"PATCH", b"/a/b;c?d=e&f", b"web")
    assert (head.version, head.scheme, head.hosts) == (11, b"", 1)


def test_what_needs_no_change_is_passed_on_as_it_was_written() -> None:
    raw = fields(b"User-agent:curl", b"ACCEPT:  */* ", first=b"GET /x HTTP/1.1")
    assert scanned(raw).passed_on(b"/x", b"\r\n") == raw


@pytest.mark.parametrize(
    ("first", "version"),
    [(b"GET / HTTP/1.1", 11), (b"GET / HTTP/1.0", 10), (b"GET / HTTP/1.2", 11)],
)
def test_versions(first: bytes, version: int) -> None:
    head = scanned(line(first))
    assert head.version == version
    written = b"GET / HTTP/1.0" if version == 10 else b"GET / HTTP/1.1"
    assert head.passed_on(head.target, b"\r\n") == line(written)


def test_another_target_replaces_the_one_that_was_written() -> None:
    head = scanned(fields(b"TE: x", b"A: b", first=b"GET /old/path HTTP/1.0"))
    expected = b"GET /path HTTP/1.0\r\nHost: web\r\nA: b\r\n\r\n"
    assert head.passed_on(b"/path", b"\r\n") == expected


def test_the_authority_of_the_target_wins_over_host() -> None:
    head = scanned(b"GET http://A.b:8/ HTTP/1.1\r\nX: 1\r\nHost: other\r\nY: 2\r\n\r\n")
    assert (head.scheme, head.host, head.target) == (b"http", b"A.b:8", b"/")
    passed_on = b"GET / HTTP/1.1\r\nHost: A.b:8\r\nX: 1\r\nY: 2\r\n\r\n"
    assert head.passed_on(head.target, b"\r\n") == passed_on


def test_cuts_stay_in_order_when_host_goes_too() -> None:
    head = scanned(
        b"GET http://a/ HTTP/1.1\r\n"
        b"TE: x\r\nA: 1\r\nHost: b\r\nC: 2\r\nConnection: q\r\nQ: 3\r\n\r\n"
    )
    passed_on = b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nC: 2\r\n\r\n"
    assert head.passed_on(head.target, b"\r\n") == passed_on


@pytest.mark.parametrize(
    "target", [b"/", b"//", b"/*", b"/http://a/", b"/%00", b'/"<>\\^`{|}', b"/:@"]
)
def test_paths_are_not_touched(target: bytes) -> None:
    raw = line(b"GET " + target + b" HTTP/1.1")
    head = scanned(raw)
    assert head.target == target
    assert head.passed_on(target, b"\r\n") == raw


@pytest.mark.parametrize("hosts", [[], [b"Host: a", b"Host: a"], [b"Host: a", b"HOST:"]])
def test_exactly_one_host(hosts: list[bytes]) -> None:
    assert refused(fields(*hosts, host=b"")) == 400
    assert refused(fields(*hosts, host=b"", first=b"GET http://a/ HTTP/1.1")) == 400


def test_http_1_0_needs_no_host() -> None:
    head = scanned(fields(host=b"", first=b"GET / HTTP/1.0"))
    assert (head.host, head.hosts) == (b"", 0)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (line(b"GET / HTTP/2.0"), 505),
        (line(b"CONNECT web:443 HTTP/1.1"), 405),
        (line(b"CONNECT [::1]:443 HTTP/1.1"), 405),
        (line(b"CONNECT web HTTP/1.1"), 400),
        (line(b"CONNECT http://web:1 HTTP/1.1"), 400),
        (fields(b"Transfer-Encoding: gzip"), 501),
        (fields(b"Expect: 100-continue, x"), 417),
        (fields(b"A: " + b"a" * 16384), 431),
        (line(b"GET /" + b"a" * 8192 + b" HTTP/1.1"), 414),
        (line(b"GET a HTTP/1.1"), 400),
    ],
)
def test_the_status_for_each_kind_of_refusal(raw: bytes, status: int) -> None:
    assert refused(raw) == status


@pytest.mark.parametrize("target", [b"web:443", b"[::1]:1", b"10.0.0.1:00080", b"a:65535"])
def test_connect(target: bytes) -> None:
    raw = fields(b"A: b", b"TE: x", first=b"CONNECT " + target + b" HTTP/1.1", host=b"Host: other")
    head = RequestHead()
    assert head.scan(raw + b"early", 0, Limits(connect=True)) == len(raw), head.fault
    assert (head.target, head.host, head.upgrade, head.close) == (target, target, CONNECT, True)
    passed_on = b"CONNECT %b HTTP/1.1\r\nA: b\r\nHost: %b\r\n\r\n" % (target, target)
    assert head.passed_on(head.target, b"\r\n") == passed_on


@pytest.mark.parametrize(
    "raw",
    [
        line(b"CONNECT web HTTP/1.1"),
        line(b"CONNECT web: HTTP/1.1"),
        line(b"CONNECT web:0 HTTP/1.1"),
        line(b"CONNECT web:65536 HTTP/1.1"),
        line(b"CONNECT :443 HTTP/1.1"),
        line(b"CONNECT / HTTP/1.1"),
        line(b"CONNECT * HTTP/1.1"),
        line(b"CONNECT http://web:1 HTTP/1.1"),
        line(b"CONNECT me@web:1 HTTP/1.1"),
        fields(b"Content-Length: 1", first=b"CONNECT a:1 HTTP/1.1"),
        fields(b"Transfer-Encoding: chunked", first=b"CONNECT a:1 HTTP/1.1"),
        fields(first=b"CONNECT a:1 HTTP/1.1", host=b""),
    ],
)
def test_connect_that_is_none(raw: bytes) -> None:
    assert RequestHead().scan(raw, 0, Limits(connect=True)) == -400


def test_the_request_line_may_be_as_long_as_the_limit() -> None:
    first = b"GET /" + b"a" * (8192 - 16) + b" HTTP/1.1"
    assert len(first) + 2 == 8192
    assert refused(line(first)) < 0
    assert refused(line(first.replace(b"/", b"/a"))) == 414


@pytest.mark.parametrize(
    ("first", "value", "expect"),
    [
        (b"PUT / HTTP/1.1", b"100-continue", True),
        (b"PUT / HTTP/1.1", b"100-Continue ", True),
        (b"PUT / HTTP/1.0", b"100-continue", False),
    ],
)
def test_expectations(first: bytes, value: bytes, expect: bool) -> None:
    head = scanned(fields(b"Expect: " + value, first=first))
    assert head.expect is expect
    assert b"xpect" not in head.fields_kept()


def test_dtabs_are_read_in_order_and_cut() -> None:
    head = scanned(
        fields(b"l5d-dtab: /a=>/b;", b"L5D-CTX-DTAB: /c => /d", b"X: y", b"L5d-Dtab: /E=>/F")
    )
    assert head.dtab == b"/a=>/b;\n/E=>/F"
    assert head.ctx_dtab == b"/c => /d"
    assert head.fields_kept() == b"Host: web\r\nX: y\r\n"


def test_each_line_of_a_dtab_stays_by_itself() -> None:
    lines = (b"l5d-dtab:", b"l5d-dtab: # why", b"l5d-dtab:", b"l5d-dtab: /a=>/b")
    assert scanned(fields(*lines)).dtab == b"# why\n\n/a=>/b"


def test_dtab_local_is_an_ordinary_field() -> None:
    head = scanned(fields(b"dtab-local: not a dtab", b"Dtab-Local: /a=>/b"))
    assert (head.dtab, head.ctx_dtab) == (b"", b"")
    assert head.fields_kept() == b"Host: web\r\ndtab-local: not a dtab\r\nDtab-Local: /a=>/b\r\n"


def test_dtabs_of_strangers_are_forgotten() -> None:
    head = scanned(fields(b"l5d-dtab: /a=>/b", b"l5d-ctx-dtab: /a=>/b", b"A: b"))
    head.cut_context()
    assert (head.dtab, head.ctx_dtab) == (b"", b"")
    assert head.fields_kept() == b"Host: web\r\nA: b\r\n"


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_length_and_coding_exclude_each_other(version: bytes) -> None:
    both = (b"Content-Length: 5", b"Transfer-Encoding: chunked")
    assert refused(fields(*both, first=b"POST / HTTP/" + version)) == 400
    assert refused(fields(*both[::-1], first=b"POST / HTTP/" + version)) == 400
    alone = -RequestHead().scan(fields(both[1], first=b"POST / HTTP/" + version), 0, Limits())
    assert (alone == 400) == (version == b"1.0")
