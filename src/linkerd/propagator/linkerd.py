"""`io.l5d.default`: Linkerd's own trace header. HOT.

In and out: `l5d-ctx-trace`, the trace id in 32 or 40 bytes as base64. Out besides: `l5d-reqid`, the
trace in hexadecimal digits, the same for all requests that follow from one. In besides:
`l5d-sample`, the rate at which traces are to be recorded.
"""

from __future__ import annotations

import re
import struct
from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.propagator.base import OWN, Propagator, TracePropagatorConfig
from linkerd.propagator.trace_id import TraceId

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type only

    from linkerd.wire.http1 import RequestHead

# 32 or 40 bytes; the padding may be missing.
TEXT = re.compile(rb"(?:([A-Za-z0-9+/]{43})=?|([A-Za-z0-9+/]{54})(?:==)?)")
LONG = 40
FOUR = struct.Struct(">QQQQ")
FIVE = struct.Struct(">QQQQQ")
PACK = FOUR.pack
PACK_LONG = FIVE.pack
CTX_TRACE = b"l5d-ctx-trace"
SAMPLE = b"l5d-sample"


class LinkerdPropagator(Propagator):
    """Reads and writes `l5d-ctx-trace`."""

    __slots__ = ()

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.salt = self.bits(64)

    def received(self, head: RequestHead, context: bool) -> TraceId | None:
        if context:
            said = dict(reversed(head.take_out(OWN)))
            return self.begin(decode(said.get(CTX_TRACE, b"")), said.get(SAMPLE, b""))
        root = self.bits(64) or 1
        return TraceId(root, root, root, 0, 0)

    def lines(self, trace: TraceId, span: int) -> bytes:
        number = trace.trace
        if trace.high:
            raw = PACK_LONG(span, trace.span, number, trace.flags, trace.high)
        else:
            raw = PACK(span, trace.span, number, trace.flags)
        return b"l5d-ctx-trace: %b\r\nl5d-reqid: %016x\r\n" % (
            b2a_base64(raw, newline=False),
            number,
        )


def encode(trace: TraceId) -> bytes:
    """A trace id as `l5d-ctx-trace` has it."""
    numbers = (trace.span, trace.parent, trace.trace, trace.flags)
    raw = FIVE.pack(*numbers, trace.high) if trace.high else FOUR.pack(*numbers)
    return b2a_base64(raw, newline=False)


def decode(value: bytes) -> TraceId | None:
    """The trace id that a value of `l5d-ctx-trace` says, or None."""
    found = TEXT.fullmatch(value)
    if found is None:
        return None
    raw = a2b_base64((found[1] or found[2]) + b"==")
    high = 0
    if len(raw) == LONG:
        span, parent, trace, flags, high = FIVE.unpack(raw)
    else:
        span, parent, trace, flags = FOUR.unpack(raw)
    return TraceId(trace, parent, span, flags, high)


@attrs.frozen(kw_only=True)
class LinkerdPropagatorConfig(TracePropagatorConfig):
    """The section of `io.l5d.default`."""

    kind: ClassVar[str] = "io.l5d.default"
    summary: ClassVar[str] = "Reads and writes traces in `l5d-ctx-trace`, and writes `l5d-reqid`."

    def mk(self, rng: random.Random) -> Propagator:
        """Make the propagator."""
        return LinkerdPropagator(rng)


__all__ = ["LinkerdPropagator", "LinkerdPropagatorConfig", "decode", "encode"]
