"""Values of both protocols, passed over: to the byte, at any depth, in a time that is bounded."""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.thrift_values import (
    BINARY,
    BOOL,
    BYTE,
    COMPACT,
    DOUBLE,
    I16,
    I32,
    I64,
    LIST,
    MAP,
    MAX_DEPTH,
    SET,
    STRING,
    STRUCT,
    UUID,
    cursor,
)

Value = tuple[int, Any]
SIZES = {BYTE: 1, I16: 2, I32: 4, I64: 8}
# The compact protocol's numbers, as its specification lists them.
NUMBERS = {BOOL: 1, BYTE: 3, I16: 4, I32: 5, I64: 6, DOUBLE: 7, STRING: 8, LIST: 9, SET: 10,
           MAP: 11, STRUCT: 12, UUID: 13}  # fmt: skip


def varint(n: int) -> bytes:
    return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])


def zigzag(n: int) -> bytes:
    return varint(n << 1 if n >= 0 else ~(n << 1))


def binary(value: Value) -> bytes:
    kind, of = value
    if kind == STRUCT:
        fields = [bytes([v[0]]) + struct.pack(">h", number) + binary(v) for number, v in of]
        return b"".join(fields) + b"\0"
    if kind in (LIST, SET):
        return bytes([of[0]]) + struct.pack(">i", len(of[1])) + b"".join(map(binary, of[1]))
    if kind == MAP:
        pairs = b"".join(binary(key) + binary(v) for key, v in of[2])
        return bytes(of[:2]) + struct.pack(">i", len(of[2])) + pairs
    if kind == STRING:
        return struct.pack(">i", len(of)) + of
    return scalar(kind, of)


def scalar(kind: int, of: Any) -> bytes:
    if kind == BOOL:
        return bytes([of])
    if kind == UUID:
        return bytes(of)
    if kind == DOUBLE:
        return struct.pack(">d", of)
    return int(of).to_bytes(SIZES[kind], "big", signed=True)


def compact(value: Value) -> bytes:
    kind, of = value
    if kind == STRUCT:
        return compact_struct(of)
    if kind in (LIST, SET):
        size, element = len(of[1]), NUMBERS[of[0]]
        head = bytes([size << 4 | element]) if size < 15 else bytes([240 | element]) + varint(size)
        return head + b"".join(map(compact, of[1]))
    if kind == MAP:
        if not of[2]:
            return b"\0"
        head = varint(len(of[2])) + bytes([NUMBERS[of[0]] << 4 | NUMBERS[of[1]]])
        return head + b"".join(compact(key) + compact(v) for key, v in of[2])
    if kind == STRING:
        return varint(len(of)) + of
    if kind == BOOL:
        return b"\1" if of else b"\2"
    return zigzag(of) if kind in (I16, I32, I64) else scalar(kind, of)


def compact_struct(fields: list[tuple[int, Value]]) -> bytes:
    out, last = b"", 0
    for number, (kind, of) in fields:
        code = (1 if of else 2) if kind == BOOL else NUMBERS[kind]
        delta = number - last
        last = number
        out += bytes([delta << 4 | code]) if 0 < delta < 16 else bytes([code]) + zigzag(number)
        out += b"" if kind == BOOL else compact((kind, of))
    return out + b"\0"


WRITERS = {BINARY: binary, COMPACT: compact}


def integers(kind: int) -> st.SearchStrategy[Any]:
    bits = SIZES[kind] * 8 - 1
    return st.integers(-(2**bits), 2**bits - 1)


PLAIN: dict[int, st.SearchStrategy[Any]] = {
    BOOL: st.booleans(),
    BYTE: integers(BYTE),
    I16: integers(I16),
    I32: integers(I32),
    I64: integers(I64),
    DOUBLE: st.floats(),
    STRING: st.binary(max_size=200),
    UUID: st.binary(min_size=16, max_size=16),
}
kinds = st.sampled_from([*PLAIN, STRUCT, LIST, SET, MAP])


@st.composite
def values(draw: st.DrawFn, kind: int, depth: int = 3) -> Value:
    """A value of that kind."""
    if kind in PLAIN:
        return kind, draw(PLAIN[kind])
    inner = kinds if depth else st.sampled_from(list(PLAIN))
    if kind == STRUCT:
        numbers = draw(st.lists(st.integers(-(2**15), 2**15 - 1), max_size=4))
        return kind, [(n, draw(values(draw(inner), depth - 1))) for n in numbers]
    first, second = draw(inner), draw(inner)
    count = range(draw(st.integers(0, 3)) if depth < 3 else draw(st.integers(0, 20)))
    if kind == MAP:
        return kind, (first, second, [
            (draw(values(first, depth - 1)), draw(values(second, depth - 1))) for _ in count
        ])  # fmt: skip
    return kind, (first, [draw(values(first, depth - 1)) for _ in count])


forms = st.sampled_from([BINARY, COMPACT])


