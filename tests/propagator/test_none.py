"""`none`."""

from __future__ import annotations

import random  # noqa: TID251  # seeded

from tests.contracts.propagator import passed_on, received, request

from linkerd.propagator.none import NoneConfig

LINES = [
    b"l5d-ctx-trace: x",
    b"l5d-reqid: 1",
    b"l5d-sample: 1",
    b"x-b3-spanid: 1",
    b"traceparent: 1",
]


def test_everything_passes() -> None:
    propagator = NoneConfig().mk(random.Random(1))
    head = request(*LINES)
    assert received(propagator, head) is None
    propagator.clear(head)
    assert passed_on(head) == LINES


def test_no_number_is_drawn() -> None:
    rng = random.Random(1)
    before = rng.getstate()
    received(NoneConfig().mk(rng), request())
    assert rng.getstate() == before
