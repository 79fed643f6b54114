"""Frames: cut anywhere, joined once, large ones in pieces, garbage refused at the first bytes."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.router.calls import filled

from linkerd.wire.thrift_frames import HEAD, MORE, PIECE, REFUSED, WHOLE, FrameReader
from linkerd.wire.thrift_message import CALL, REPLY, ThriftLimits, framed, message_head
from linkerd.wire.thrift_values import BINARY, COMPACT, OLD
from linkerd.wire.ttwitter import RequestHeader

LIMITS = ThriftLimits(frame=100_000, whole=200)
CALL_HEAD = message_head(BINARY, CALL, b"ping", 1)
PING = framed(CALL_HEAD, b"\0")


def all_of(reader: FrameReader, pieces: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Name and body of every message in the bytes, which must all be good."""
    found: list[tuple[bytes, bytes]] = []
    for piece in pieces:
        reader.take(piece)
        verdict = reader.next()
        while verdict != MORE:
            assert verdict != REFUSED, reader.fault
            if verdict == PIECE:
                name, body = found.pop()
                found.append((name, body + reader.piece))
            else:
                message = reader.message
                assert message is not None
                assert (verdict == WHOLE) == (reader.left == 0)
                found.append((message.name, message.raw[message.body : message.stop]))
            verdict = reader.next()
    assert reader.between()
    assert reader.data == b""
    return found


calls = st.tuples(
    st.sampled_from([BINARY, OLD, COMPACT]),
    st.from_regex(rb"[a-zA-Z_]{1,30}", fullmatch=True),
    st.one_of(st.binary(max_size=50), st.binary(min_size=150, max_size=600)).map(
        lambda inner: b"\x0b" + inner + b"\0"
    ),
)


@given(st.lists(calls, max_size=6), st.lists(st.integers(0, 2000), max_size=8), st.booleans())
def test_any_cut_gives_the_same(
    some: list[tuple[int, bytes, bytes]], at: list[int], upgraded: bool
) -> None:
    prefix = RequestHeader().written(COMPACT) if upgraded else b""
    data = b"".join(framed(prefix, message_head(f, CALL, n, 5), body) for f, n, body in some)
    expected = [(n, body) for _, n, body in some]
    bounds = [0, *sorted(a for a in at if a < len(data)), len(data)]
    cut = [data[a:b] for a, b in pairwise(bounds)]
    for pieces in (cut, [data[i : i + 1] for i in range(len(data))]):
        reader = FrameReader(LIMITS, True)
        if upgraded:
            reader.upgrade(RequestHeader, COMPACT)
        assert all_of(reader, pieces) == expected


def test_a_large_frame_begins_as_soon_as_its_header_is_there() -> None:
    frame = framed(CALL_HEAD, filled(5000))
    reader = FrameReader(LIMITS, True)
    reader.take(frame[:64])
    assert reader.next() == HEAD
    assert reader.left == len(frame) - 64
    assert reader.next() == MORE
    reader.take(frame[64:100])
    assert reader.next() == PIECE
    assert reader.piece == frame[64:100]
    reader.take(frame[100:] + PING)
    assert (reader.next(), reader.left) == (PIECE, 0)
    assert (reader.next(), reader.next()) == (WHOLE, MORE)


def test_a_large_frame_that_is_there_already_is_whole() -> None:
    reader = FrameReader(LIMITS, True)
    reader.take(framed(CALL_HEAD, filled(5000)))
    assert (reader.next(), reader.left) == (WHOLE, 0)


def test_the_limit_of_a_frame() -> None:
    body = filled(LIMITS.frame - len(CALL_HEAD))
    assert all_of(FrameReader(LIMITS, True), [framed(CALL_HEAD, body)]) == [(b"ping", body)]
    reader = FrameReader(LIMITS, True)
    reader.take(framed(CALL_HEAD, body + b"\0")[:4])
    assert reader.next() == REFUSED
    assert reader.fault == "a frame of 100001 bytes, which is too large"


def test_who_pauses_finds_everything_later() -> None:
    reader = FrameReader(LIMITS, True)
    reader.take(PING + PING[:3])
    reader.take(PING[3:])
    assert not reader.between()
    assert [reader.next() for _ in range(3)] == [WHOLE, WHOLE, MORE]
    assert reader.between()


def test_a_frame_broken_off() -> None:
    reader = FrameReader(LIMITS, True)
    for part in (PING[:2], PING[2:6], PING[6:-1]):
        reader.take(part)
        assert reader.next() == MORE
        assert not reader.between()


