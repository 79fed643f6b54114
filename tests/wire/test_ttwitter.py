"""TTwitter: the handshake, both headers to the byte and round, limits, and known contexts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire import ttwitter
from linkerd.wire.thrift_contexts import DEADLINE
from linkerd.wire.thrift_frames import REFUSED, WHOLE, FrameReader
from linkerd.wire.thrift_message import (
    CALL,
    EXCEPTION,
    REPLY,
    ThriftLimits,
    ThriftMessage,
    framed,
    message_head,
)
from linkerd.wire.thrift_result import UNKNOWN_METHOD, exception_frame
from linkerd.wire.thrift_values import BINARY, COMPACT, OLD
from linkerd.wire.thrift_writing import writer
from linkerd.wire.ttwitter import MAX_CONTEXTS, RequestHeader, ResponseHeader

FORMS = [BINARY, COMPACT]
BINARY_HEADER = (
    b"\x0a\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05"  # trace_id 5
    b"\x0a\x00\x02\x80\x00\x00\x00\x00\x00\x00\x00"  # span_id 2**63
    b"\x02\x00\x04\x01"  # field 4 was used once
    b"\x02\x00\x05\x01"  # sampled
    b"\x0c\x00\x06\x0b\x00\x01\x00\x00\x00\x03web\x00"  # client_id
    b"\x0a\x00\x07\x00\x00\x00\x00\x00\x00\x00\x01"  # flags: debug
    b"\x0f\x00\x08\x0c\x00\x00\x00\x01\x0b\x00\x01\x00\x00\x00\x01k"  # contexts
    b"\x0b\x00\x02\x00\x00\x00\x01v\x00"
    b"\x0b\x00\x09\x00\x00\x00\x06/users"  # dest
    b"\x0f\x00\x0a\x0c\x00\x00\x00\x01\x0b\x00\x01\x00\x00\x00\x02/a"  # delegations
    b"\x0b\x00\x02\x00\x00\x00\x02/b\x00"
    b"\x00"
)
COMPACT_HEADER = (
    b"\x16\x0a" + b"\x16" + b"\xff" * 9 + b"\x01" + b"\x31" + b"\x1c\x18\x03web\x00" + b"\x16\x02"
    b"\x19\x1c\x18\x01k\x18\x01v\x00" + b"\x18\x06/users" + b"\x19\x1c\x18\x02/a\x18\x02/b\x00\x00"
)


def facts(header: RequestHeader) -> tuple[object, ...]:
    return tuple(getattr(header, name) for name in sorted(RequestHeader.__slots__)) + tuple(
        header.contexts
    )


@pytest.mark.parametrize(("form", "raw"), [(BINARY, BINARY_HEADER), (COMPACT, COMPACT_HEADER)])
def test_the_header_of_a_request(form: int, raw: bytes) -> None:
    header = RequestHeader()
    assert header.scan(raw + b"more", 0, len(raw) + 4, len(raw) + 4, form, 999) == len(raw)
    assert (header.trace_id, header.span_id, header.parent_id) == (5, 2**63, None)
    assert (header.sampled, header.flags, header.trace_high) == (True, 1, None)
    assert (header.client, header.destination) == (b"web", b"/users")
    assert header.context(b"k") == b"v"
    assert header.context(b"other") == b""
    assert header.delegations == [(b"/a", b"/b")]
    assert header.debug()
    gone = b"\x02\x00\x04\x01" if form == BINARY else b""
    assert header.written(form) == raw.replace(gone, b"")


ids = st.integers(0, 2**64 - 1)
maybe = st.one_of(st.none(), ids)
pairs = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=40)), max_size=20)


@st.composite
def headers(draw: st.DrawFn) -> RequestHeader:
    header = RequestHeader()
    header.trace_id, header.span_id = draw(ids), draw(ids)
    header.parent_id, header.trace_high, header.flags = draw(maybe), draw(maybe), draw(maybe)
    header.sampled = draw(st.one_of(st.none(), st.booleans()))
    header.client, header.destination = draw(st.binary(max_size=9)), draw(st.binary(max_size=200))
    header.contexts, header.delegations = draw(pairs), draw(pairs)
    return header


@given(headers(), st.sampled_from([BINARY, OLD, COMPACT]))
def test_what_is_written_is_read(header: RequestHeader, form: int) -> None:
    raw = header.written(form)
    again = RequestHeader()
    assert again.scan(raw, 0, len(raw), len(raw), form, len(raw) + 1) == len(raw)
    assert facts(again) == facts(header)
    for stop in range(len(raw)):
        assert RequestHeader().scan(raw, 0, stop, len(raw), form, 99999) == 0


@given(pairs, st.sampled_from(FORMS))
def test_the_header_of_an_answer(contexts: list[tuple[bytes, bytes]], form: int) -> None:
    header = ResponseHeader()
    header.contexts = contexts
    raw = header.written(form)
    again = ResponseHeader()
    assert again.scan(raw, 0, len(raw), len(raw), form, 99999) == len(raw)
    assert again.contexts == contexts


@pytest.mark.parametrize("form", FORMS)
def test_fields_that_nobody_knows_and_spans_are_passed_over(form: int) -> None:
    out = writer(form)
    outer = out.begin_struct()
    out.string_pairs(1, [(b"a span", b"")])
    out.string_pairs(2, [(b"k", b"v")])
    out.string_pairs(12, [(b"new", b"")])
    out.end_struct(outer)
    raw = bytes(out.out)
    answer = ResponseHeader()
    assert answer.scan(raw, 0, len(raw), len(raw), form, 999) == len(raw)
    assert answer.contexts == [(b"k", b"v")]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"\x0b\x00\x01\x00\x00\x00\x00\x00", "field 1 is of the wrong kind"),
        (b"\x0a\x00\x05" + bytes(9), "field 5 is of the wrong kind"),
        (b"\x0f\x00\x08\x08\x00\x00\x00\x01" + bytes(5), "a list of something else than structs"),
        (b"\x0f\x00\x08\x0c\x00\x00\x00\x65", "a list of 101, where 100 are allowed"),
        (b"\x0f\x00\x0a\x0c\x00\x00\x01\x01", "a list of 257, where 256 are allowed"),
        (b"\x0b\x00\x09\xff\xff\xff\xff", "a negative length"),
        (b"\x0b\x00\x09\x00\x00\x00\x09/a", "it ends too early"),
        (b"\x0c\x00\x06" * 99, "values nested more than 64 deep"),
    ],
)
def test_malformed_headers(raw: bytes, fault: str) -> None:
    header = RequestHeader()
    assert header.scan(raw, 0, len(raw), len(raw), BINARY, 999) == -1
    assert header.fault == "a TTwitter header is malformed: " + fault


def test_the_most_contexts() -> None:
    header = RequestHeader()
    header.contexts = [(b"k", b"v")] * MAX_CONTEXTS
    raw = header.written(BINARY)
    assert RequestHeader().scan(raw, 0, len(raw), len(raw), BINARY, 99999) == len(raw)
    assert header.scan(raw, 0, len(raw), len(raw), BINARY, 1000) == -1
    assert header.fault == "a TTwitter header that is too large"


@pytest.mark.parametrize("form", [BINARY, OLD, COMPACT])
def test_the_handshake(form: int) -> None:
    call = read_one(ttwitter.upgrade_call(form), True)
    assert ttwitter.is_upgrade(call)
    assert (call.form, call.sequence) == (form, 0)
    answer = read_one(ttwitter.upgrade_reply(call), False)
    assert (answer.form, answer.name, answer.kind) == (form, ttwitter.UPGRADE, REPLY)
    assert ttwitter.is_upgraded(answer)
    no = read_one(exception_frame(form, call.name, 0, UNKNOWN_METHOD, ""), False)
    assert no.kind == EXCEPTION
    assert not ttwitter.is_upgraded(no)


def test_a_trace_without_flags_is_not_debugged() -> None:
    header = RequestHeader()
    assert not header.debug()
    header.flags = 6
    assert not header.debug()


def test_the_key_of_a_context_may_be_in_lower_case() -> None:
    header = RequestHeader()
    header.contexts = [(b"com.twitter.finagle.deadline", b"x")]
    assert header.context(DEADLINE) == b"x"


def test_the_handshake_byte_by_byte() -> None:
    frame = b"\0\0\0\x28\x80\x01\0\x01\0\0\0\x1b__can__finagle__trace__v3__\0\0\0\0\0"
    assert ttwitter.upgrade_call(BINARY) == frame


def read_one(frame: bytes, calls: bool) -> ThriftMessage:
    reader = FrameReader(ThriftLimits(), calls)
    reader.take(frame)
    assert reader.next() == WHOLE
    assert reader.message is not None
    return reader.message


@pytest.mark.parametrize("form", FORMS)
def test_an_upgraded_connection(form: int) -> None:
    header = RequestHeader()
    header.destination = b"/users"
    message = message_head(form, CALL, b"add", 9) + b"\0"
    reader = FrameReader(ThriftLimits(), True)
    reader.upgrade(RequestHeader, form)
    reader.take(framed(header.written(form), message) + framed(message))
    assert reader.next() == WHOLE
    assert isinstance(reader.header, RequestHeader)
    assert reader.header.destination == b"/users"
    assert reader.message is not None
    assert reader.message.passed_on(9, b"") == framed(message)
    assert reader.next() == REFUSED  # without a header
    assert reader.fault.startswith("a TTwitter header is malformed: ")
