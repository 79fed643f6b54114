"""One attempt to connect; what comes of it for the endpoint is in `test_endpoint`."""

from __future__ import annotations

import pytest
from tests.client.test_endpoint import World
from twisted.internet import error
from twisted.python.failure import Failure

from linkerd.accrual.state import DEAD
from linkerd.client.dial import text_of


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (error.ConnectionRefusedError(), "connection refused"),
        (error.TCPTimedOutError(), "connection timed out"),
        (error.NoRouteError(), "no route to host"),
        (OSError(24, "Too many open files"), "[Errno 24] Too many open files"),
    ],
)
def test_causes_read_the_same_from_every_carrier(cause: Exception, text: str) -> None:
    assert text_of(Failure(cause)) == text


def test_one_that_fails_may_be_the_probe() -> None:
    world = World()
    for _ in range(5):
        world.dial()
    assert world.endpoint.accrual.state == DEAD
    world.endpoint.accrual.revive()
    world.dial()
    counts = world.client.accrual_counts
    assert (world.endpoint.accrual.state, counts.probes, counts.removals) == (DEAD, 1, 1)
