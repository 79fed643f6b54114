"""The identity of a request in a distributed trace, as Finagle's `TraceId` (pure). HOT.

In come the numbers that a propagator has read or drawn; out goes a value that says which trace a
request belongs to and which span of it this proxy is. Owned by the exchange of the request.
"""

from __future__ import annotations

DEBUG = 1
"""Flag: the trace is recorded, whatever else says not."""
KNOWN = 2
"""Flag: whether the trace is recorded has been decided."""
SAMPLED = 4
"""Flag, with `KNOWN`: it is recorded."""

MASK = (1 << 64) - 1


class TraceId:
    """Where a span belongs: its trace, its parent, itself; numbers of 64 bits without sign.

    A root's parent is the trace itself. `high` is the upper half of a trace id of 128 bits, 0 if
    there is none. `flags` are `DEBUG`, `KNOWN`, `SAMPLED` and bits that only pass through.
    """

    __slots__ = ("flags", "high", "parent", "span", "trace")

    def __init__(self, trace: int, parent: int, span: int, flags: int, high: int) -> None:
        self.trace = trace
        self.parent = parent
        self.span = span
        self.flags = flags
        self.high = high

    def child(self, span: int) -> TraceId:
        """The span `span` below this one."""
        return TraceId(self.trace, self.span, span, self.flags, self.high)

    def decide(self, sampled: bool) -> None:
        """Whether the trace is recorded, in place of what was decided so far."""
        flags = self.flags & ~SAMPLED | KNOWN
        self.flags = flags | SAMPLED if sampled else flags

    def sampled(self) -> bool | None:
        """Whether the trace is recorded; None while nobody has decided."""
        flags = self.flags
        if flags & DEBUG:
            return True
        return bool(flags & SAMPLED) if flags & KNOWN else None

    def trace_text(self) -> str:
        """The id of the trace in 16 hexadecimal digits, or in 32 if it has 128 bits."""
        return f"{self.high:016x}{self.trace:016x}" if self.high else f"{self.trace:016x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TraceId) and self.numbers() == other.numbers()

    def __hash__(self) -> int:
        return hash(self.numbers())

    def numbers(self) -> tuple[int, int, int, int, int]:
        """All that it consists of."""
        return self.high, self.trace, self.parent, self.span, self.flags

    def __repr__(self) -> str:
        """Show it as Finagle does: `trace.span<:parent`."""
        return f"{self.trace_text()}.{self.span:016x}<:{self.parent:016x}"


__all__ = ["DEBUG", "KNOWN", "MASK", "SAMPLED", "TraceId"]
