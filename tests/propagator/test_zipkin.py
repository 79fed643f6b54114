"""`io.l5d.zipkin`."""

from __future__ import annotations

import random  # noqa: TID251  # seeded
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.propagator import passed_on, propagator_contract, received, request

from linkerd.propagator.trace_id import DEBUG, KNOWN, MASK, SAMPLED, TraceId
from linkerd.propagator.zipkin import ZipkinPropagator, ZipkinPropagatorConfig, decode

if TYPE_CHECKING:
    from collections.abc import Callable

SEVENS = 0x7777777777777777
NUMBERS = st.integers(0, MASK)
FLAGS = st.sampled_from([0, DEBUG, 1 << 40]).flatmap(
    lambda bits: st.sampled_from([bits | KNOWN, bits | KNOWN | SAMPLED])
)


def propagator() -> ZipkinPropagator:
    return ZipkinPropagator(random.Random(1))


def said(lines: bytes) -> dict[bytes, bytes]:
    """The fields of some lines."""
    return {
        name: value for name, _, value in (line.partition(b": ") for line in lines.splitlines())
    }


@pytest.mark.parametrize("rule", propagator_contract(ZipkinPropagatorConfig().mk))
def test_keeps_the_contract(rule: Callable[[], None]) -> None:
    rule()


@given(st.builds(TraceId, NUMBERS, NUMBERS, NUMBERS, FLAGS, st.just(0)), NUMBERS)
def test_what_is_written_is_read(trace: TraceId, span: int) -> None:
    found = decode(said(propagator().lines(trace, span)))
    assert found is not None
    assert found.numbers()[:4] == trace.child(span).numbers()[:4]
    assert found.sampled() is trace.sampled()


def test_the_headers() -> None:
    trace = TraceId(0xA, 0xB, 0xC, DEBUG | KNOWN | 8, 0xFF)
    assert propagator().lines(trace, 0xD) == (
        b"x-b3-traceid: 000000000000000a\r\n"
        b"x-b3-spanid: 000000000000000d\r\n"
        b"x-b3-parentspanid: 000000000000000c\r\n"
        b"x-b3-sampled: 1\r\n"
        b"x-b3-flags: 9\r\n"
    )


@pytest.mark.parametrize(
    ("flags", "written"),
    [(0, b"0"), (KNOWN, b"0"), (KNOWN | SAMPLED, b"1"), (DEBUG, b"1")],
)
def test_undecided_is_written_as_no(flags: int, written: bytes) -> None:
    lines = said(propagator().lines(TraceId(1, 1, 1, flags, 0), 2))
    assert lines[b"x-b3-sampled"] == written


@pytest.mark.parametrize(
    ("fields", "trace"),
    [
        ({}, None),
        ({b"x-b3-traceid": b"1"}, None),
        ({b"x-b3-spanid": b"-1", b"x-b3-traceid": b"1"}, None),
        ({b"x-b3-spanid": b"C"}, TraceId(12, 12, 12, 0, 0)),
        ({b"x-b3-spanid": b"c", b"x-b3-parentspanid": b"b"}, TraceId(11, 11, 12, 0, 0)),
        ({b"x-b3-spanid": b"c", b"x-b3-traceid": b"7" * 32}, TraceId(SEVENS, 12, 12, 0, 0)),
        ({b"x-b3-spanid": b"c", b"x-b3-flags": b"9 lives"}, TraceId(12, 12, 12, 9, 0)),
        ({b"x-b3-spanid": b"c", b"x-b3-flags": b"x"}, TraceId(12, 12, 12, 0, 0)),
    ],
)  # fmt: skip
def test_what_is_missing(fields: dict[bytes, bytes], trace: TraceId | None) -> None:
    assert decode(fields) == trace


@pytest.mark.parametrize(
    ("value", "sampled"),
    [(b"1", True), (b"T", True), (b"True", True), (b"0", False), (b"false", False), (b"?", False)],
)
def test_decisions(value: bytes, sampled: bool) -> None:
    trace = received(propagator(), request(b"x-b3-spanid: 1", b"X-B3-Sampled: " + value))
    assert trace is not None
    assert trace.sampled() is sampled


def test_a_number_is_a_rate_too() -> None:
    each = propagator()
    hits = 0
    for number in range(1, 1001):
        head = request(
            b"x-b3-spanid: %x" % (number * 0x9E3779B97F4A7C15 & MASK), b"x-b3-sampled: 0.3"
        )
        trace = received(each, head)
        assert trace is not None
        hits += trace.sampled() is True
    assert 200 < hits < 400


def test_the_first_of_several_counts() -> None:
    trace = received(propagator(), request(b"x-b3-spanid: 7", b"x-b3-spanid: 8"))
    assert trace is not None
    assert trace.parent == 7


def test_what_is_taken_out() -> None:
    head = request(b"l5d-ctx-trace: x", b"l5d-sample: 1", b"l5d-reqid: 1", b"x-b3-other: 1")
    received(propagator(), head)
    assert passed_on(head) == [b"l5d-reqid: 1", b"x-b3-other: 1"]