@pytest.mark.parametrize(
    ("start", "fault"),
    [
        (b"GET /", "HTTP instead of Thrift"),
        (b"POST", "HTTP instead of Thrift"),
        (b"HTTP", "HTTP instead of Thrift"),
        (b"PRI * HTTP/2.0", "HTTP/2 instead of Thrift"),
        (b"\x16\x03\x01\x02", "TLS instead of Thrift"),
        (b"SSH-2.0", "SSH instead of Thrift"),
        (message_head(BINARY, CALL, b"a", 1)[:4], "Thrift without frames"),
        (message_head(COMPACT, CALL, b"ab", 1)[:4], "Thrift without frames"),
        (b"\xff\xff\xff\xff", "a frame of a negative length"),
        (b"\0\0\0\0", "an empty frame"),
        (b"\x7f\xff\xff\xff", "a frame of 2147483647 bytes, which is too large"),
        (b"\0\0\0\x40\x44", "Mux instead of Thrift"),
        (b"\0\0\0\x40\x0f", "Thrift in THeader frames"),
        (b"\0\0\0\x40{", "the frame does not begin with a Thrift message"),
        (b"\0\0\x40\x40\x80\x02", "a version of the binary protocol that nobody knows"),
    ],
)
def test_garbage_is_refused_with_its_first_bytes(start: bytes, fault: str) -> None:
    reader = FrameReader(LIMITS, True)
    for index in range(len(start)):
        reader.take(start[index : index + 1])
    assert reader.next() == REFUSED
    assert reader.fault == fault
    assert reader.next() == REFUSED


def test_a_small_frame_is_looked_at_before_it_is_complete() -> None:
    reader = FrameReader(LIMITS, True)
    for piece in (b"\0\0\0\x20", b"\x80\x01\0\x01\0", b"\0\xff\xff"):
        reader.take(piece)
        verdict = reader.next()
    assert verdict == REFUSED
    assert reader.fault == "the method name is too long"


def test_calls_and_answers_have_their_direction() -> None:
    reply = framed(message_head(BINARY, REPLY, b"a", 1), b"\0")
    for calls, frame, verdict in [
        (True, PING, WHOLE),
        (False, PING, REFUSED),
        (True, reply, REFUSED),
        (False, reply, WHOLE),
    ]:
        reader = FrameReader(LIMITS, calls)
        reader.take(frame)
        assert reader.next() == verdict


def test_a_header_before_the_message_has_a_limit() -> None:
    header = RequestHeader()
    header.destination = bytes(3000)
    frame = framed(header.written(BINARY), CALL_HEAD, filled(50))
    for limit, verdict in [(4000, HEAD), (2000, REFUSED)]:
        reader = FrameReader(ThriftLimits(whole=200, header=limit), True)
        reader.upgrade(RequestHeader, BINARY)
        reader.take(frame[:-1])
        assert reader.next() == verdict


@pytest.mark.parametrize("streamed", [True, False])
def test_single_bytes_cost_a_time_linear_in_them(streamed: bool) -> None:
    limits = ThriftLimits(whole=10 if streamed else 1_000_000, header=1_000_000)
    header = RequestHeader()
    header.destination = bytes(200_000)
    frame = framed(header.written(BINARY), CALL_HEAD, filled(1000))
    reader = FrameReader(limits, True)
    reader.upgrade(RequestHeader, BINARY)
    begun = time.process_time()
    assert all_of(reader, [frame[i : i + 1] for i in range(len(frame))]) == [
        (b"ping", filled(1000))
    ]
    # Quadratic it would be 20 GB to copy.
    assert time.process_time() - begun < 3


@given(calls)
def test_a_frame_alone_is_read_as_it_is_among_others(one: tuple[int, bytes, bytes]) -> None:
    form, name, body = one
    frame = framed(message_head(form, CALL, name, -5), body)
    reader = FrameReader(LIMITS, True)
    found = reader.alone(frame)
    assert (found is not None) == (form == BINARY and name.isalnum())
    assert reader.between()
    reader.take(frame)
    if len(frame) - 4 <= LIMITS.whole:
        assert reader.next() == WHOLE
        told = reader.message
        assert told is not None
        if found is not None:
            for slot in type(told).__slots__:
                assert getattr(found, slot) == getattr(told, slot), slot


@pytest.mark.parametrize(
    "data",
    [
        PING[:-1],
        PING + b"\0",
        PING + PING,
        b"",
        PING[:4],
        framed(CALL_HEAD),
        framed(CALL_HEAD, b"\0x"),
    ],
)
def test_what_is_not_alone(data: bytes) -> None:
    assert FrameReader(LIMITS, True).alone(data) is None


def test_nothing_is_alone_behind_what_was_held() -> None:
    reader = FrameReader(LIMITS, True)
    reader.take(PING[:5])
    assert reader.alone(PING) is None
    upgraded = FrameReader(LIMITS, True)
    upgraded.upgrade(RequestHeader, BINARY)
    assert upgraded.alone(PING) is None
    assert FrameReader(LIMITS, False).alone(PING) is None
