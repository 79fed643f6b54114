"""Answers: what is passed on of them, what ends a connection, and what peers say in them."""

from __future__ import annotations

import pytest
from tests.wire.corpus_answers import answer

from linkerd.wire.http1 import Limits, ResponseHead


def scanned(raw: bytes) -> ResponseHead:
    """The head of an answer that is good."""
    head = ResponseHead()
    assert head.scan(raw, 0, Limits()) == len(raw), head.fault
    return head


def test_an_answer() -> None:
    head = scanned(answer(b"Content-Length: 12", first=b"HTTP/1.1 201 Made it"))
    assert (head.status, head.version, head.length, head.close) == (201, 11, 12, False)


def test_what_needs_no_change_is_passed_on_as_it_was_written() -> None:
    raw = answer(b"SERVER:x", b"Date:  now ", b"set-cookie: a", b"Set-Cookie: b")
    assert scanned(raw).passed_on(b"\r\n") == raw


@pytest.mark.parametrize("version", [b"1.0", b"1.2"])
def test_the_version_is_ours(version: bytes) -> None:
    head = scanned(answer(b"A: b", b"Connection: close", first=b"HTTP/" + version + b" 404 No no"))
    assert head.version == (10 if version == b"1.0" else 11)
    assert head.passed_on(b"\r\n") == b"HTTP/1.1 404 No no\r\nA: b\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "written"),
    [
        (b"HTTP/1.1 200", b"HTTP/1.1 200 \r\n"),
        (b"HTTP/1.0 200", b"HTTP/1.1 200 \r\n"),
        (b"HTTP/1.0 200 ", b"HTTP/1.1 200 \r\n"),
        (b"HTTP/1.1 200  ", b"HTTP/1.1 200  \r\n"),
        (b"HTTP/1.0 200 a", b"HTTP/1.1 200 a\r\n"),
    ],
)
def test_the_second_space_is_always_written(first: bytes, written: bytes) -> None:
    assert scanned(answer(b"A: b", first=first)).passed_on(b"\r\n") == written + b"A: b\r\n\r\n"


def test_an_answer_behind_another_one() -> None:
    one, two = answer(first=b"HTTP/1.0 100"), answer(b"TE: x", b"A: b", first=b"HTTP/1.0 201")
    head = ResponseHead()
    assert head.scan(one + two, len(one), Limits()) == len(one + two)
    assert head.passed_on(b"\r\n") == b"HTTP/1.1 201 \r\nA: b\r\n\r\n"


@pytest.mark.parametrize("length", [b"0", b"5"])
def test_an_answer_204_has_no_length_and_its_connection_is_not_trusted(length: bytes) -> None:
    lines = (b"A: b", b"Content-Length: " + length, b"Connection: q", b"Q: r", b"C: d")
    head = scanned(answer(*lines, first=b"HTTP/1.1 204 No"))
    assert head.length == -1
    assert head.close == (length != b"0")
    assert head.passed_on(b"\r\n") == b"HTTP/1.1 204 No\r\nA: b\r\nC: d\r\n\r\n"


def test_an_answer_204_is_not_chunked() -> None:
    head = scanned(answer(b"Transfer-Encoding: chunked", first=b"HTTP/1.1 204 No"))
    assert (head.chunked, head.close) == (False, True)


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_an_interim_answer_has_no_body(status: int) -> None:
    first = b"HTTP/1.1 %d Wait" % status
    bare = first + b"\r\n\r\n"
    assert scanned(answer(b"Content-Length: 0", first=first)).passed_on(b"\r\n") == bare
    for field in (b"Content-Length: 1", b"Transfer-Encoding: chunked"):
        assert ResponseHead().scan(answer(field, first=first), 0, Limits()) == -502


@pytest.mark.parametrize("status", [200, 201, 203, 205, 206, 304, 500])
def test_other_answers_keep_their_length(status: int) -> None:
    raw = answer(b"Content-Length: 5", first=b"HTTP/1.1 %d X" % status)
    head = scanned(raw)
    assert (head.length, head.close) == (5, False)
    assert head.passed_on(b"\r\n") == raw


@pytest.mark.parametrize(
    ("first", "line", "nack"),
    [
        (b"HTTP/1.1 503 Busy", b"finagle-http-nack: true", True),
        (b"HTTP/1.1 503 Busy", b"Retry-After: 0", True),
        (b"HTTP/1.1 503 Busy", b"Retry-After: 1", False),
        (b"HTTP/1.1 500 Bad", b"Retry-After: 0", False),
    ],
)
def test_finagle_says_that_it_did_nothing(first: bytes, line: bytes, nack: bool) -> None:
    head = scanned(answer(line, first=first))
    assert head.nack is nack
    assert line in head.fields_kept()


@pytest.mark.parametrize(("value", "retryable"), [(b"true", True), (b"TRUE ", True), (b"1", False)])
def test_linkerd_says_that_it_may_be_tried_again(value: bytes, retryable: bool) -> None:
    assert scanned(answer(b"L5d-Retryable: " + value)).retryable is retryable


@pytest.mark.parametrize("start", [b"", b"H", b"HTTP/", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r"])
def test_the_beginning_of_an_answer(start: bytes) -> None:
    assert ResponseHead().scan(start, 0, Limits()) == 0


@pytest.mark.parametrize("start", [b"h", b"\r", b"HTTQ", b"220 smtp", b"\0"])
def test_the_beginning_of_something_else(start: bytes) -> None:
    assert ResponseHead().scan(start, 0, Limits()) == -502


ABOUT = (b"content-ENCODING: gzip", b"Content-MD5: x", b"Digest: y", b"Content-Digest: z")


@pytest.mark.parametrize("framing", [b"Content-Length: 7", b"Transfer-Encoding: chunked", b"B: c"])
@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK"])
def test_another_body(framing: bytes, first: bytes) -> None:
    if framing.startswith(b"T") and first == b"HTTP/1.0 200 OK":
        return
    head = scanned(answer(b"A: b", framing, *ABOUT, b"ETag: e", first=first))
    head.reframe(31)
    assert (head.length, head.chunked) == (31, False)
    kept = b"B: c\r\n" if framing == b"B: c" else b""
    assert head.passed_on(b"\r\n") == (
        b"HTTP/1.1 200 OK\r\nA: b\r\n" + kept + b"ETag: e\r\nContent-Length: 31\r\n\r\n"
    )


def test_no_body_any_more() -> None:
    head = scanned(answer(b"A: b", b"Content-Length: 7", first=b"HTTP/1.1 304 Not"))
    head.reframe(-1)
    assert head.length == -1
    assert head.passed_on(b"\r\n") == b"HTTP/1.1 304 Not\r\nA: b\r\n\r\n"
