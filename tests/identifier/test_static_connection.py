"""One name for all connections."""

from __future__ import annotations

from tests.identifier.test_arrival import arrival
from tests.identifier.test_connection import STATIC, named


def test_every_connection_has_the_name() -> None:
    assert named(STATIC, arrival()) == "/svc/db/main"
