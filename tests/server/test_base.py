"""The one deadline of a client's connection: it asks the connection, or nobody."""

from __future__ import annotations

from typing import Any

from linkerd.net.wheel import Wheel
from linkerd.server.base import Patience


class Connection:
    def __init__(self) -> None:
        self.times: list[float] = []

    def too_slow(self, now: float) -> None:
        self.times.append(now)


def test_the_connection_hears_when_its_time_is_over() -> None:
    connection: Any = Connection()
    wheel = Wheel()
    wheel.arm(Patience(connection), 5.0)
    wheel.sweep(4.9)
    assert connection.times == []
    wheel.sweep(5.1)
    assert connection.times == [5.1]


def test_a_connection_that_is_gone_is_neither_told_nor_held() -> None:
    connection: Any = Connection()
    wheel = Wheel()
    patience = Patience(connection)
    wheel.arm(patience, 5.0)
    patience.end()
    wheel.sweep(6.0)
    assert connection.times == []
    assert patience.connection is None
