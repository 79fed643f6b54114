"""The chunked coding: read in any pieces, bounded everywhere, trailers filtered, and written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.wire.strategies import chunked_bodies, cuts, spoiled

from linkerd.wire.chunked import (
    MAX_TRAILER_FIELDS,
    ChunkedReader,
    chunk,
    kept_trailers,
    last_chunk,
)
from linkerd.wire.head import Limits

MAX_LINE = Limits().chunk_line
MAX_TRAILERS = Limits().trailers


def read(*pieces: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Payload, trailers and what is left behind the body; None if it is malformed."""
    reader = ChunkedReader(Limits())
    payload = b""
    for index, piece in enumerate(pieces):
        at = reader.feed(piece, 0)
        if at < 0:
            assert reader.fault
            assert not reader.done
            return None
        payload += reader.payload()
        if reader.done:
            return payload, reader.trailers, piece[at:] + b"".join(pieces[index + 1 :])
        assert at == len(piece)
    return payload, b"<unfinished>", b""


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"0\r\n\r\n", b""),
        (b"000\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5\r\nhello\r\n000006\r\n world\r\n0\r\n\r\n", b"hello world"),
        (
            b"A\r\n0123456789\r\nb\r\n\r\n0\r\n\r\n56\r\n\r\n0\r\n\r\n",
            b"0123456789\r\n0\r\n\r\n56\r\n",
        ),
        (b'5;a=b;c="d e"\r\nhello\r\n0;x\r\n\r\n', b"hello"),
        (b'5 \t;\ta =\t"\\"" \r\nhello\r\n0 \r\n\r\n', b"hello"),
        (b"000000000000005\r\nhello\r\n0\r\n\r\n", b"hello"),
    ],
)
def test_bodies(body: bytes, payload: bytes) -> None:
    assert read(body + b"next") == (payload, b"", b"next")
    assert read(*[body[i : i + 1] for i in range(len(body))], b"next") == (payload, b"", b"next")


@settings(max_examples=300)
@given(st.data())
def test_any_cut_of_a_good_body(data: st.DataObject) -> None:
    body = data.draw(chunked_bodies())
    whole = read(body, b"next")
    assert whole is not None
    assert whole[2] == b"next"
    assert read(*data.draw(cuts(body + b"next"))) == whole


@settings(max_examples=500)
@given(st.data())
def test_any_cut_of_a_spoiled_body(data: st.DataObject) -> None:
    body = data.draw(spoiled(chunked_bodies()))
    assert read(*data.draw(cuts(body))) == read(body)


def test_bytes_before_the_body_are_left_alone() -> None:
    reader = ChunkedReader(Limits())
    assert reader.feed(b"head5\r\nhe", 4) == 9
    assert reader.payload() == b"he"
    assert reader.feed(b"xxllo\r", 2) == 6
    assert reader.payload() == b"llo"
    assert reader.feed(b"y\n0\r\n\r\nz", 1) == 7
    assert reader.done


def test_a_piece_that_is_all_payload_is_not_copied() -> None:
    reader = ChunkedReader(Limits())
    reader.feed(b"ffff\r\n", 0)
    data = b"x" * 1000
    reader.feed(data, 0)
    assert reader.payload() is data


def test_the_size_line_has_a_limit() -> None:
    longest = b"5;" + b"a" * (MAX_LINE - 4) + b"\r\n"
    assert len(longest) == MAX_LINE
    assert read(longest + b"hello\r\n0\r\n\r\n") == (b"hello", b"", b"")
    assert read(longest[:-1], longest[-1:] + b"hello") == (b"hello", b"<unfinished>", b"")
    assert read(b"5;a" + longest[2:]) is None
    assert read(b"5;a" + longest[2:-2]) == (b"", b"<unfinished>", b"")
    assert read(b"5;a" + longest[2:-1]) is None


def test_the_trailers_have_a_limit_of_size() -> None:
    longest = b"a: " + b"b" * (MAX_TRAILERS - 7) + b"\r\n\r\n"
    assert len(longest) == MAX_TRAILERS
    assert read(b"0\r\n" + longest) == (b"", longest[:-2], b"")
    assert read(b"0\r\n" + longest[:-1], b"\n") == (b"", longest[:-2], b"")
    assert read(b"0\r\na" + longest) is None
    assert read(b"0\r\na" + longest[:-1]) is None


def test_the_trailers_have_a_limit_of_number() -> None:
    block = b"a: b\r\n" * MAX_TRAILER_FIELDS
    assert read(b"0\r\n" + block + b"\r\n") == (b"", block, b"")
    assert read(b"0\r\n" + block, b"\r\n") == (b"", block, b"")
    assert read(b"0\r\n" + block + b"c:\r\n\r\n") is None
    assert read(b"0\r\n" + block + b"c:\r\n") is None


def test_a_bad_trailer_is_refused_before_its_end() -> None:
    assert read(b"0\r\n b") is None
    assert read(b"0\r\na\0") is None


@pytest.mark.parametrize("name", [
    "Transfer-Encoding", "Content-Length", "Host", "Connection", "TE", "Trailer", "Via", "Upgrade",
    "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "WWW-Authenticate", "Expect",
    "Cache-Control", "Max-Forwards", "Range", "If-Match", "If-None-Match", "Content-Encoding",
    "Content-Type", "Content-Range", "Date", "Expires", "Location", "Retry-After", "Vary", "Age",
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Client-Cert", "l5d-dtab", "L5D-Anything",
])  # fmt: skip
def test_trailers_that_are_not_passed_on(name: str) -> None:
    line = name.encode() + b": x\r\n"
    assert kept_trailers(b"A: b\r\n" + line + b"c:d\r\n") == b"A: b\r\nc:d\r\n"


def test_other_trailers_are_passed_on_as_written() -> None:
    block = b"ETag: w\r\nx-sum:1: 2\r\nGrpc-Status:  0 \r\nContent-MD5: a\r\n"
    assert kept_trailers(block) == block


@given(st.lists(st.binary(min_size=1, max_size=300)), st.sampled_from([b"", b"a: b\r\n"]))
def test_what_is_written_can_be_read(pieces: list[bytes], trailers: bytes) -> None:
    body = b"".join(chunk(piece) for piece in pieces) + last_chunk(trailers)
    assert read(body) == (b"".join(pieces), trailers, b"")
