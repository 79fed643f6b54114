"""What is written in either protocol is read again by the cursor, to the byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.thrift_values import (
    BINARY,
    BOOL,
    COMPACT,
    I32,
    I64,
    LIST,
    OLD,
    STOP,
    STRING,
    STRUCT,
    cursor,
)
from linkerd.wire.thrift_writing import varint, writer
from linkerd.wire.ttwitter import string_pairs

pairs = st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=200)), max_size=20)
numbers = st.integers(1, 2**15 - 1)


@given(
    st.sampled_from([BINARY, OLD, COMPACT]),
    st.lists(numbers, min_size=6, max_size=6),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
    pairs,
)
def test_fields(
    form: int, at: list[int], yes: bool, small: int, large: int, some: list[tuple[bytes, bytes]]
) -> None:
    out = writer(form)
    outer = out.begin_struct()
    out.boolean(at[0], yes)
    out.i32(at[1], small)
    out.field(STRUCT, at[2])
    inner = out.begin_struct()
    out.i64(at[3], large)
    out.end_struct(inner)
    out.string_pairs(at[4], some)
    out.string(at[5], b"end")
    out.end_struct(outer)
    raw = bytes(out.out)
    place = cursor(raw, 0, len(raw), form)
    assert (place.next_field(), place.field, place.boolean()) == (BOOL, at[0], yes)
    assert (place.next_field(), place.field, place.integer(I32)) == (I32, at[1], small)
    assert (place.next_field(), place.field) == (STRUCT, at[2])
    place.field = 0
    assert (place.next_field(), place.field, place.integer(I64)) == (I64, at[3], large)
    assert place.next_field() == STOP
    place.field = at[2]
    assert (place.next_field(), place.field) == (LIST, at[4])
    assert string_pairs(place, 100) == some
    assert (place.next_field(), place.field, place.string()) == (STRING, at[5], b"end")
    assert place.next_field() == STOP
    assert place.at == len(raw)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02"), (16383, b"\xff\x7f")],
)
def test_variable_integers(value: int, encoded: bytes) -> None:
    assert varint(value) == encoded
