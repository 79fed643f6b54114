"""Two independent readers of HTTP/1.1 read what we accept, and what we pass on, as we do.

Whatever we accept, `h11` and `h11r` give the same method, target, fields and body for, both for the
bytes that came and for those that go on; what is left out on the way is exactly what must not pass.

Stricter than they are, always by refusing: bare LF, folded lines, control bytes in values,
fragments in targets, Host with anything but a host and a port, absolute forms of other schemes,
Connection options that are no tokens or that name end-to-end fields, several equal
Content-Lengths, Content-Length beside Transfer-Encoding, codings in HTTP/1.0, other major
versions, expectations that nobody knows, statuses below 100, interim answers with a body, chunk
sizes of more than 15 digits.

Laxer than one or the other: see `LAXER`, with the reasons.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import h11
import h11r
import pytest
from hypothesis import event, find, given, settings
from hypothesis import strategies as st
from tests.wire.corpus import BROKEN_BODIES, MALFORMED
from tests.wire.corpus_answers import ODD_ANSWERS
from tests.wire.corpus_odd import ODD
from tests.wire.strategies import FIRST, STATUS, answers, chunked_bodies, heads, requests, spoiled

from linkerd.wire.chunked import ChunkedReader, chunk, last_chunk
from linkerd.wire.fields import CUT, TOKEN
from linkerd.wire.http1 import Limits, RequestHead, ResponseHead

Fields = list[tuple[bytes, bytes]]


class Message(NamedTuple):
    """What a reader made of some bytes. `first` is method and target, or the status."""

    first: tuple[bytes | int, ...]
    fields: Fields
    body: bytes
    complete: bool


def read_with(peer: Any, connection: Any, data: bytes, end: bool = False) -> Message | None:
    """The first message as `h11` or `h11r` reads it; None if it refuses."""
    first: tuple[bytes | int, ...] = ()
    found: Fields = []
    body = b""
    try:
        connection.receive_data(data)
        if end:
            connection.receive_data(b"")
        while True:
            seen = connection.next_event()
            if isinstance(seen, peer.Request):
                first = (bytes(seen.method), bytes(seen.target))
            elif isinstance(seen, (peer.Response, peer.InformationalResponse)):
                first = (seen.status_code,)
            elif isinstance(seen, peer.Data):
                body += bytes(seen.data)
                continue
            elif isinstance(seen, peer.EndOfMessage):
                return Message(first, found, body, True)
            else:
                return Message(first, found, body, False)
            raw = seen.headers.raw_items() if peer is h11 else seen.headers
            found = [(bytes(name), bytes(value)) for name, value in raw]
            if isinstance(seen, peer.InformationalResponse):
                return Message(first, found, b"", True)
    except peer.RemoteProtocolError:
        return None


def as_server(data: bytes) -> list[Message | None]:
    """How both peers read a request."""
    one = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    two = h11r.Connection(h11r.Role.SERVER, max_head_bytes=1 << 20, max_header_count=1000)
    return [read_with(h11, one, data), read_with(h11r, two, data)]


def as_client(data: bytes) -> list[Message | None]:
    """How both peers read an answer to a GET, whose sender closes behind it."""
    one = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    one.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    one.send(h11.EndOfMessage())
    two = h11r.Connection(h11r.Role.CLIENT, max_head_bytes=1 << 20, max_header_count=1000)
    two.send_request("GET", "/", [("Host", "a")])
    two.end_of_message()
    return [read_with(h11, one, data, True), read_with(h11r, two, data, True)]


def body_of(head: RequestHead | ResponseHead, data: bytes, end: int) -> tuple[bytes, bytes] | None:
    """The body as we read it and as we write it; None if it is malformed or not complete."""
    if head.chunked:
        reader = ChunkedReader()
        if reader.feed(data, end) < 0 or not reader.done:
            return None
        payload = reader.payload()
        return payload, (chunk(payload) if payload else b"") + last_chunk(reader.trailers)
    if head.length > len(data) - end:
        return None
    payload = data[end : end + head.length] if head.length > 0 else b""
    return payload, payload


def end_to_end(found: Fields) -> Fields:
    """The fields that must pass: not hop by hop, not named by Connection, not ours to set."""
    named = {
        option.strip().lower()
        for name, value in found
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    return [(n, v) for n, v in found if n.lower() not in CUT and n.lower() not in named]


# What a peer may refuse although we take it.
LAXER = {
    # RFC 9110 2.5: to be read as the highest version that one knows. It is passed on as HTTP/1.1.
    "a minor version above 1": re.compile(rb"(?:[^\r]* )?HTTP/1\.[2-9][ \r]"),
    # RFC 9110 15: to be read as x00 of its class; servers out there use 999.
    "a status above 599": re.compile(rb"HTTP/1\.[0-9] [6-9]"),
    # RFC 9112 7.1.1 has white space before the semicolon; old servers pad the size with it. All who
    # take it read the same size, and it is not passed on.
    "white space behind a chunk size": re.compile(rb"(?s:.*)\r\n0*[0-9A-Fa-f]+[\t ]+[;\r]"),
    # Extensions are bounded and dropped, so their grammar does not matter here.
    "an extension that is not name=value": re.compile(
        rb"(?s:.*)\r\n[0-9A-Fa-f]+(?=;)(?!"
        rb"(?:;[\t ]*%(t)b(?:[\t ]*=[\t ]*(?:%(t)b|\"[^\"\r]*\"))?)*\r)" % {b"t": TOKEN.pattern}
    ),
    # The body is complete, these are bytes of what comes next; h11r takes them for a folded
    # trailer.
    "white space behind trailers": re.compile(rb"(?s:.*)\r\n\r\n[\t ]"),
}


def check_laxer(data: bytes) -> None:
    """A peer refused what we take: the list must have the reason."""
    assert [why for why, pattern in LAXER.items() if pattern.match(data)], data


def check_request(data: bytes) -> bool:
    """Compare, if we accept the request; whether we do."""
    head = RequestHead()
    end = head.scan(data, 0, Limits())
    if end <= 0:
        return False
    body = body_of(head, data, end)
    if body is None:
        return False
    payload, written = body
    line = data[: data.index(b"\r\n")].split(b" ")
    framing = b"Transfer-Encoding: chunked\r\n" if head.chunked else b""
    forwarded = head.passed_on(head.target, framing + b"Via: x\r\n\r\n") + written
    for came, goes in zip(as_server(data), as_server(forwarded + b"GET /"), strict=True):
        assert goes is not None, forwarded
        assert goes.body == payload
        if came is None:
            check_laxer(data)
            continue
        assert came.first == (head.method, line[1])
        assert goes.first == (head.method, head.target)
        assert came.body == payload
        assert came.complete
        assert goes.complete
        fields = end_to_end(came.fields)
        if head.scheme:
            others = [(n, v) for n, v in fields if n.lower() != b"host"]
            fields = [(b"Host", head.host), *others]
        added = [(b"Transfer-Encoding", b"chunked")] if head.chunked else []
        assert goes.fields == [*fields, *added, (b"Via", b"x")]
    return True


def check_answer(data: bytes) -> bool:
    """Compare, if we accept the answer; whether we do."""
    head = ResponseHead()
    end = head.scan(data, 0, Limits())
    if end <= 0 or head.status == 101:
        return False
    bodyless = head.status < 200 or head.status in (204, 304)
    body = (b"", b"") if bodyless else body_of(head, data, end)
    if body is None:
        return False
    payload, written = body
    if not bodyless and not head.chunked and head.length < 0:
        payload = written = data[end:]
    framing = b"Transfer-Encoding: chunked\r\n" if head.chunked else b""
    forwarded = head.passed_on(framing + b"Via: x\r\n\r\n") + written
    for came, goes in zip(as_client(data), as_client(forwarded), strict=True):
        if goes is None:
            assert head.status > 599, forwarded
            continue
        assert goes.body == payload
        if came is None:
            check_laxer(data)
            continue
        assert came.first == goes.first == (head.status,)
        assert came.body == payload
        assert came.complete
        assert goes.complete
        fields = end_to_end(came.fields)
        if head.status == 204 or head.status < 200:
            fields = [(n, v) for n, v in fields if n.lower() != b"content-length"]
        added = [(b"Transfer-Encoding", b"chunked")] if head.chunked else []
        assert goes.fields == [*fields, *added, (b"Via", b"x")]
    return True


CHUNKED_REQUEST = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED_ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@settings(max_examples=1500)
@given(st.one_of(requests, spoiled(requests)))
def test_requests(data: bytes) -> None:
    event("accepted" if check_request(data) else "refused")


@settings(max_examples=1500)
@given(st.one_of(answers, spoiled(answers)))
def test_answers(data: bytes) -> None:
    event("accepted" if check_answer(data) else "refused")


@settings(max_examples=500)
@given(st.one_of(chunked_bodies(), spoiled(chunked_bodies())))
def test_chunked_bodies(body: bytes) -> None:
    event("accepted" if check_request(CHUNKED_REQUEST + body) else "refused")
    check_answer(CHUNKED_ANSWER + body)


@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
def test_odd_requests(case: Any) -> None:
    assert check_request(case.raw)


@pytest.mark.parametrize("case", ODD_ANSWERS, ids=lambda case: case.name)
def test_odd_answers(case: Any) -> None:
    body = b"0\r\n\r\n" if case.chunked else b"x" * max(case.length, 0)
    assert check_answer(case.raw + body)


def test_the_strategies_find_what_is_accepted() -> None:
    find(heads(FIRST), lambda data: check_request(data) and b"chunked" in data)
    find(heads(STATUS), lambda data: check_answer(data) and b"X-Hop" in data)


@pytest.mark.parametrize("case", [*MALFORMED, *BROKEN_BODIES], ids=lambda case: case.name)
def test_nothing_malformed_is_compared_at_all(case: Any) -> None:
    assert not check_request(case.raw)


SAMPLES = {
    "a minor version above 1": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    "a status above 599": b"HTTP/1.1 999 No\r\n\r\n",
    "white space behind a chunk size": CHUNKED_REQUEST + b"0 ;a\r\n\r\n",
    "an extension that is not name=value": CHUNKED_REQUEST + b"0;a=b;\r\n\r\n",
    "white space behind trailers": CHUNKED_ANSWER + b"0\r\nA: b\r\n\r\n\t",
}


@pytest.mark.parametrize("why", LAXER)
def test_every_reason_is_needed(why: str) -> None:
    sample = SAMPLES[why]
    assert LAXER[why].match(sample)
    if sample.startswith(b"HTTP"):
        assert None in as_client(sample)
        assert check_answer(sample)
    else:
        assert None in as_server(sample)
        assert check_request(sample)
