"""The rest of an answer that nobody wants: read if it is short, so that its connection can be kept.

In comes a connection in the middle of an answer's body; it goes back to its pool once the body has
come, and is closed if the body is longer or slower than a new connection would be worth. Owned by
the connection that reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import Exchange
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from linkerd.client.http import HttpClientConnection

MOST = 1024
"""How many bytes are read; as many as Finagle reads of a nack."""

PATIENCE_S = 1.0


class Remainder(Exchange, Timed):
    """Takes the place of an exchange whose request has gone elsewhere."""

    __slots__ = ("connection", "left")

    def __init__(self, connection: HttpClientConnection) -> None:
        Timed.__init__(self)
        self.connection = connection
        self.left = MOST

    def expired(self, now: float) -> None:
        self.connection.abandon()

    def answer_data(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0:
            self.deadline = 0.0
            self.connection.abandon()

    def answer_end(self, trailers: bytes) -> None:
        self.deadline = 0.0
        self.connection.released()

    def endpoint_drained(self) -> None:
        """The request went out as a whole; nobody has more to write."""

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        self.deadline = 0.0


def read_remainder(connection: HttpClientConnection, length: int) -> None:
    """Give a connection back, after the rest of its answer if that is worth the while.

    `length` is the Content-Length, or -1.
    """
    if not connection.keep or length > MOST:
        connection.abandon()
        return
    remainder = Remainder(connection)
    connection.exchange = remainder
    client = connection.endpoint.client
    client.wheel.arm(remainder, client.clock() + PATIENCE_S)


__all__ = ["MOST", "PATIENCE_S", "Remainder", "read_remainder"]
