"""`io.l5d.w3c`: the rules of the W3C's Trace Context."""

from __future__ import annotations

import random  # noqa: TID251  # seeded
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.propagator import passed_on, propagator_contract, received, request

from linkerd.propagator.trace_id import DEBUG, KNOWN, MASK, SAMPLED, TraceId
from linkerd.propagator.w3c import W3cPropagator, W3cPropagatorConfig, decode

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = b"0af7651916cd43dd8448eb211c80319c"
SPAN = b"b7ad6b7169203331"
VALID = b"00-%b-%b-01" % (TRACE, SPAN)
STATE = b"tracestate: rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
NUMBERS = st.integers(1, MASK)


def propagator() -> W3cPropagator:
    return W3cPropagator(random.Random(1))


def value_of(lines: bytes) -> bytes:
    """The value of `traceparent` in some lines."""
    return lines.partition(b"\r\n")[0].removeprefix(b"traceparent: ")


@pytest.mark.parametrize("rule", propagator_contract(W3cPropagatorConfig().mk))
def test_keeps_the_contract(rule: Callable[[], None]) -> None:
    rule()


@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from([KNOWN, KNOWN | SAMPLED]), st.integers(0, MASK))
def test_what_is_written_is_read(trace: int, ours: int, span: int, flags: int, high: int) -> None:
    written = value_of(propagator().lines(TraceId(trace, 1, ours, flags, high), span))
    assert decode(written) == TraceId(trace, span, span, flags, high)


def test_the_headers() -> None:
    trace = decode(VALID)
    assert trace is not None
    assert propagator().lines(trace, 0xD) == (
        b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-000000000000000d-01\r\n"
        b"l5d-reqid: 8448eb211c80319c\r\n"
    )


@pytest.mark.parametrize(("flags", "bit"), [(0, b"00"), (KNOWN, b"00"), (DEBUG, b"01")])
def test_only_a_decision_to_record_is_passed_on(flags: int, bit: bytes) -> None:
    assert value_of(propagator().lines(TraceId(1, 1, 1, flags, 0), 2))[-2:] == bit


@pytest.mark.parametrize(
    ("value", "sampled"),
    [
        (VALID, True),
        (VALID[:-2] + b"00", False),
        (VALID[:-2] + b"fe", False),
        (VALID[:-2] + b"ff", True),
        (b"01" + VALID[2:], True),
        (b"cc" + VALID[2:] + b"-what-the-future-brings", True),
    ],
)
def test_valid(value: bytes, sampled: bool) -> None:
    trace = decode(value)
    assert trace is not None
    assert (trace.trace_text().encode(), trace.span) == (TRACE, int(SPAN, 16))
    assert trace.sampled() is sampled


INVALID = [
    b"",
    b"ff" + VALID[2:],
    VALID + b"-",
    VALID + b"-more",
    b"01" + VALID[2:] + b".more",
    b"01" + VALID[2:] + b"0",
    VALID.upper(),
    VALID[:-1],
    VALID.replace(b"-", b"_"),
    VALID.replace(TRACE, b"0" * 32),
    VALID.replace(SPAN, b"0" * 16),
    VALID.replace(b"a", b"g"),
    VALID[1:],
    b"0" + VALID,
]


@pytest.mark.parametrize("value", INVALID)
def test_what_is_invalid_begins_a_trace_and_ends_its_state(value: bytes) -> None:
    assert decode(value) is None
    head = request(b"traceparent: " + value, STATE, STATE)
    trace = received(propagator(), head)
    assert trace is not None
    assert trace.trace_text().encode() != TRACE
    assert trace.high
    assert passed_on(head) == []


def test_two_are_as_good_as_none() -> None:
    head = request(b"traceparent: " + VALID, b"traceparent: " + VALID, STATE)
    trace = received(propagator(), head)
    assert trace is not None
    assert trace.trace_text().encode() != TRACE
    assert passed_on(head) == []


def test_a_state_alone_is_of_no_trace() -> None:
    head = request(STATE)
    received(propagator(), head)
    assert passed_on(head) == []


def test_the_state_of_a_valid_trace_passes_untouched() -> None:
    odd = b"TraceState:  a=1 , b=2"
    head = request(STATE, b"TraceParent:\t" + VALID, odd, b"l5d-ctx-trace: x", b"l5d-reqid: 1")
    trace = received(propagator(), head)
    assert trace is not None
    assert trace.parent == int(SPAN, 16)
    assert passed_on(head) == [STATE, odd]


def test_a_rate_decides() -> None:
    trace = received(propagator(), request(b"traceparent: " + VALID, b"l5d-sample: 0"))
    assert trace is not None
    assert trace.sampled() is False
