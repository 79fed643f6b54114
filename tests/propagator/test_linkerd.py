"""`io.l5d.default`."""

from __future__ import annotations

import random  # noqa: TID251  # seeded
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.propagator import passed_on, propagator_contract, received, request

from linkerd.propagator.linkerd import LinkerdPropagator, LinkerdPropagatorConfig, decode, encode
from linkerd.propagator.trace_id import KNOWN, MASK, SAMPLED, TraceId

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = st.integers(0, MASK)
IDS = st.builds(TraceId, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
SPAN, PARENT, TRACE, FLAGS, HIGH = range(1, 6)
SHORT = b"".join(number.to_bytes(8, "big") for number in (SPAN, PARENT, TRACE, FLAGS))


def propagator() -> LinkerdPropagator:
    return LinkerdPropagator(random.Random(1))


@pytest.mark.parametrize("rule", propagator_contract(LinkerdPropagatorConfig().mk))
def test_keeps_the_contract(rule: Callable[[], None]) -> None:
    rule()


@given(IDS)
def test_what_is_written_is_read(trace: TraceId) -> None:
    assert decode(encode(trace)) == trace


@given(IDS)
def test_the_padding_may_be_missing(trace: TraceId) -> None:
    assert decode(encode(trace).rstrip(b"=")) == trace


@given(st.binary() | st.from_regex(rb"[A-Za-z0-9+/]{40,60}={0,3}", fullmatch=True))
def test_anything_is_an_id_or_none(value: bytes) -> None:
    found = decode(value)
    assert found is None or decode(encode(found)) == found


def test_the_layout() -> None:
    assert decode(b64encode(SHORT)) == TraceId(TRACE, PARENT, SPAN, FLAGS, 0)
    long = SHORT + HIGH.to_bytes(8, "big")
    assert decode(b64encode(long)) == TraceId(TRACE, PARENT, SPAN, FLAGS, HIGH)


@pytest.mark.parametrize("size", [0, 8, 24, 31, 33, 39, 41, 48])
def test_other_sizes_are_no_id(size: int) -> None:
    assert decode(b64encode(b"x" * size)) is None


@given(IDS, NUMBERS)
def test_a_try_is_written_as_a_child(trace: TraceId, span: int) -> None:
    one, other, end = propagator().lines(trace, span).split(b"\r\n")
    assert one == b"l5d-ctx-trace: " + encode(trace.child(span))
    assert other == b"l5d-reqid: %016x" % trace.trace
    assert end == b""


def test_our_span_is_a_child_of_what_came() -> None:
    head = request(b"L5d-Ctx-Trace:" + b64encode(SHORT))
    trace = received(propagator(), head)
    assert trace is not None
    assert (trace.trace, trace.parent, trace.flags) == (TRACE, SPAN, FLAGS)
    assert trace.span != SPAN


def test_the_first_of_several_counts() -> None:
    other = b64encode(SHORT[:16] + b"x" * 16)
    head = request(b"l5d-ctx-trace: " + b64encode(SHORT), b"l5d-ctx-trace: " + other)
    trace = received(propagator(), head)
    assert trace is not None
    assert trace.trace == TRACE


def test_what_is_replaced_and_what_is_not() -> None:
    head = request(b"l5d-reqid: 12", b"l5d-ctx-other: 1", b"x-b3-spanid: 1", b"l5d-sample: 1")
    received(propagator(), head)
    assert passed_on(head) == [b"l5d-ctx-other: 1", b"x-b3-spanid: 1"]


@pytest.mark.parametrize(
    ("rate", "sampled"), [(b"1", True), (b"0", False), (b"x", False), (b"", False)]
)
def test_a_rate_overrides_what_was_decided(rate: bytes, sampled: bool) -> None:
    decided = encode(TraceId(1, 1, 1, KNOWN, 0))
    head = request(b"l5d-sample: " + rate, b"l5d-ctx-trace: " + decided)
    trace = received(propagator(), head)
    assert trace is not None
    assert trace.sampled() is sampled


def test_a_rate_decides_for_a_new_trace_too() -> None:
    trace = received(propagator(), request(b"l5d-sample: 1.0"))
    assert trace is not None
    assert trace.flags == KNOWN | SAMPLED
