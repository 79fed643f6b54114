"""Malformed frames: each refused with its reason, however its bytes arrive; nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.thrift_frames import HEAD, MORE, PIECE, REFUSED, WHOLE, FrameReader
from linkerd.wire.thrift_message import ThriftLimits, framed
from linkerd.wire.thrift_result import read_exception, result
from linkerd.wire.thrift_values import BINARY, COMPACT
from linkerd.wire.ttwitter import RequestHeader

LIMITS = ThriftLimits(frame=1_000_000, whole=500, name=100, header=1000)
VERSION = "a version of the binary protocol that nobody knows"
COMPACT_VERSION = "a version of the compact protocol that nobody knows"
NAME = "the method name is too long"
NOT_ONE = "a method name that is not one"
SHORT = "the frame ends before the body of its message"
TYPE = "a message of an unknown type"
ANSWER = "an answer where a call belongs"
NOT_THRIFT = "the frame does not begin with a Thrift message"
HTTP = "HTTP instead of Thrift"
BARE = "Thrift without frames"
NEGATIVE = "a frame of a negative length"
ENDLESS = "a number without an end"
CALL = b"\x80\x01\0\x01\0\0\0\x01a\0\0\0\x01"
SEQ = b"\0\0\0\x01\0"

FRAMES = [
    # Lengths.
    (b"\0\0\0\0", "an empty frame"),
    (b"\xff\xff\xff\xff" + CALL + b"\0", NEGATIVE),
    (b"\x80\0\0\0" + CALL + b"\0", NEGATIVE),
    (b"\xff\0\0\x0e" + CALL + b"\0", NEGATIVE),
    (b"\x7f\xff\xff\xff" + CALL, "a frame of 2147483647 bytes, which is too large"),
    (b"\0\x0f\x42\x41" + CALL, "a frame of 1000001 bytes, which is too large"),
    (b"\x0e\0\0\0" + CALL, "a frame of 234881024 bytes, which is too large"),
    # Something else on the port.
    (b"GET / HTTP/1.1\r\n\r\n", HTTP),
    (b"OPTIONS * HTTP/1.1\r\n\r\n", HTTP),
    (b"HTTP/1.1 200 OK\r\n\r\n", HTTP),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2 instead of Thrift"),
    (b"\x16\x03\x01\x02\0\x01\0", "TLS instead of Thrift"),
    (b"SSH-2.0-x\r\n", "SSH instead of Thrift"),
    (b"hello\n", "a frame of 1751477356 bytes, which is too large"),
    (CALL + b"\0", BARE),
    (b"\x82\x21\x01\x01a\0", BARE),
    (b"\0\0\0\x02\x44\0", "Mux instead of Thrift"),
    (b"\0\0\0\x08\x7f\0\0\1tinit", "Mux instead of Thrift"),
    (b"\0\0\0\x10\x0f\xff\0\0" + bytes(12), "Thrift in THeader frames"),
    (framed(b'[1,"add",1,0,{}]'), NOT_THRIFT),
    (framed(b"\xff" * 20), NOT_THRIFT),
    # Binary, strict.
    (framed(b"\x80\x02\0\x01\0\0\0\x01a" + SEQ), VERSION),
    (framed(b"\x80\0\0\x01\0\0\0\x01a" + SEQ), VERSION),
    (framed(b"\x80\x01\x01\x01\0\0\0\x01a" + SEQ), VERSION),
    (framed(b"\x80\x01\0\0\0\0\0\x01a" + SEQ), TYPE),
    (framed(b"\x80\x01\0\x05\0\0\0\x01a" + SEQ), TYPE),
    (framed(b"\x80\x01\0\xff\0\0\0\x01a" + SEQ), TYPE),
    (framed(b"\x80\x01\0\x02\0\0\0\x01a" + SEQ), ANSWER),
    (framed(b"\x80\x01\0\x03\0\0\0\x01a" + SEQ), ANSWER),
    (framed(b"\x80\x01\0\x01\xff\xff\xff\xffa" + SEQ), NAME),
    (framed(b"\x80\x01\0\x01\x40\0\0\0a" + SEQ), NAME),
    (framed(b"\x80\x01\0\x01\0\0\0\x65" + b"a" * 101 + SEQ), NAME),
    (framed(b"\x80\x01\0\x01\0\0\0\x20a" + SEQ), SHORT),
    (framed(b"\x80\x01\0\x01\0\0\0\0" + SEQ), NOT_ONE),
    (framed(b"\x80\x01\0\x01\0\0\0\x01\n" + SEQ), NOT_ONE),
    (framed(b"\x80\x01\0\x01\0\0\0\x01\xff" + SEQ), NOT_ONE),
    (framed(b"\x80\x01\0\x01\0\0\0\x02\xc2\x85" + SEQ), NOT_ONE),
    (framed(CALL), SHORT),
    (framed(CALL[:-1]), SHORT),
    (framed(CALL[:6]), SHORT),
    (framed(b"\x80"), SHORT),
    # Binary, old.
    (framed(b"\0\0\0\x01a\x05" + SEQ), TYPE),
    (framed(b"\0\0\0\x01a\x81" + SEQ), TYPE),
    (framed(b"\0\0\0\x01a\x02" + SEQ), ANSWER),
    (framed(b"\0\0\0\0\x01" + SEQ), NOT_ONE),
    (framed(b"\0\0\0\x01\0\x01" + SEQ), NOT_ONE),
    (framed(b"\0\0\0\x65" + b"a" * 101 + b"\x01" + SEQ), NAME),
    (framed(b"\0\0\0\x40a\x01" + SEQ), SHORT),
    (framed(b"\0\0\0\x01a\x01\0\0\0\x01"), SHORT),
    (framed(b"\0\0"), SHORT),
    # Compact.
    (framed(b"\x82\x22\x01\x01a\0"), COMPACT_VERSION),
    (framed(b"\x82\x20\x01\x01a\0"), COMPACT_VERSION),
    (framed(b"\x82\x01\x01\x01a\0"), TYPE),
    (framed(b"\x82\xa1\x01\x01a\0"), TYPE),
    (framed(b"\x82\x41\x01\x01a\0"), ANSWER),
    (framed(b"\x82\x21\x80\x80\x80\x80\x80\x01\x01a\0"), ENDLESS),
    (framed(b"\x82\x21\xff\xff\xff\xff\x10\x01a\0"), "a sequence id of more than 32 bits"),
    (framed(b"\x82\x21\x01\x80\x80\x80\x80\x80\x01a\0"), ENDLESS),
    (framed(b"\x82\x21\x01\xff\xff\xff\xff\x0fa\0"), NAME),
    (framed(b"\x82\x21\x01\x65" + b"a" * 101 + b"\0"), NAME),
    (framed(b"\x82\x21\x01\0\0"), NOT_ONE),
    (framed(b"\x82\x21\x01\x09a\0"), SHORT),
    (framed(b"\x82\x21\x01\x01a"), SHORT),
    (framed(b"\x82\x21\x80"), SHORT),
    (framed(b"\x82"), SHORT),
]


@pytest.mark.parametrize(("data", "fault"), FRAMES)
def test_refused(data: bytes, fault: str) -> None:
    for size in (len(data), 1):
        reader = FrameReader(LIMITS, True)
        verdict = MORE
        for at in range(0, len(data), size):
            reader.take(data[at : at + size])
            verdict = reader.next()
            if verdict != MORE:
                break
        assert verdict == REFUSED
        assert reader.fault == fault
        assert reader.message is None


GOOD = [
    framed(CALL + b"\0"),
    framed(b"\0\0\0\x01a\x01" + SEQ),
    framed(b"\x82\x21\x01\x01a\0"),
    framed(CALL + bytes(600)),
    framed(RequestHeader().written(BINARY) + CALL + b"\0"),
]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Good frames with a few places changed."""
    data = b"".join(draw(st.lists(st.sampled_from(GOOD), min_size=1, max_size=4)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=3)) + data[at + draw(st.integers(0, 3)) :]
    return data


