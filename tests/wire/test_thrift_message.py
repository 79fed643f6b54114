"""Headers of Thrift messages: three forms read, refused early, and passed on with another id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.thrift_message import (
    CALL,
    ONEWAY,
    REPLY,
    ThriftLimits,
    ThriftMessage,
    framed,
    message_head,
    split_name,
    unsigned,
)
from linkerd.wire.thrift_values import BINARY, COMPACT, OLD

LIMITS = ThriftLimits(name=1000)
FORMS = [BINARY, OLD, COMPACT]
BODY = b"\x0b\x00\x01\x00\x00\x00\x02hi\x00"
HEADS = {
    BINARY: b"\x80\x01\x00\x01\x00\x00\x00\x03add\x00\x00\x00\x07",
    OLD: b"\x00\x00\x00\x03add\x01\x00\x00\x00\x07",
    COMPACT: b"\x82\x21\x07\x03add",
}

forms = st.sampled_from(FORMS)
names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=200)
sequences = st.integers(-(2**31), 2**31 - 1)


def read(frame: bytes, calls: bool = True) -> ThriftMessage:
    message = ThriftMessage(calls)
    message.begin = 4
    assert message.scan(frame, 4, len(frame), len(frame), LIMITS) == message.body, message.fault
    return message


@pytest.mark.parametrize("form", FORMS)
def test_a_header_in_each_form(form: int) -> None:
    frame = framed(HEADS[form], BODY)
    message = read(frame)
    assert (message.form, message.kind, message.name) == (form, CALL, b"add")
    assert message.sequence == 7
    assert frame[message.body :] == BODY
    assert message_head(form, CALL, b"add", 7) == HEADS[form]


@given(forms, st.sampled_from([CALL, ONEWAY]), names, sequences)
def test_a_header_written_is_read(form: int, kind: int, name: str, sequence: int) -> None:
    encoded = name.encode()
    message = read(framed(message_head(form, kind, encoded, sequence), BODY))
    assert (message.form, message.kind, message.name, message.sequence) == (
        form,
        kind,
        encoded,
        sequence,
    )


@given(forms, names, sequences, sequences, st.binary(max_size=300))
def test_another_sequence_id(form: int, name: str, old: int, new: int, prefix: bytes) -> None:
    frame = framed(message_head(form, CALL, name.encode(), old), BODY)
    message = read(frame)
    after = framed(prefix, message_head(form, CALL, name.encode(), new), BODY)
    assert message.passed_on(new, prefix) == after


@pytest.mark.parametrize("form", FORMS)
def test_a_prefix_that_stood_before_the_message_is_left_out(form: int) -> None:
    frame = framed(b"prefix", HEADS[form], BODY)
    message = ThriftMessage(True)
    message.begin = 4
    assert message.scan(frame, 10, len(frame), len(frame), LIMITS) > 0
    assert message.passed_on(7, b"") == framed(HEADS[form], BODY)


@pytest.mark.parametrize("form", FORMS)
def test_the_length_passed_on_counts_what_is_still_to_come(form: int) -> None:
    frame = framed(HEADS[form], BODY, bytes(1000))
    stop = len(frame) - 990
    message = ThriftMessage(True)
    message.begin = 4
    assert message.scan(frame[:stop], 4, stop, len(frame), LIMITS) > 0
    after = framed(message_head(form, CALL, b"add", -1), BODY, bytes(1000))
    assert message.passed_on(-1, b"") == after[:-990]


@pytest.mark.parametrize("form", FORMS)
def test_every_shorter_part_is_incomplete_or_too_short_for_its_frame(form: int) -> None:
    frame = framed(HEADS[form], BODY)
    head = 4 + len(HEADS[form])
    for stop in range(4, head):
        assert ThriftMessage(True).scan(frame[:stop], 4, stop, len(frame), LIMITS) == 0
        assert ThriftMessage(True).scan(frame[:stop], 4, stop, stop, LIMITS) == -1
    assert ThriftMessage(True).scan(frame[:head], 4, head, len(frame), LIMITS) == head


@pytest.mark.parametrize("form", FORMS)
def test_names_have_a_limit(form: int) -> None:
    def scan(size: int) -> int:
        frame = framed(message_head(form, CALL, b"n" * size, 1), b"\0")
        return ThriftMessage(True).scan(frame, 4, len(frame), len(frame), LIMITS)

    assert scan(1000) > 0
    assert scan(1001) == -1


def test_an_answer_may_have_no_name() -> None:
    assert read(framed(message_head(BINARY, REPLY, b"", 1), b"\0"), calls=False).name == b""


@given(st.integers(0, 2**32 - 1))
def test_sequence_ids_of_any_length(value: int) -> None:
    """Other writers may pad a number; ours are as short as can be."""
    number = bytearray()
    for _ in range(5):
        number.append(value & 127 | 128)
        value >>= 7
    number[-1] &= 127
    message = read(framed(b"\x82\x21", bytes(number), b"\x01x", b"\0"))
    assert message.sequence & 0xFFFFFFFF == unsigned(bytes(number), 0, 5)
    assert message.passed_on(3, b"") == framed(b"\x82\x21\x03\x01x\0")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (b"Users:get", (b"Users", b"get")),
        (b"Users:get:x", (b"Users", b"get:x")),
        (b"get", (b"", b"get")),
        (b":get", (b"", b":get")),
        (b"Users:", (b"", b"Users:")),
    ],
)
def test_multiplexed_names(name: bytes, parts: tuple[bytes, bytes]) -> None:
    assert split_name(name) == parts
