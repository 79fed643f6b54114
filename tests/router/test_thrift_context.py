"""The headers that endpoints get."""

from __future__ import annotations

from linkerd.router.deadline import Deadline
from linkerd.router.thrift_context import below
from linkerd.wire.thrift_contexts import DEADLINE, deadline
from linkerd.wire.ttwitter import RequestHeader


def test_a_new_trace() -> None:
    header = below(None, 7, None)
    assert (header.trace_id, header.parent_id, header.span_id) == (7, 7, 7)
    assert header.contexts == []


def test_below_the_callers_span() -> None:
    caller = RequestHeader()
    caller.trace_id, caller.span_id, caller.trace_high = 1, 2, 3
    caller.sampled, caller.flags = True, 1
    caller.client, caller.destination = b"me", b"/users"
    caller.delegations = [(b"/a", b"/b")]
    header = below(caller, 9, None)
    assert (header.trace_id, header.parent_id, header.span_id) == (1, 2, 9)
    assert (header.trace_high, header.sampled, header.flags) == (3, True, 1)
    assert (header.client, header.destination) == (b"me", b"/users")
    assert header.delegations == [(b"/a", b"/b")]


def test_one_deadline() -> None:
    caller = RequestHeader()
    caller.contexts = [(DEADLINE.lower(), b"old"), (b"other", b"x")]
    header = below(caller, 9, Deadline(5, 6))
    assert header.contexts[0] == (b"other", b"x")
    assert deadline(header.context(DEADLINE)) == (5, 6)
    assert len(header.contexts) == 2
    assert caller.contexts[0] == (DEADLINE.lower(), b"old")