@given(spoiled(), st.sampled_from([None, BINARY, COMPACT]), st.integers(1, 40), st.booleans())
def test_nothing_raises(data: bytes, upgraded: int | None, size: int, calls: bool) -> None:
    """Whole or in pieces the verdicts are the same, and all that is found lies in the frame.

    What comes in pieces is not looked at with every byte, so the last verdict may be still to come.
    """
    at_once = verdicts(data, len(data), upgraded, calls)
    in_pieces = verdicts(data, size, upgraded, calls)
    assert in_pieces == at_once[: len(in_pieces)]
    assert len(in_pieces) >= len(at_once) - 1


def verdicts(data: bytes, size: int, upgraded: int | None, calls: bool) -> list[object]:
    reader = FrameReader(LIMITS, calls)
    if upgraded is not None:
        reader.upgrade(RequestHeader, upgraded)
    seen: list[object] = []
    for at in range(0, len(data), size):
        reader.take(data[at : at + size])
        verdict = reader.next()
        while verdict in (WHOLE, HEAD, PIECE):
            message = reader.message
            assert message is not None
            if verdict != PIECE:
                assert 4 <= message.begin <= message.head < message.body <= message.stop
                assert message.stop <= message.end
                assert message.body < message.end
                result(message.raw, message.body, message.stop, message.form)
                read_exception(message.raw, message.body, message.stop, message.form)
                seen.append((message.form, message.kind, message.name, message.sequence))
            verdict = reader.next()
        if verdict == REFUSED:
            return [*seen, reader.fault]
    return seen
