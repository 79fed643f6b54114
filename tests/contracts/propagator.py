"""What every propagator keeps to, whatever headers it reads.

In: a function that makes one from a random generator. Out: rules to parametrize a test with. Here
is also what its tests need: `request` makes heads as the codec gives them, and `passed_on` tells
what is left of one.
"""

from __future__ import annotations

import random  # noqa: TID251  # each rule seeds its own
from collections.abc import Callable
from functools import partial

import pytest

from linkerd.propagator.base import Propagator
from linkerd.propagator.trace_id import MASK, TraceId
from linkerd.wire.fields import CONTEXT
from linkerd.wire.http1 import Limits, RequestHead

Make = Callable[[random.Random], Propagator]

TRICKY = (
    b"", b" ", b"0", b"1", b"-1", b"x", b"=", b"====", b"true", b"nan", b"1e999", b"0x1",
    b"A" * 43 + b"=", b"A" * 54 + b"==", b"A" * 8000, b"\xff\xfe", b"f" * 16, b"f" * 33,
    b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01", b"ff-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
)  # fmt: skip
"""Values that try to be an id, a rate or a flag."""

FIELDS = (
    b"l5d-ctx-trace",
    b"L5D-ReqId",
    b"l5d-sample",
    b"X-B3-TraceId",
    b"x-b3-spanid",
    b"x-b3-parentspanid",
    b"x-b3-sampled",
    b"x-b3-flags",
    b"TraceParent",
    b"tracestate",
)


def request(*lines: bytes) -> RequestHead:
    """The head of a request with these field lines, between two others."""
    head = RequestHead()
    every = (b"GET / HTTP/1.1", b"Host: web", *lines, b"Accept: */*", b"", b"")
    data = b"\r\n".join(every)
    assert head.scan(data, 0, Limits(head=1 << 20)) == len(data)
    return head


def received(propagator: Propagator, head: RequestHead) -> TraceId | None:
    """What a propagator reads, asked as an exchange asks."""
    return propagator.received(head, CONTEXT in head.lower)


def passed_on(head: RequestHead) -> list[bytes]:
    """The field lines that an endpoint gets, but for the two that every request has."""
    lines = head.passed_on(head.target, b"").split(b"\r\n")[1:-1]
    assert (lines[0], lines[-1]) == (b"Host: web", b"Accept: */*")
    return lines[1:-1]


def next_hop(propagator: Propagator, trace: TraceId, span: int) -> RequestHead:
    """The request that an endpoint gets."""
    return request(*propagator.lines(trace, span).split(b"\r\n")[:-1])


def hostile() -> list[RequestHead]:
    """Requests that say nonsense, once and twice."""
    heads = [request()]
    for name in FIELDS:
        for value in TRICKY:
            line = name + b": " + value
            heads += [request(line), request(line, line), request(line, b"Connection: " + name)]
    for value in TRICKY:
        heads.append(request(*[name + b":" + value for name in FIELDS]))
    return heads


def a_new_trace_is_a_root(make: Make) -> None:
    propagator = make(random.Random(1))
    trace, other = (received(propagator, request()) for _ in range(2))
    assert trace is not None
    assert other is not None
    assert trace.trace == trace.parent == trace.span
    assert trace.sampled() is None
    assert trace.trace != other.trace


def the_next_hop_is_a_child_of_the_try(make: Make) -> None:
    propagator = make(random.Random(1))
    first = received(propagator, request())
    assert first is not None
    second = received(propagator, next_hop(propagator, first, 77))
    assert second is not None
    assert (second.trace_text(), second.parent) == (first.trace_text(), 77)
    assert second.span not in (77, first.span)


def no_line_says_less_than_another(make: Make) -> None:
    propagator = make(random.Random(1))
    trace = received(propagator, request())
    assert trace is not None
    lines = propagator.lines(trace, 77)
    assert lines.endswith(b"\r\n")
    names = [line.partition(b": ")[0] for line in lines.split(b"\r\n")[:-1]]
    assert len(set(names)) == len(names) > 0
    assert all(name == name.lower() for name in names)


def what_is_written_takes_the_place_of_what_came(make: Make) -> None:
    propagator = make(random.Random(1))
    for head in hostile():
        trace = received(propagator, head)
        assert trace is not None
        names = [line.partition(b":")[0] for line in propagator.lines(trace, 1).split(b"\r\n")]
        left = {line.partition(b":")[0].lower() for line in passed_on(head)}
        assert not left & set(names)


def numbers_have_64_bits(make: Make) -> None:
    propagator = make(random.Random(1))
    for head in hostile():
        trace = received(propagator, head)
        assert trace is not None
        assert all(0 <= number <= MASK for number in trace.numbers())
        assert trace.span
        read = received(propagator, next_hop(propagator, trace, 77))
        assert read is not None
        assert read.parent == 77


def nothing_is_read_of_a_stranger(make: Make) -> None:
    propagator = make(random.Random(1))
    told = received(propagator, request())
    assert told is not None
    head = next_hop(propagator, told, 77)
    head.cut_context()
    propagator.clear(head)
    trace = received(propagator, head)
    assert trace is not None
    assert trace.trace == trace.parent != told.trace
    assert passed_on(head) == []


def it_has_slots_only(make: Make) -> None:
    assert not hasattr(make(random.Random(1)), "__dict__")


RULES = (
    a_new_trace_is_a_root,
    the_next_hop_is_a_child_of_the_try,
    no_line_says_less_than_another,
    what_is_written_takes_the_place_of_what_came,
    numbers_have_64_bits,
    nothing_is_read_of_a_stranger,
    it_has_slots_only,
)


def propagator_contract(make: Make) -> list[object]:
    """Give the rules, bound to one kind, as parameters of a test."""
    return [pytest.param(partial(rule, make), id=rule.__name__) for rule in RULES]
