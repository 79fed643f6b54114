"""What is fuzzed: functions that take any bytes and fail if HTTP/1.1 is not held.

`request`, `answer` and `chunked` are the readers alone; `stream` and `endpoint` a whole proxy in
memory, asked by a client or answered by a back end that sends the bytes. Everywhere the verdict
must not depend on how the bytes are cut, nothing may be passed on that `h11` frames otherwise, and
what we refuse although `h11` takes it must have a reason in `tests.wire.reasons`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

import h11
from tests.wire.corpus_endpoint import GET, HEAD
from tests.wire.oracles import (
    CHUNKED_ANSWER,
    CHUNKED_REQUEST,
    LAXER,
    check_answer,
    check_request,
)
from tests.wire.reasons import check, check_body
from tests.wire.through import Seen, Through

from linkerd.wire.chunked import ChunkedReader
from linkerd.wire.http1 import Limits, RequestHead, ResponseHead
from linkerd.wire.incomplete import empty_lines

if TYPE_CHECKING:
    from collections.abc import Callable

# A proxy is renewed after so many cases: what its peers keep for tests is never given up.
CASES = 500
LIMITS = Limits()


def pieces(data: bytes) -> list[bytes]:
    """The bytes, cut where their checksum says, so that a case is always the same."""
    places = {crc32(data + b"%d" % i) % len(data) for i in range(crc32(data) % 8)} if data else ()
    ends = sorted({*places, 0, len(data)})
    return [data[a:b] for a, b in pairwise(ends)]


def check_cuts(cls: type[RequestHead | ResponseHead], data: bytes) -> None:
    """A head is found, or refused, wherever the bytes are cut; never both."""
    whole = cls().scan(data, 0, LIMITS)
    stop = 0
    for piece in pieces(data):
        stop += len(piece)
        part = cls().scan(data[:stop], 0, LIMITS)
        if part > 0:
            assert part == whole, data[:stop]
        elif part < 0:
            assert whole < 0, data[:stop]
        else:
            assert whole <= 0 or whole > stop, data[:stop]


def request(data: bytes) -> None:
    """A request's head and body."""
    check_cuts(RequestHead, data)
    check_request(data)
    if 0 < len(data) < LIMITS.line and data[:2] != b"\r\n":
        check(data, True)


def answer(data: bytes) -> None:
    """An answer's head and body."""
    check_cuts(ResponseHead, data)
    check_answer(data)
    if 0 < len(data) < LIMITS.line:
        check(data, False)


def chunked(data: bytes) -> None:
    """A chunked body and what follows it."""
    whole = ChunkedReader(LIMITS)
    end = whole.feed(data, 0)
    payload = whole.payload()
    cut = ChunkedReader(LIMITS)
    got = b""
    at = 0
    for piece in pieces(data):
        used = cut.feed(piece, 0)
        if used < 0:
            break
        got += cut.payload()
        at += used
        if cut.done:
            break
    assert (cut.done, bool(cut.fault), cut.trailers) == (
        whole.done,
        bool(whole.fault),
        whole.trailers,
    )
    if not whole.fault:
        assert (got, at) == (payload, end)
    check_request(CHUNKED_REQUEST + data)
    check_answer(CHUNKED_ANSWER + data)
    if len(data) < LIMITS.chunk_line:
        check_body(data)


def requests_of(data: bytes) -> list[Seen]:
    """The requests in a client's bytes, as far as `h11` reads them."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    reader.receive_data(data)
    found: list[Seen] = []
    try:
        while True:
            event = reader.next_event()
            if isinstance(event, h11.Request):
                first = (bytes(event.method), bytes(event.target))
                body = b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                found.append(Seen(*first, body))
                left = reader.trailing_data[0].lstrip(b"\r\n")
                reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
                reader.receive_data(left)
            else:
                return found
    except h11.RemoteProtocolError:
        return found


class Proxied:
    """A proxy that is renewed in time."""

    def __init__(self) -> None:
        self.through: Through | None = None
        self.cases = 0

    def get(self) -> Through:
        """The proxy for one more case."""
        if self.through is None or self.cases >= CASES:
            self.through = Through()
            self.cases = 0
        self.cases += 1
        return self.through


asked = Proxied()
answered = Proxied()


def stream(data: bytes) -> None:
    """A client's bytes through a whole proxy."""
    if not data:
        return
    whole = asked.get().requests([data])
    cut = asked.get().requests(pieces(data))
    assert whole.unclean == cut.unclean == []
    assert (whole.seen, whole.closed) == (cut.seen, cut.closed)
    # What is wrong in two ways may be refused for either, by what is seen first.
    assert [min(each, 400) for each in whole.answers] == [min(each, 400) for each in cut.answers]
    start = data[empty_lines(data) :]
    if any(pattern.match(start) for pattern in LAXER.values()):
        return
    # The proxy answers some itself; what it forwards must be among those, in their order.
    expected = iter(requests_of(start))
    for ours in whole.seen:
        assert any(is_same(ours, theirs) for theirs in expected), ours


def is_same(ours: Seen, theirs: Seen) -> bool:
    """Whether the back end saw this request; the form of its target may have changed."""
    absolute = theirs.target[:4].lower() == b"http"
    return (ours.method, ours.body) == (theirs.method, theirs.body) and (
        absolute or ours.target == theirs.target
    )


def endpoint(data: bytes) -> None:
    """A back end's bytes through a whole proxy, as the answer to a GET or a HEAD."""
    ask = HEAD if crc32(data) & 1 else GET
    end = ("", "close", "abort")[crc32(data) % 3]
    whole = answered.get().answer(ask, [data] if data else [], end)
    cut = answered.get().answer(ask, pieces(data), end)
    if whole.status == 502 or cut.status == 502:
        # In pieces, the head may have gone on before the rest proved broken.
        assert whole.status == 502 or not whole.complete
        assert cut.status == 502 or not cut.complete
    else:
        assert (whole.status, whole.body, whole.complete) == (cut.status, cut.body, cut.complete)
        assert whole.kept == cut.kept


TARGETS: dict[str, Callable[[bytes], None]] = {
    "request": request,
    "answer": answer,
    "chunked": chunked,
    "stream": stream,
    "endpoint": endpoint,
}
