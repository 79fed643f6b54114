"""Answers that are kept until they are whole, so that nothing of one that breaks off is passed on.

In comes an answer of which only a part is there; out goes, to the exchange it is for, the whole
answer or what went wrong. Until then all can be told to the client and another try is possible.
Owned by the connection that reads the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import Exchange

if TYPE_CHECKING:
    from linkerd.client.http import HttpClientConnection
    from linkerd.wire.http1 import ResponseHead


class Keeping:
    """Which answers are kept: `everything`, or those with a Content-Length `up_to` so many bytes.

    `most` is how many bytes of a body may be kept.
    """

    __slots__ = ("everything", "most", "up_to")

    def __init__(self, up_to: int, everything: bool, most: int) -> None:
        self.up_to = up_to
        self.everything = everything
        self.most = most


PASSED_ON = Keeping(0, False, 0)
"""Every answer is passed on as it comes."""


class WholeAnswer(Exchange):
    """Stands before an exchange, at its connection, until the answer is whole."""

    __slots__ = ("connection", "exchange", "framing", "head", "most", "pieces", "size")

    def __init__(
        self,
        connection: HttpClientConnection,
        exchange: Exchange,
        head: ResponseHead,
        framing: int,
        most: int,
    ) -> None:
        self.connection = connection
        self.exchange = exchange
        self.head = head
        self.framing = framing
        self.most = most
        self.pieces: list[bytes] = []
        self.size = max(head.length, 0)

    def take_over(self, body: bytes) -> None:
        """Take the place of the exchange, with what is there of the body."""
        self.connection.exchange = self
        self.answer_data(body)

    def answer_data(self, data: bytes) -> None:
        self.pieces.append(data)
        if self.head.length < 0:
            self.size += len(data)
        if self.size > self.most:
            self.connection.abandon()
            self.exchange.answer_too_large()

    def answer_end(self, trailers: bytes) -> None:
        connection = self.connection
        exchange = self.exchange
        connection.exchange = exchange
        exchange.answered(self.head, b"".join(self.pieces), self.framing, not trailers)
        if trailers and connection.exchange is exchange:
            exchange.answer_end(trailers)

    def endpoint_drained(self) -> None:
        self.exchange.endpoint_drained()

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        self.exchange.endpoint_lost(why, bad_answer)


__all__ = ["PASSED_ON", "Keeping", "WholeAnswer"]
