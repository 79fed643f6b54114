"""One HTTP/1.1 connection of a client: how requests are read. HOT.

In come the client's bytes; out goes one exchange after another to the router, and its answer in
order. Malformed requests are answered here and reach nobody. Owned by the listener; an idle
connection holds no buffer.
"""

from __future__ import annotations

from linkerd.server.answering import BODY, CHUNKS, CONTINUE, HEAD, LENGTH, Answering
from linkerd.server.connection import ENDING, IDLE, TUNNEL, WAIT
from linkerd.server.errors import TOO_LARGE
from linkerd.wire.chunked import ChunkedReader
from linkerd.wire.http1 import RequestHead
from linkerd.wire.incomplete import empty_lines


class HttpServerConnection(Answering):
    """A client's connection, from its bytes to requests."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        state = self.state
        if state == IDLE:
            self.take(data)
        elif state == HEAD:
            held = self.held
            self.held = b""
            self.take(held + data)
        elif state == LENGTH:
            self.read_length(data)
        elif state == CHUNKS:
            self.read_chunks(data, 0)
        elif state == WAIT:
            self.held = self.held + data
            self.stopped = True
            self.transport.pause()
        elif state == TUNNEL and self.exchange is not None:
            self.exchange.request_data(data)
        elif state == BODY:
            self.collect(data)

    def take(self, data: bytes) -> None:
        """A request begins here: scan its head, and start the exchange if enough is there."""
        head = RequestHead()
        begin = 0
        if data[0] == 13:
            begin = empty_lines(data)
        end = head.scan(data, begin, self.listener.limits)
        if end <= 0:
            if end < 0:
                self.refuse(-end, head.fault, head)
            elif begin < len(data):
                self.wait_for_head(data[begin:])
            else:
                self.rest()
            return
        length = head.length
        if head.chunked or length > self.listener.buffered:
            self.start_streamed(head, data, end)
        elif length > 0:
            stop = end + length
            if len(data) < stop:
                self.want_body(head)
                self.wait_for_body(data, stop)
                return
            self.start(head, data[end:stop], data[stop:])
        else:
            self.start(head, b"", data[end:] if end < len(data) else b"")

    def wait_for_head(self, data: bytes) -> None:
        """Keep what there is; there is one time for all of a head."""
        self.held = data
        if self.state == IDLE:
            self.be_patient(self.listener.head_s)
        self.state = HEAD

    def wait_for_body(self, data: bytes, stop: int) -> None:
        """Keep what there is of a request that ends at `stop`; the time is between its bytes."""
        self.held = data
        self.pieces = []
        self.left = stop - len(data)
        self.be_patient(self.listener.body_s)
        self.state = BODY

    def collect(self, data: bytes) -> None:
        """More of a small body, which need not be small: its pieces are joined once."""
        pieces = self.pieces
        if pieces is None:
            raise AssertionError("no place for a body")
        pieces.append(data)
        self.left -= len(data)
        if self.left > 0:
            self.be_patient(self.listener.body_s)
            return
        head = self.held
        self.held = b""
        self.pieces = None
        self.take(head + b"".join(pieces))

    def rest(self) -> None:
        """Nothing but empty lines came: there is no request yet."""
        self.state = IDLE
        if self.patience is not None:
            self.patience.deadline = 0.0

    def want_body(self, head: RequestHead) -> None:
        """Ask for a body that the client holds back (RFC 9110 10.1.1)."""
        if head.expect and not self.continued:
            self.continued = True
            self.transport.write(CONTINUE)

    def start(self, head: RequestHead, body: bytes, rest: bytes) -> None:
        """A request that is complete."""
        if self.patience is not None:
            self.patience.deadline = 0.0
        self.state = WAIT
        self.held = rest
        self.keep = not (head.close or self.last) and (head.version == 11 or head.keep_alive)
        self.requests += 1
        listener = self.listener
        dispatch = listener.via_dispatch if head.via else listener.dispatch
        exchange = self.exchange = dispatch.exchange(self, head, body, False)
        exchange.begin(listener.clock())

    def start_streamed(self, head: RequestHead, data: bytes, end: int) -> None:
        """A request whose body follows in pieces."""
        limits = self.listener.limits
        if head.length > limits.body:
            self.refuse(413, TOO_LARGE, head)
            return
        self.keep = not (head.close or self.last) and (head.version == 11 or head.keep_alive)
        self.requests += 1
        self.flow()
        have = len(data) - end
        # A client that asks for leave has its time from then on.
        self.be_patient(0.0 if head.expect and not have else self.listener.body_s)
        if head.chunked:
            self.state = CHUNKS
            self.chunks = ChunkedReader(limits)
            self.left = limits.body
        else:
            self.state = LENGTH
            self.left = head.length
        self.continued = have > 0
        listener = self.listener
        dispatch = listener.via_dispatch if head.via else listener.dispatch
        exchange = self.exchange = dispatch.exchange(self, head, b"", True)
        exchange.begin(listener.clock())
        if have and self.exchange is exchange:
            self.data_received(data[end:])

    def read_length(self, data: bytes) -> None:
        """Bytes of a body with Content-Length, and what comes behind it."""
        exchange = self.exchange
        left = self.left - len(data)
        self.left = max(left, 0)
        if left > 0:
            self.be_patient(self.listener.body_s)
            if exchange is not None:
                exchange.request_data(data)
            return
        self.body_ended(data[len(data) + left :] if left < 0 else b"")
        if exchange is not None:
            exchange.request_data(data[: len(data) + left] if left < 0 else data)
            if self.exchange is exchange:
                exchange.request_end(b"")

    def read_chunks(self, data: bytes, at: int) -> None:
        """Bytes of a chunked body, and what comes behind it."""
        exchange = self.exchange
        chunks = self.chunks
        if chunks is None:
            raise AssertionError("no reader for a chunked body")
        at = chunks.feed(data, at)
        payload = chunks.payload()
        self.left -= len(payload)
        if at < 0 or self.left < 0:
            self.state = ENDING
            if exchange is not None:
                if at < 0:
                    exchange.request_broken(400, chunks.fault)
                else:
                    exchange.request_broken(413, TOO_LARGE)
            return
        if chunks.done:
            self.chunks = None
            self.body_ended(data[at:])
        else:
            self.be_patient(self.listener.body_s)
        if exchange is not None:
            if payload:
                exchange.request_data(payload)
            if chunks.done and self.exchange is exchange:
                exchange.request_end(chunks.trailers)

    def body_ended(self, rest: bytes) -> None:
        """The request is complete; what follows is the next one."""
        if self.patience is not None:
            self.patience.deadline = 0.0
        self.state = WAIT
        self.held = rest
