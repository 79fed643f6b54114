"""Finagle's contexts that we know, as TTwitter headers and Mux messages carry them.

In come the bytes of a context's value, out come its numbers, and back; all in network byte order.
"""

from __future__ import annotations

import struct

DEADLINE = b"com.twitter.finagle.Deadline"
TRACE = b"com.twitter.finagle.tracing.TraceContext"

TIMES = struct.Struct(">qq")
LATEST = 2**63 - 1
IDS = struct.Struct(">5Q")


def deadline(value: bytes) -> tuple[int, int] | None:
    """The context DEADLINE: when it was written and the deadline, in ns since 1970.

    None if it is malformed.
    """
    if len(value) != TIMES.size:
        return None
    written, until = TIMES.unpack(value)
    return written, until


def deadline_value(written: int, until: int) -> bytes:
    """The value of the context DEADLINE."""
    return TIMES.pack(min(written, LATEST), min(until, LATEST))


def trace(value: bytes) -> tuple[int, int, int, int, int] | None:
    """The context TRACE: span, parent, trace, flags and the trace's high bits (0 if not there).

    None if it is malformed.
    """
    if len(value) == 32:
        value += bytes(8)
    if len(value) != IDS.size:
        return None
    span, parent, low, flags, high = IDS.unpack(value)
    return span, parent, low, flags, high


def trace_value(span: int, parent: int, low: int, flags: int, high: int) -> bytes:
    """The value of the context TRACE; the high bits are left out if they are 0."""
    value = IDS.pack(span, parent, low, flags, high)
    return value if high else value[:32]
