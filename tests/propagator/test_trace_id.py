"""Trace ids: children, decisions, and how they are shown."""

from __future__ import annotations

import pytest

from linkerd.propagator.trace_id import DEBUG, KNOWN, SAMPLED, TraceId

HIGHER = 1 << 40


def test_a_child_is_of_the_same_trace() -> None:
    parent = TraceId(1, 2, 3, KNOWN | HIGHER, 9)
    assert parent.child(4) == TraceId(1, 3, 4, KNOWN | HIGHER, 9)


@pytest.mark.parametrize(
    ("flags", "sampled"),
    [
        (0, None),
        (SAMPLED, None),
        (KNOWN, False),
        (KNOWN | SAMPLED, True),
        (DEBUG, True),
        (DEBUG | KNOWN, True),
        (HIGHER, None),
    ],
)
def test_what_flags_say(flags: int, sampled: bool | None) -> None:
    assert TraceId(1, 1, 1, flags, 0).sampled() is sampled


@pytest.mark.parametrize("before", [0, KNOWN, KNOWN | SAMPLED, SAMPLED, HIGHER])
@pytest.mark.parametrize("sampled", [True, False])
def test_a_decision_replaces_another_and_nothing_else(before: int, sampled: bool) -> None:
    trace = TraceId(1, 1, 1, before, 0)
    trace.decide(sampled)
    assert trace.sampled() is sampled
    assert trace.flags & HIGHER == before & HIGHER


def test_how_it_is_shown() -> None:
    assert TraceId(0xABC, 1, 2, 0, 0).trace_text() == "0000000000000abc"
    assert TraceId(0xABC, 1, 2, 0, 0xF).trace_text() == "000000000000000f0000000000000abc"
    shown = "0000000000000abc.0000000000000002<:0000000000000001"
    assert repr(TraceId(0xABC, 1, 2, 0, 0)) == shown


def test_equal_ids() -> None:
    assert {TraceId(1, 2, 3, 4, 5), TraceId(1, 2, 3, 4, 5)} == {TraceId(1, 2, 3, 4, 5)}
    assert TraceId(1, 2, 3, 4, 5) != TraceId(1, 2, 3, 4, 6)
