"""Any cutting gives the same result, limits hold while a head is incomplete, and time is linear."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.wire.corpus import fields
from tests.wire.strategies import answers, requests, spoiled

from linkerd.wire.chunked import ChunkedReader
from linkerd.wire.http1 import Limits, RequestHead, ResponseHead

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = [Limits(), Limits(19, 40, 3), Limits(40, 90, 5), Limits(16, 9, 1)]


def facts(head: RequestHead | ResponseHead) -> list[object]:
    """All that a scan found, but for the bytes that it was in."""
    slots = [name for kind in type(head).__mro__[:-1] for name in kind.__slots__]  # type: ignore[attr-defined]
    return [getattr(head, name) for name in slots if name not in ("raw", "fault")]


def check_cuts(kind: type[RequestHead] | type[ResponseHead], data: bytes, limits: Limits) -> None:
    """Scan every beginning of the data: 0 until the answer, and then always that answer."""
    whole = kind()
    end = whole.scan(data, 0, limits)
    refused = False
    for stop in range(len(data)):
        head = kind()
        answer = head.scan(data[:stop], 0, limits)
        if answer > 0:
            assert answer == end
            assert facts(head) == facts(whole)
        elif answer < 0:
            assert end < 0, (data[:stop], head.fault)
            assert head.fault
            refused = True
        else:
            assert not refused, "first refused, then not"
            assert end <= 0 or stop < end


@settings(max_examples=400)
@given(spoiled(requests), st.sampled_from(LIMITS))
def test_any_cut_of_a_request(data: bytes, limits: Limits) -> None:
    check_cuts(RequestHead, data, limits)


@settings(max_examples=400)
@given(spoiled(answers), st.sampled_from(LIMITS))
def test_any_cut_of_an_answer(data: bytes, limits: Limits) -> None:
    check_cuts(ResponseHead, data, limits)


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    check_cuts(RequestHead, data, LIMITS[0])
    check_cuts(ResponseHead, data, LIMITS[0])
    check_cuts(ResponseHead, b"HTTP/1.1 200 OK\r\n" + data, LIMITS[0])
    check_cuts(RequestHead, b"GET / HTTP/1.1\r\nHost: a\r\n" + data, LIMITS[0])


@given(spoiled(requests), st.binary(min_size=1, max_size=20), st.binary(max_size=20))
def test_what_is_around_a_head_does_not_matter(data: bytes, before: bytes, behind: bytes) -> None:
    alone, among = RequestHead(), RequestHead()
    end = alone.scan(data, 0, Limits())
    if end > 0:
        assert among.scan(before + data[:end] + behind, len(before), Limits()) == end + len(before)
        assert among.passed_on(among.target, b"\r\n") == alone.passed_on(alone.target, b"\r\n")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"GET / HTTP/1.1\r", 0),
        (b"GET / HTTP/1.12345678901", 0),
        (b"GET / HTTP/1.123456789012", -414),
        (b"GET /aaaaaa HTTP/1.1\r\n", 0),
        (b"GET /aaaaaaaaa HTTP/1.1\r\n", 0),
        (b"GET /aaaaaaaaaa HTTP/1.1\r\n", -414),
        (b"G" * 24, 0),
        (b"G" * 25, -414),
        (b"G" * 30 + b"\r\n", -414),
    ],
)
def test_the_limit_of_the_request_line_is_exact(data: bytes, answer: int) -> None:
    assert RequestHead().scan(data, 0, Limits(25)) == answer


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"HTTP/1.1 200 " + b"a" * 10 + b"\r\n", 0),
        (b"HTTP/1.1 200 " + b"a" * 11 + b"\r\n", -502),
        (b"HTTP/1.1 200 " + b"a" * 11, 0),
        (b"HTTP/1.1 200 " + b"a" * 12, -502),
    ],
)
def test_the_limit_of_the_status_line_is_exact(data: bytes, answer: int) -> None:
    assert ResponseHead().scan(data, 0, Limits(25)) == answer


def test_an_unfinished_head_is_refused_when_it_is_too_large() -> None:
    limits = Limits(100, 60, 3)
    block = b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"b" * 46 + b"\r\n"
    assert RequestHead().scan(block + b"\r", 0, limits) == 0
    assert RequestHead().scan(block + b"ab", 0, limits) == -431
    assert RequestHead().scan(b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 3, 0, limits) == 0
    assert RequestHead().scan(b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 4, 0, limits) == -431


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([b"a: b", b" c"], "a folded header line"),
        ([b"\tc"], "a folded header line"),
        ([b"a: b\nc: d"], "a header line that does not end with CR LF"),
        ([b"a: b\rc: d"], "a bare CR in a header line"),
        ([b"a: \0"], "a NUL in a header line"),
        ([b"a"], "a header line that is not name:value"),
        ([b"a: b", b"c : d", b" e"], "a header line that is not name:value"),
    ],
)
def test_the_reason_names_the_first_bad_line(lines: list[bytes], why: str) -> None:
    head = RequestHead()
    assert head.scan(fields(*lines), 0, Limits()) == -400
    assert head.fault == why


def test_an_unfinished_bad_line_is_refused_at_once() -> None:
    for rest, why in (
        (b" a", "a folded header line"),
        (b"a b", "not name:value"),
        (b"a:\0", "a NUL"),
    ):
        head = RequestHead()
        assert head.scan(b"GET / HTTP/1.1\r\n" + rest, 0, Limits()) == -400
        assert why in head.fault


WIDE = Limits(70000, 70000, 100000)
MANY = 65000
GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
HEXES = [b"%x" % number for number in range(11000)]
OPTIONS = b"Connection: " + b"a," * 16000 + b"\r\n" + b"a:b\r\n" * 6000 + b"\r\n"
HOSTILE = {
    "digits of a version": b"GET / HTTP/" + b"1" * MANY + b"x\r\n\r\n",
    "dots of a version": b"GET / HTTP/22" + b"." * MANY + b"x\r\n\r\n",
    "spaces for a line": b" " * MANY + b"\r\n\r\n",
    "a method": b"A" * MANY + b" /",
    "a target": b"GET /" + b"a" * MANY,
    "slashes for an authority": b"GET http:" + b"/" * 60000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "a scheme": b"GET " + b"http" * 15000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "an authority": b"GET http://" + b"%aa" * 20000 + b"% HTTP/1.1\r\nHost: a\r\n\r\n",
    "a CONNECT": b"CONNECT " + b"a:" * 30000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "a Host": b"GET / HTTP/1.1\r\nHost: " + b"a" * MANY + b"!\xff\r\n\r\n",
    "escapes of a Host": b"GET / HTTP/1.1\r\nHost: " + b"%aa" * 21000 + b"%\r\n\r\n",
    "colons of a Host": b"GET / HTTP/1.1\r\nHost: [" + b":" * MANY + b"]\r\n\r\n",
    "options of Connection": GET + b"Connection: " + b"a," * 32000 + b"\r\n\r\n",
    "options and fields": GET + OPTIONS,
    "different options": GET + b"Connection: %b\r\n\r\n" % b",".join(HEXES),
    "Connections": GET + b"Connection: a\r\n" * 2000 + b"a:b\r\n" * 6000 + b"\r\n",
    "Vias": GET + b"via:a\r\n" * 9000 + b"\r\n",
    "dtabs": GET + b"l5d-dtab:a\r\n" * 5000 + b"\r\n",
    "fields": GET + b"a:\r\n" * 16000 + b"\r\n",
    "fields and a bad one": GET + b"a:\r\n" * 12000 + b"\0\r\n\r\n",
    "fields and no end": GET + b"a:\r\n" * 16000,
    "colons": GET + b":" * MANY,
    "a name": GET + b"a" * MANY,
    "spaces of a value": GET + b"a:" + b" " * MANY + b"\r",
    "spaces of a length": GET + b"content-length:" + b" " * MANY + b"\r\n\r\n",
    "digits of a length": GET + b"content-length:" + b"9" * MANY + b"\r\n\r\n",
    "line ends": GET + b"\r" * MANY,
}  # fmt: skip
HOSTILE_ANSWERS = {
    "spaces of a reason": b"HTTP/1.1 200 " + b" " * MANY,
    "a bad reason": b"HTTP/1.1 200 " + b" " * MANY + b"\0\r\n",
    "digits of a status": b"HTTP/1.1 " + b"2" * MANY + b"\r\n",
    "options": b"HTTP/1.1 204 \r\n" + OPTIONS,
}  # fmt: skip
HOSTILE_BODIES = {
    "tiny chunks": b"1\r\nx\r\n" * 10900 + b"0\r\n\r\n",
    "long extensions": (b"1;" + b" ;" * 120 + b"\r\nx\r\n") * 260,
    "one extension": b"1;" + b" ;" * 32000,
    "spaces": b"1" + b" " * MANY,
    "zeros": b"0" * MANY,
    "trailers": b"0\r\n" + b"a:b\r\n" * 13000 + b"\r\n",
    "a trailer": b"0\r\na:" + b" " * MANY,
}


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of the fastest of a few runs."""
    best = 1e9
    for _ in range(3):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_takes_linear_time(name: str) -> None:
    data = HOSTILE[name]
    assert seconds(lambda: RequestHead().scan(data, 0, WIDE)) < 0.05


@pytest.mark.parametrize("name", HOSTILE_ANSWERS)
def test_a_hostile_answer_takes_linear_time(name: str) -> None:
    data = HOSTILE_ANSWERS[name]
    assert seconds(lambda: ResponseHead().scan(data, 0, WIDE)) < 0.05


@pytest.mark.parametrize("name", HOSTILE_BODIES)
def test_a_hostile_body_takes_linear_time(name: str) -> None:
    data = HOSTILE_BODIES[name]
    assert seconds(lambda: ChunkedReader(Limits()).feed(data, 0)) < 0.05
