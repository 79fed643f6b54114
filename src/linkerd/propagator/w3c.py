"""`io.l5d.w3c`: the header `traceparent` of the W3C's Trace Context. HOT.

In and out: `traceparent`, version 00. `tracestate` passes through untouched, but not without a
valid `traceparent`: it belongs to a trace that ends here. Out besides: `l5d-reqid`; in besides:
`l5d-sample`. The rules are those of https://www.w3.org/TR/trace-context/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.propagator.base import OWN, Propagator, TracePropagatorConfig
from linkerd.propagator.trace_id import DEBUG, KNOWN, SAMPLED, TraceId

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type only

    from linkerd.wire.http1 import RequestHead

MARK = b"\ntrace"
PARENT = re.compile(rb"\n(traceparent):([^\r]*+)")
STATE = re.compile(rb"\n(tracestate):([^\r]*+)")
VALUE = re.compile(
    rb"([0-9a-f]{2})-([0-9a-f]{16})([0-9a-f]{16})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
DECISION = KNOWN | SAMPLED


class W3cPropagator(Propagator):
    """Reads and writes `traceparent`."""

    __slots__ = ()

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.salt = self.bits(64)

    def received(self, head: RequestHead, context: bool) -> TraceId | None:
        rate = b""
        if context:
            rate = dict(reversed(head.take_out(OWN))).get(b"l5d-sample", b"")
        parent = None
        if head.lower.find(MARK) >= 0:
            said = head.take_out(PARENT)
            if len(said) == 1:
                parent = decode(said[0][1])
            if parent is None:
                head.take_out(STATE)
        trace = self.begin(parent, rate)
        if parent is None:
            trace.high = self.bits(64)
        return trace

    def lines(self, trace: TraceId, span: int) -> bytes:
        number = trace.trace
        flags = trace.flags
        return b"traceparent: 00-%016x%016x-%016x-%02x\r\nl5d-reqid: %016x\r\n" % (
            trace.high,
            number,
            span,
            1 if flags & DEBUG or flags & DECISION == DECISION else 0,
            number,
        )

    def clear(self, head: RequestHead) -> None:
        head.take_out(PARENT)
        head.take_out(STATE)
        head.lower = head.lower.replace(b"\ntraceparent:", b"\n\0\0\0\0\0parent:")


def decode(value: bytes) -> TraceId | None:
    """The trace id that a value of `traceparent` says, or None.

    Of a version that is not known yet the parts of version 00 are read.
    """
    found = VALUE.fullmatch(value)
    if found is None:
        return None
    version, high, low, span, flags, more = found.groups()
    if version == b"ff" or (version == b"00" and more is not None):
        return None
    trace = TraceId(int(low, 16), int(span, 16), int(span, 16), 0, int(high, 16))
    if trace.span == 0 or not (trace.trace or trace.high):
        return None
    trace.decide(bool(int(flags, 16) & 1))
    return trace


@attrs.frozen(kw_only=True)
class W3cPropagatorConfig(TracePropagatorConfig):
    """The section of `io.l5d.w3c`."""

    kind: ClassVar[str] = "io.l5d.w3c"
    summary: ClassVar[str] = (
        "Reads and writes the trace in `traceparent`, and writes `l5d-reqid`. Linkerd 1 has no such"
        " kind."
    )

    def mk(self, rng: random.Random) -> Propagator:
        """Make the propagator."""
        return W3cPropagator(rng)


__all__ = ["W3cPropagator", "W3cPropagatorConfig", "decode"]
