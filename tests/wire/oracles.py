"""Two independent readers of HTTP/1.1, `h11` and `h11r`, and how they are compared with ours.

`check_request` and `check_answer` fail if what we accept, or what we pass on of it, is read
differently by either; `LAXER` has what they may refuse although we take it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import h11
import h11r

from linkerd.wire.chunked import ChunkedReader, chunk, last_chunk
from linkerd.wire.fields import CUT
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
        reader = ChunkedReader(Limits())
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
    kept = [(n, v) for n, v in found if n.lower() not in CUT and n.lower() not in named]
    return [(n, b"%d" % int(v)) if n.lower() == b"content-length" else (n, v) for n, v in kept]


# What a peer may refuse although we take it.
LAXER = {
    # RFC 9110 2.5: to be read as the highest version that one knows. It is passed on as HTTP/1.1.
    "a minor version above 1": re.compile(rb"(?:[^\r]* )?HTTP/1\.[2-9][ \r]"),
    # RFC 9110 15: to be read as x00 of its class; servers out there use 999.
    "a status above 599": re.compile(rb"HTTP/1\.[0-9] [6-9]"),
    # RFC 9112 7.1.1 has white space around extensions; old servers pad the size with it. All who
    # take it read the same size, and it is not passed on.
    "white space behind a chunk size": re.compile(rb"(?s:.*)\r\n0*[0-9A-Fa-f]+(?:;[^\r\n]*)?[\t ]"),
    # They are read over and dropped, as RFC 9110 6.5.1 has it; h11 looks at their values.
    "framing fields among the trailers": re.compile(
        rb"(?is:.*\n0+(?![0-9a-f])[^\r]*\r\n.*(?:content-length|transfer-encoding):)"
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
