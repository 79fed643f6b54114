"""How a call ended, by the head of its result; TApplicationExceptions read and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.thrift_frames import WHOLE, FrameReader
from linkerd.wire.thrift_message import EXCEPTION, ThriftLimits
from linkerd.wire.thrift_result import (
    INTERNAL_ERROR,
    MALFORMED,
    MAX_TEXT,
    SUCCESS,
    UNFINISHED,
    VOID,
    exception_frame,
    read_exception,
    result,
)
from linkerd.wire.thrift_values import BINARY, COMPACT, OLD
from linkerd.wire.thrift_writing import writer

FORMS = [BINARY, OLD, COMPACT]


@pytest.mark.parametrize(
    ("form", "body", "verdict"),
    [
        (BINARY, b"\x08\x00\x00", SUCCESS),
        (BINARY, b"\x00", VOID),
        (BINARY, b"\x0c\x00\x01", 1),
        (OLD, b"\x0c\x01\x02", 258),
        (BINARY, b"\x0c\xff\xff", MALFORMED),
        (BINARY, b"\x01\x00\x00", MALFORMED),
        (BINARY, b"\x0c\x00", UNFINISHED),
        (BINARY, b"", UNFINISHED),
        (COMPACT, b"\x05\x00", SUCCESS),
        (COMPACT, b"\x01\x00", SUCCESS),
        (COMPACT, b"\x00", VOID),
        (COMPACT, b"\x1c", 1),
        (COMPACT, b"\xfc", 15),
        (COMPACT, b"\x0c\x84\x04", 258),
        (COMPACT, b"\x0c\x01", MALFORMED),
        (COMPACT, b"\x0e\x00", MALFORMED),
        (COMPACT, b"\x10", MALFORMED),
        (COMPACT, b"\x0c", UNFINISHED),
        (COMPACT, b"\x0c\x84", UNFINISHED),
    ],
)
def test_results(form: int, body: bytes, verdict: int) -> None:
    raw = b"head" + body
    assert result(raw, 4, len(raw), form) == verdict


@given(st.sampled_from(FORMS), st.text(max_size=300), st.integers(0, 10), st.integers(-9, 9))
def test_exceptions_of_ours(form: int, text: str, code: int, sequence: int) -> None:
    reader = FrameReader(ThriftLimits(), False)
    reader.take(exception_frame(form, b"add", sequence, code, text))
    assert reader.next() == WHOLE
    message = reader.message
    assert message is not None
    assert (message.form, message.kind, message.name) == (form, EXCEPTION, b"add")
    assert message.sequence == sequence
    found = read_exception(message.raw, message.body, message.stop, form)
    expected = text.encode(errors="replace").decode()
    assert (found.code, found.text, found.fault) == (code, expected, "")


def test_an_exception_byte_by_byte() -> None:
    assert exception_frame(BINARY, b"a", 1, INTERNAL_ERROR, "no") == (
        b"\0\0\0\x1e\x80\x01\0\x03\0\0\0\x01a\0\0\0\x01\x0b\0\x01\0\0\0\x02no\x08\0\x02\0\0\0\x06\0"
    )
    assert exception_frame(COMPACT, b"a", 1, INTERNAL_ERROR, "no") == (
        b"\0\0\0\x0c\x82\x61\x01\x01a\x18\x02no\x15\x0c\0"
    )


@pytest.mark.parametrize("form", FORMS)
def test_unknown_fields_are_passed_over_and_long_texts_cut(form: int) -> None:
    out = writer(form)
    outer = out.begin_struct()
    out.string_pairs(7, [(b"a", b"b")])
    out.i32(1, 3)
    out.string(1, b"x" * 9999)
    out.i32(2, 7)
    out.end_struct(outer)
    raw = bytes(out.out)
    found = read_exception(raw, 0, len(raw), form)
    assert (found.code, found.text, found.fault) == (7, "x" * MAX_TEXT, "")
    assert read_exception(raw, 0, len(raw) - 1, form).fault == "it ends too early"
