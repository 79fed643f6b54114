"""One connection to an endpoint that speaks framed Thrift. HOT.

In come the exchange that uses it and the bytes of the endpoint; out goes the answer to that
exchange, whole or in pieces. A call goes out with its caller's sequence id, and the answer must
have the same. Where that is wanted the endpoint is asked for TTwitter's upgrade before the first
call. Owned by the `ClientEndpoint` that dialled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.connection import IDLE, ClientConnection
from linkerd.wire.thrift_frames import HEAD, MORE, REFUSED, WHOLE, FrameReader
from linkerd.wire.thrift_message import EXCEPTION
from linkerd.wire.thrift_result import INTERNAL_ERROR, UNKNOWN_METHOD, read_exception
from linkerd.wire.thrift_values import BINARY
from linkerd.wire.ttwitter import UPGRADE, ResponseHeader, is_upgraded, upgrade_call

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.net.exchange import Exchange
    from linkerd.wire.thrift_message import ThriftLimits, ThriftMessage

ANSWER = 1
BODY = 2
ASKING = 3

PREPARATION = "codec_connection_preparation_latency_ms"

HARMLESS = frozenset((UNKNOWN_METHOD, INTERNAL_ERROR))
"""Exceptions after which a connection can be used on; others tell of trouble in the protocol."""


class ThriftClientConnection(ClientConnection):
    """A connection to an endpoint. `sequence` is the id that the next answer must have.

    `unasked`: the endpoint is to be asked for the upgrade before the first call. `upgraded`: it has
    agreed, and headers in the form `form` stand before messages. `pipelined`: calls go by lanes.
    """

    __slots__ = ("asked", "form", "pipelined", "reader", "sequence", "unasked", "upgraded")

    def __init__(self, endpoint: ClientEndpoint, limits: ThriftLimits, now: float) -> None:
        super().__init__(endpoint, now)
        self.reader = FrameReader(limits, False)
        self.sequence = 0
        self.unasked = endpoint.client.ttwitter
        self.pipelined = False
        self.upgraded = False
        self.form = BINARY
        self.asked = 0.0

    def ask(self, exchange: Exchange, form: int) -> None:
        """Ask for the upgrade; when that is done the exchange is told that all is open."""
        self.exchange = exchange
        self.state = ASKING
        self.unasked = False
        self.form = form
        self.asked = self.endpoint.client.clock()
        self.transport.write(upgrade_call(form))

    def read_consent(self) -> None:
        """The endpoint agrees, or does not know what it was asked; anything else is not Thrift."""
        verdict = self.reader.next()
        message = self.reader.message
        if verdict == MORE:
            return
        exchange = self.told()
        if verdict != WHOLE or message is None or message.name != UPGRADE:
            self.unprepared(exchange, self.reader.fault or "no answer to the upgrade")
            return
        if is_upgraded(message):
            self.upgraded = True
            self.reader.upgrade(ResponseHeader, self.form)
        client = self.endpoint.client
        client.scope.stat(PREPARATION).add(int((client.clock() - self.asked) * 1000.0))
        self.exchange = None
        self.state = IDLE
        exchange.connected(self)

    def unprepared(self, exchange: Exchange, why: str) -> None:
        """The connection is lost, or of no use, before its first call: it counts as not opened."""
        self.abandon()
        endpoint = self.endpoint
        endpoint.started()
        endpoint.failed(endpoint.client.clock())
        exchange.not_connected(why)

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
        if self.state == ASKING:
            self.reader.take(data)
            self.read_consent()
            return
        if self.fresh:
            if self.transport.sent() == self.mark:
                self.stray()
                return
            self.fresh = False
        exchange = self.told()
        if self.state == ANSWER:
            message = self.reader.alone(data)
            if message is not None and message.sequence == self.sequence:
                self.keep = message.kind != EXCEPTION or is_harmless(message)
                self.state = IDLE
                exchange.replied(message, True)
                return
        self.reader.take(data)
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
        if not self.reader.is_used_up():
            self.keep = False

    def eof_received(self) -> None:
        exchange = self.exchange
        if self.state == ASKING and exchange is not None:
            self.unprepared(exchange, "connection closed by peer")
        else:
            self.ended_early(exchange)

    def timed_out(self, why: str) -> None:
        exchange = self.exchange
        if self.state == ASKING and exchange is not None:
            self.unprepared(exchange, why)
        else:
            super().timed_out(why)

    def connection_lost(self, why: str) -> None:
        asking = self.state == ASKING
        exchange = self.let_go()
        if exchange is not None and asking:
            self.unprepared(exchange, why or "connection closed by peer")
        elif exchange is not None:
            exchange.endpoint_lost(why or "connection closed by peer", False)


def is_harmless(message: ThriftMessage) -> bool:
    """Whether an exception says nothing about the connection (Finagle's ThriftClientDispatcher)."""
    found = read_exception(message.raw, message.body, message.stop, message.form)
    return found.code in HARMLESS


__all__ = ["ThriftClientConnection", "is_harmless"]
