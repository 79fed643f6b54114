"""One HTTP/1.1 connection to an endpoint.

In come the exchange that uses it and the bytes of the endpoint; out go the answer's head and body
to that exchange. Between exchanges the connection rests in its endpoint's pool, where any byte or
end of file means that it is no longer usable. Owned by the `ClientEndpoint` that dialled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.connection import IDLE, ClientConnection
from linkerd.client.whole import PASSED_ON, WholeAnswer
from linkerd.net.exchange import BY_CHUNKS, BY_CLOSE, BY_LENGTH, NO_BODY
from linkerd.telemetry.request_stats import StatusStats
from linkerd.wire.chunked import ChunkedReader
from linkerd.wire.http1 import ResponseHead

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.client.whole import Keeping
    from linkerd.net.connection import Transport
    from linkerd.net.exchange import Exchange
    from linkerd.telemetry.metrics import Scope
    from linkerd.wire.http1 import Limits

# What the endpoint's next bytes are; `IDLE` is none.
HEAD = 1
LENGTH = 2
CHUNKS = 3
CLOSE = 4
SPLICED = 5
TUNNEL = 6

MAX_INTERIM = 16


class HttpClientConnection(ClientConnection):
    """A connection that speaks HTTP/1.1.

    `explicit`: only an answer that says keep-alive keeps it open, for the request is HTTP/1.0 or
    CONNECT.
    """

    __slots__ = (
        "chunks",
        "explicit",
        "held",
        "interim",
        "keeping",
        "left",
        "limits",
        "method",
    )

    def __init__(
        self, endpoint: ClientEndpoint, limits: Limits, keeping: Keeping, now: float
    ) -> None:
        super().__init__(endpoint, now)
        self.limits = limits
        self.keeping = keeping
        self.method = b""
        self.held = b""
        self.left = 0
        self.chunks: ChunkedReader | None = None
        self.interim = 0
        self.explicit = False

    def begin(self, exchange: Exchange, method: bytes) -> None:
        """An exchange takes the connection and is about to write its request."""
        self.exchange = exchange
        self.method = method
        self.state = HEAD
        self.fresh = True
        self.interim = 0
        self.served += 1
        self.mark = self.transport.bytes_out
        self.explicit = False

    def data_received(self, data: bytes) -> None:
        state = self.state
        if state == HEAD:
            if self.fresh and self.transport.sent() == self.mark:
                self.stray()
                return
            self.fresh = False
            if self.held:
                data = self.held + data
                self.held = b""
            self.read_head(data)
        elif state == LENGTH:
            self.read_length(data)
        elif state == CHUNKS:
            self.read_chunks(data)
        elif state == CLOSE or state == TUNNEL:  # noqa: SIM109 - a tuple would be made each time
            self.told().answer_data(data)
        else:
            # Nobody asked for anything: whatever this is, it must not become somebody's answer.
            self.endpoint.unsolicited(self)

    # -- the answer's head

    def read_head(self, data: bytes) -> None:
        """The bytes at the beginning of an answer."""
        head = ResponseHead()
        at = head.scan(data, 0, self.limits)
        if at == 0:
            self.held = data
        elif at < 0:
            self.broken(head.fault)
        elif head.status < 200:
            self.read_interim(head, data, at)
        else:
            self.read_body(head, data, at)

    def read_interim(self, head: ResponseHead, data: bytes, at: int) -> None:
        """An interim answer: pass it on and go on to the next head."""
        if head.status == 101:
            self.read_consent(head, data[at:])
            return
        self.interim += 1
        if self.interim > MAX_INTERIM:
            self.broken("too many interim answers")
            return
        self.told().informed(head)
        if at < len(data) and self.exchange is not None:
            self.read_head(data[at:])

    def read_consent(self, head: ResponseHead, early: bytes) -> None:
        """The endpoint takes what follows for a tunnel; whoever asked knows whether it may."""
        exchange = self.told()
        self.keep = False
        self.state = TUNNEL
        if not exchange.switched(head, early):
            self.broken("a change of protocol that nobody asked for")

    def read_body(self, head: ResponseHead, data: bytes, at: int) -> None:
        """How the body is delimited (RFC 9112 6.3), and what has come of it."""
        exchange = self.told()
        status = head.status
        if self.explicit and self.method == b"CONNECT" and status < 300:
            self.read_consent(head, data[at:])
            return
        have = len(data) - at
        modern = head.version == 11 and not self.explicit
        self.keep = not head.close and (modern or head.keep_alive)
        if self.method == b"HEAD" or status == 204 or status == 304:
            self.ended(have)
            exchange.answered(head, b"", NO_BODY, True)
        elif head.chunked:
            self.chunks = ChunkedReader(self.limits)
            self.read_chunked_answer(exchange, head, data, at)
        elif head.length >= 0:
            self.left = head.length - have
            if self.left <= 0:
                self.ended(-self.left)
                body = data[at : at + head.length] if have else b""
                exchange.answered(head, body, BY_LENGTH, True)
            else:
                self.state = LENGTH
                self.answer_begun(exchange, head, data[at:] if have else b"", BY_LENGTH)
        else:
            self.state = CLOSE
            self.keep = False
            self.answer_begun(exchange, head, data[at:] if have else b"", BY_CLOSE)

    def answer_begun(
        self, exchange: Exchange, head: ResponseHead, body: bytes, framing: int
    ) -> None:
        """An answer of which more is to come: pass it on, or keep it until it is whole."""
        keeping = self.keeping
        if keeping.everything or 0 <= head.length <= keeping.up_to:
            WholeAnswer(self, exchange, head, framing, keeping.most).take_over(body)
        else:
            exchange.answered(head, body, framing, False)

    def read_chunked_answer(
        self, exchange: Exchange, head: ResponseHead, data: bytes, at: int
    ) -> None:
        """The head of a chunked answer, with what came of its body in the same bytes."""
        self.state = CHUNKS
        chunks = self.chunks
        if chunks is None:
            raise AssertionError("no reader for a chunked body")
        at = chunks.feed(data, at)
        if at < 0:
            self.broken(chunks.fault)
            return
        if not chunks.done:
            self.answer_begun(exchange, head, chunks.payload(), BY_CHUNKS)
            return
        self.chunks = None
        self.ended(len(data) - at)
        complete = not chunks.trailers
        exchange.answered(head, chunks.payload(), BY_CHUNKS, complete)
        if not complete and self.exchange is exchange:
            exchange.answer_end(chunks.trailers)

    def ended(self, surplus: int) -> None:
        """The answer is complete; bytes behind it make the connection unusable."""
        self.state = IDLE
        if surplus > 0:
            self.keep = False

    # -- the answer's body

    def read_length(self, data: bytes) -> None:
        """Bytes of a body with Content-Length."""
        exchange = self.told()
        left = self.left - len(data)
        if left > 0:
            self.left = left
            exchange.answer_data(data)
            return
        self.ended(-left)
        exchange.answer_data(data if left == 0 else data[:left])
        if self.exchange is exchange:
            exchange.answer_end(b"")

    def splice_to(self, target: Transport) -> None:
        """Let the rest of a long body go straight to `target`, if the carrier can."""
        if self.state == LENGTH and self.transport.splice_to(target, self.left):
            self.state = SPLICED

    def spliced(self) -> None:
        exchange = self.told()
        self.ended(0)
        exchange.answer_end(b"")

    def read_chunks(self, data: bytes) -> None:
        """Bytes of a chunked body."""
        exchange = self.told()
        chunks = self.chunks
        if chunks is None:
            raise AssertionError("no reader for a chunked body")
        at = chunks.feed(data, 0)
        if at < 0:
            self.broken(chunks.fault)
            return
        if chunks.done:
            self.chunks = None
            self.ended(len(data) - at)
        payload = chunks.payload()
        if payload:
            exchange.answer_data(payload)
        if chunks.done and self.exchange is exchange:
            exchange.answer_end(chunks.trailers)

    # -- the end

    def eof_received(self) -> None:
        exchange = self.exchange
        if exchange is not None and self.state == CLOSE:
            self.ended(0)
            self.transport.close()
            exchange.answer_end(b"")
        elif exchange is not None and self.state == TUNNEL:
            exchange.answer_end(b"")
        else:
            self.ended_early(exchange)

    def connection_lost(self, why: str) -> None:
        state = self.state
        exchange = self.let_go()
        if exchange is None:
            return
        if state == CLOSE and not why:
            exchange.answer_end(b"")
        else:
            exchange.endpoint_lost(why or "connection closed by peer", False)


class HttpConnections:
    """HTTP/1.1 to the endpoints, within `limits`; `keeping` says which answers are kept whole."""

    __slots__ = ("keeping", "limits")

    def __init__(self, limits: Limits, keeping: Keeping = PASSED_ON) -> None:
        self.limits = limits
        self.keeping = keeping

    def connection(self, endpoint: ClientEndpoint, now: float) -> HttpClientConnection:
        """A connection that is about to be opened."""
        return HttpClientConnection(endpoint, self.limits, self.keeping, now)

    def statuses(self, scope: Scope) -> StatusStats:
        """What counts the answers of a client by status."""
        return StatusStats(scope)
