"""One connection to an endpoint that speaks framed Thrift. HOT.

In come the exchange that uses it and the bytes of the endpoint; out goes the answer to that
exchange, whole or in pieces. A call goes out with its caller's sequence id, and the answer must
have the same. Owned by the `ClientEndpoint` that dialled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.connection import IDLE, ClientConnection
from linkerd.telemetry.request_stats import NO_STATUSES
from linkerd.wire.thrift_frames import HEAD, MORE, REFUSED, WHOLE, FrameReader
from linkerd.wire.thrift_message import EXCEPTION
from linkerd.wire.thrift_result import INTERNAL_ERROR, UNKNOWN_METHOD, read_exception

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.net.exchange import Exchange
    from linkerd.telemetry.metrics import Scope
    from linkerd.telemetry.request_stats import Statuses
    from linkerd.wire.thrift_message import ThriftLimits, ThriftMessage

ANSWER = 1
BODY = 2

HARMLESS = frozenset((UNKNOWN_METHOD, INTERNAL_ERROR))
"""Exceptions after which a connection can be used on; others tell of trouble in the protocol."""


class ThriftClientConnection(ClientConnection):
    """A connection to an endpoint. `sequence` is the id that the next answer must have."""

    __slots__ = ("reader", "sequence")

    def __init__(self, endpoint: ClientEndpoint, limits: ThriftLimits, now: float) -> None:
        super().__init__(endpoint, now)
        self.reader = FrameReader(limits, False)
        self.sequence = 0

    def begin(self, exchange: Exchange, sequence: int) -> None:
        """An exchange takes the connection and is about to write its call."""
        self.exchange = exchange
        self.sequence = sequence
        self.state = ANSWER
        self.fresh = True
        self.served += 1
        self.mark = self.transport.bytes_out

    def unanswered(self) -> None:
        """The call was one-way: it is over as soon as it is written."""
        self.state = IDLE
        self.keep = True
        self.released()

    def data_received(self, data: bytes) -> None:
        if self.state == IDLE:
            # Nobody asked for anything: whatever this is, it must not become somebody's answer.
            self.endpoint.unsolicited(self)
            return
        if self.fresh:
            if self.transport.sent() == self.mark:
                self.stray()
                return
            self.fresh = False
        self.reader.take(data)
        exchange = self.told()
        while self.exchange is exchange:
            verdict = self.reader.next()
            if verdict == WHOLE:
                self.read_answer(exchange, True)
            elif verdict == HEAD:
                self.read_answer(exchange, False)
            elif verdict == REFUSED:
                self.broken(self.reader.fault)
            elif verdict == MORE:
                return
            else:
                self.read_piece(exchange)
            if self.state == IDLE:
                return

    def read_answer(self, exchange: Exchange, complete: bool) -> None:
        """An answer, or the beginning of a large one."""
        message = self.reader.message
        if message is None:
            raise AssertionError("an answer without a message")
        if message.sequence != self.sequence:
            self.broken(f"sequence id {message.sequence} in answer to {self.sequence}")
            return
        self.keep = message.kind != EXCEPTION or (complete and is_harmless(message))
        if complete:
            self.ended()
        else:
            self.state = BODY
        exchange.replied(message, complete)

    def read_piece(self, exchange: Exchange) -> None:
        """More of a large answer."""
        reader = self.reader
        if reader.left:
            exchange.answer_data(reader.piece)
            return
        self.ended()
        exchange.answer_data(reader.piece)
        if self.exchange is exchange:
            exchange.answer_end(b"")

    def ended(self) -> None:
        """The answer is complete; bytes behind it make the connection unusable."""
        self.state = IDLE
        if not self.reader.between():
            self.keep = False

    def eof_received(self) -> None:
        self.ended_early(self.exchange)

    def connection_lost(self, why: str) -> None:
        exchange = self.let_go()
        if exchange is not None:
            exchange.endpoint_lost(why or "connection closed by peer", False)


class ThriftConnections:
    """Framed Thrift to the endpoints, within `limits`."""

    __slots__ = ("limits",)

    def __init__(self, limits: ThriftLimits) -> None:
        self.limits = limits

    def connection(self, endpoint: ClientEndpoint, now: float) -> ThriftClientConnection:
        """A connection that is about to be opened."""
        return ThriftClientConnection(endpoint, self.limits, now)

    def statuses(self, scope: Scope) -> Statuses:
        """Answers have no status."""
        return NO_STATUSES


def is_harmless(message: ThriftMessage) -> bool:
    """Whether an exception says nothing about the connection (Finagle's ThriftClientDispatcher)."""
    found = read_exception(message.raw, message.body, message.stop, message.form)
    return found.code in HARMLESS


__all__ = ["ThriftClientConnection", "ThriftConnections"]
