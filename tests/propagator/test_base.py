"""What propagators share: how a trace begins."""

from __future__ import annotations

import random  # noqa: TID251  # seeded

import pytest

from linkerd.propagator.base import Propagator
from linkerd.propagator.trace_id import KNOWN, TraceId


class Zeros(random.Random):
    """Draws nothing but zeros."""

    def getrandbits(self, k: int, /) -> int:
        return 0


@pytest.mark.parametrize("received", [None, TraceId(1, 2, 3, 0, 0)])
def test_no_span_is_zero(received: TraceId | None) -> None:
    assert Propagator(Zeros()).begin(received, b"").span == 1


def test_without_a_rate_the_decision_is_inherited() -> None:
    trace = Propagator(random.Random(1)).begin(TraceId(1, 2, 3, KNOWN, 7), b"")
    assert trace.numbers() == (7, 1, 3, trace.span, KNOWN)
