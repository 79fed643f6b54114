"""Whether a trace is recorded, by a rate that the request brings (Finagle's `Sampler`; pure).

In come a trace id, a number that is random for each process, and a rate between 0 and 1; out goes
the decision, which is the same for each request of one trace.
"""

from __future__ import annotations

import re

NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
STEPS = 10_000
SIGN = 1 << 63


def rate_of(value: bytes) -> float | None:
    """The rate that a header says, brought between 0 and 1; None if it is not a number."""
    if len(value) > 64 or NUMBER.fullmatch(value) is None:
        return None
    return min(max(float(value), 0.0), 1.0)


def sampled(trace: int, salt: int, rate: float) -> bool:
    """Whether a trace is among those recorded at this rate; both numbers have 64 bits."""
    mixed = trace ^ salt
    if mixed & SIGN:
        mixed = 2 * SIGN - mixed
    return mixed % STEPS < rate * STEPS


__all__ = ["rate_of", "sampled"]