@given(values(STRUCT), forms)
def test_a_struct_is_passed_over_to_the_byte(value: Value, form: int) -> None:
    data = WRITERS[form](value)
    assert cursor(b"x" + data + b"yz", 1, len(data) + 3, form).skip_struct() == 1 + len(data)


@given(values(STRUCT), forms)
def test_every_shorter_part_is_incomplete(value: Value, form: int) -> None:
    data = WRITERS[form](value)
    for stop in range(min(len(data), 300)):
        assert cursor(data, 0, stop, form).skip_struct() == 0


@given(st.binary(max_size=300), forms)
def test_any_bytes_have_a_verdict(data: bytes, form: int) -> None:
    place = cursor(data, 0, len(data), form)
    end = place.skip_struct()
    assert end <= len(data)
    assert (end > 0) == (place.fault == "")


@given(st.sampled_from([I16, I32, I64]), forms, st.data())
def test_numbers(kind: int, form: int, data: st.DataObject) -> None:
    number = data.draw(PLAIN[kind])
    raw = WRITERS[form]((kind, number))
    assert cursor(raw, 0, len(raw), form).integer(kind) == number


def test_booleans_in_a_compact_map_are_a_byte_each() -> None:
    data = b"\x1b\x02\x11\x01\x02\x02\x01\x00"
    assert cursor(data, 0, len(data), COMPACT).skip_struct() == len(data)
    assert cursor(data, 0, len(data) - 1, COMPACT).skip_struct() == 0


def nested(depth: int, form: int) -> bytes:
    """A struct in a struct, and so on: `depth` in all."""
    begin = b"\x0c\x00\x01" if form == BINARY else b"\x1c"
    return begin * (depth - 1) + bytes(depth)


@pytest.mark.parametrize("form", [BINARY, COMPACT])
def test_depth_is_limited(form: int) -> None:
    good = nested(MAX_DEPTH, form)
    assert cursor(good, 0, len(good), form).skip_struct() == len(good)
    for depth in (MAX_DEPTH + 1, 10_000):
        bad = nested(depth, form)
        place = cursor(bad, 0, len(bad), form)
        assert place.skip_struct() == -1
        assert place.fault == "values nested more than 64 deep"


@pytest.mark.parametrize(
    ("form", "data", "fault"),
    [
        (BINARY, b"\x01\x00\x01", "a field of an unknown kind, 1"),
        (BINARY, b"\x11\x00\x01", "a field of an unknown kind, 17"),
        (BINARY, b"\x0b\x00\x01\xff\xff\xff\xff", "a negative length"),
        (BINARY, b"\x0f\x00\x01\x01\x00\x00\x00\x01", "elements of an unknown kind, 1"),
        (BINARY, b"\x0f\x00\x01\x0b\x80\x00\x00\x00", "a negative length"),
        (BINARY, b"\x0d\x00\x01\x0b\x09\x00\x00\x00\x01", "elements of an unknown kind, 9"),
        (COMPACT, b"\x1e", "a value of an unknown kind, 14"),
        (COMPACT, b"\x10", "a value of an unknown kind, 0"),
        (COMPACT, b"\x18\xff\xff\xff\xff\x7f", "a number that is too large"),
        (COMPACT, b"\x18\xff\xff\xff\xff\x0f", "a negative length"),
        (COMPACT, b"\x15\x80\x80\x80\x80\x80\x01", "a number without an end"),
        (COMPACT, b"\x14\xff\xff\x04", "a number that is too large"),
        (COMPACT, b"\x19\x1e", "a value of an unknown kind, 14"),
        (COMPACT, b"\x1b\x01\x0f", "a value of an unknown kind, 0"),
        (COMPACT, b"\x01\xfe\xff\x03\x11\x00", "a field id that is too large"),
    ],
)
def test_malformed_values(form: int, data: bytes, fault: str) -> None:
    place = cursor(data, 0, len(data), form)
    assert place.skip_struct() == -1
    assert place.fault == fault


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (BINARY, b"\x0f\x00\x01\x0c\x7f\xff\xff\xff" + bytes(100_000)),
        (BINARY, b"\x0f\x00\x01\x0a\x7f\xff\xff\xff" + bytes(100_000)),
        (BINARY, b"\x0d\x00\x01\x02\x02\x7f\xff\xff\xff" + bytes(100_000)),
        (COMPACT, b"\x19\xfc\xff\xff\xff\xff\x07" + bytes(100_000)),
    ],
)
def test_a_count_costs_no_more_than_the_bytes_that_came(form: int, data: bytes) -> None:
    begun = time.process_time()
    assert cursor(data, 0, len(data), form).skip_struct() == 0
    assert time.process_time() - begun < 2


def test_after_trouble_all_is_empty() -> None:
    place = cursor(b"\x0b\x00\x01\xff\xff\xff\xff\x0b\x00\x02", 0, 10, BINARY)
    assert place.next_field() == STRING
    assert place.string() == b""
    assert place.next_field() == 0
    assert (place.integer(I64), place.boolean(), place.elements(), place.pairs()) == (
        0,
        False,
        (0, 0),
        (0, 0, 0),
    )
    assert place.fault == "a negative length"
