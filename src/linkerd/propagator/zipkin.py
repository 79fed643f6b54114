"""`io.l5d.zipkin`: the B3 headers of Zipkin, each part of a trace id in its own. HOT.

In and out: `x-b3-traceid`, `x-b3-spanid`, `x-b3-parentspanid`, `x-b3-sampled` and `x-b3-flags`. A
number in `x-b3-sampled` is also the rate at which traces are to be recorded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.propagator.base import Propagator, TracePropagatorConfig
from linkerd.propagator.trace_id import DEBUG, KNOWN, MASK, SAMPLED, TraceId

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type only

    from linkerd.wire.http1 import RequestHead

MARK = b"\nx-b3-"
HIDDEN = b"\n\0\0\0\0\0"
FIELDS = re.compile(rb"\n(x-b3-(?:traceid|spanid|parentspanid|sampled|flags)):([^\r]*+)")
OTHERS = re.compile(rb"\n(l5d-(?:ctx-trace|sample)):([^\r]*+)")
ID = re.compile(rb"[0-9A-Fa-f]{1,32}")
NUMBER = re.compile(rb"[0-9]{1,20}")
YES = frozenset((b"1", b"t", b"true"))
DECISION = KNOWN | SAMPLED


class ZipkinPropagator(Propagator):
    """Reads and writes B3."""

    __slots__ = ()

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.salt = self.bits(64)

    def received(self, head: RequestHead, context: bool) -> TraceId | None:
        if context:
            head.take_out(OTHERS)
        if head.lower.find(MARK) >= 0:
            said = dict(reversed(head.take_out(FIELDS)))
            return self.begin(decode(said), said.get(b"x-b3-sampled", b""))
        root = self.bits(64) or 1
        return TraceId(root, root, root, 0, 0)

    def lines(self, trace: TraceId, span: int) -> bytes:
        flags = trace.flags
        return (
            b"x-b3-traceid: %016x\r\nx-b3-spanid: %016x\r\nx-b3-parentspanid: %016x\r\n"
            b"x-b3-sampled: %d\r\nx-b3-flags: %d\r\n"
        ) % (
            trace.trace,
            span,
            trace.span,
            1 if flags & DEBUG or flags & DECISION == DECISION else 0,
            flags & ~DECISION,
        )

    def clear(self, head: RequestHead) -> None:
        head.take_out(FIELDS)
        head.lower = head.lower.replace(MARK, HIDDEN)


def decode(said: dict[bytes, bytes]) -> TraceId | None:
    """The trace id that the fields say; None without a span id.

    Of a trace id of 128 bits the lower half counts.
    """
    span = number(said.get(b"x-b3-spanid", b""))
    if span is None:
        return None
    parent = number(said.get(b"x-b3-parentspanid", b""))
    if parent is None:
        parent = span
    trace = number(said.get(b"x-b3-traceid", b""))
    if trace is None:
        trace = parent
    flags = NUMBER.match(said.get(b"x-b3-flags", b""))
    found = TraceId(trace, parent, span, int(flags[0]) & MASK & ~DECISION if flags else 0, 0)
    decision = said.get(b"x-b3-sampled")
    if decision is not None:
        found.decide(decision.lower() in YES)
    return found


def number(text: bytes) -> int | None:
    """The lower 64 bits of an id; None if it is not one."""
    return int(text, 16) & MASK if ID.fullmatch(text) else None


@attrs.frozen(kw_only=True)
class ZipkinPropagatorConfig(TracePropagatorConfig):
    """The section of `io.l5d.zipkin`."""

    kind: ClassVar[str] = "io.l5d.zipkin"
    summary: ClassVar[str] = "Reads and writes the trace in Zipkin's B3 headers."

    def mk(self, rng: random.Random) -> Propagator:
        """Make the propagator."""
        return ZipkinPropagator(rng)


__all__ = ["ZipkinPropagator", "ZipkinPropagatorConfig", "decode"]
