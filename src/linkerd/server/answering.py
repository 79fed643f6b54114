"""What a client's connection does once a request is read: answers in order, patience, its end. HOT.

In come the calls of exchanges and of the transport; out go the end of one answer, the next request
that has already arrived, or the connection's end. The half that reads is `linkerd.server.http`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.connection import Connection
from linkerd.server.base import AT_ONCE, GONE_S, LINGER_S, STALL_S, Patience
from linkerd.server.errors import refusal
from linkerd.wire.http1 import RequestHead
from linkerd.wire.incomplete import empty_lines

if TYPE_CHECKING:
    from linkerd.net.connection import Transport
    from linkerd.net.exchange import Exchange
    from linkerd.server.listener import Listener
    from linkerd.wire.chunked import ChunkedReader

# What the client's next bytes are.
IDLE = 0  # the next request
HEAD = 1  # the rest of a head, or of a small body
LENGTH = 2  # a body with Content-Length
CHUNKS = 3  # a chunked body
WAIT = 4  # a request that must wait until the one before is answered
ENDING = 5  # nothing that matters: we have said our last word
TUNNEL = 6  # whatever it likes to tell the endpoint
BODY = 7  # the rest of a small body

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answering(Connection):
    """A client's connection. `keep`: it stays open after the answer that is being given; `last`: it
    is too old to stay open after the next.

    `stopped`: its transport is paused. `gone`: the client will send no more. `pieces` are those of
    a small body, as long as it is not complete.
    """

    __slots__ = (
        "chunks",
        "continued",
        "exchange",
        "gone",
        "held",
        "keep",
        "last",
        "left",
        "listener",
        "mark",
        "opened",
        "patience",
        "pieces",
        "quiet",
        "requests",
        "rested",
        "state",
        "stopped",
        "taking",
    )

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self.listener = listener
        self.exchange: Exchange | None = None
        self.state = IDLE
        self.held = b""
        self.left = 0
        self.mark = 0
        self.chunks: ChunkedReader | None = None
        self.pieces: list[bytes] | None = None
        self.keep = True
        self.last = False
        self.continued = False
        self.gone = False
        self.taking = False
        self.stopped = False
        self.requests = 0
        self.rested = -1
        self.quiet = 0.0
        self.opened = 0.0
        self.patience: Patience | None = None

    def connected(self, transport: Transport) -> None:
        self.transport = transport
        self.opened = self.listener.clock()
        self.listener.opened(self)

    def take(self, data: bytes) -> None:
        """A request begins here."""
        raise NotImplementedError

    # -- answering

    def hold(self) -> None:
        """The endpoint is slow: take no more of the body; that is not the client's fault."""
        if self.patience is not None:
            self.patience.deadline = 0.0
        self.stopped = True
        self.transport.pause()

    def flow(self) -> None:
        """Take the body again."""
        if self.is_reading():
            self.be_patient(self.listener.body_s)
        if self.stopped:
            self.stopped = False
            self.transport.resume()

    def is_reading(self) -> bool:
        """Whether the request's body is still coming."""
        return self.state in (LENGTH, CHUNKS)

    def send_continue(self) -> None:
        """The endpoint is ready for the body."""
        if not self.continued:
            self.continued = True
            self.transport.write(CONTINUE)
            if self.is_reading():
                self.be_patient(self.listener.body_s)

    def answered(self) -> None:
        """The answer is complete: go on with the next request, or end."""
        self.exchange = None
        self.continued = False
        if not self.keep or self.is_reading() or (self.gone and not self.held):
            self.end()
        elif self.transport.blocked:
            # Whoever does not take an answer gets no other one made: `drained` goes on.
            self.state = WAIT
        elif self.taking:
            self.state = IDLE
        else:
            self.go_on()

    def go_on(self) -> None:
        """Take the requests that have already arrived, one after another."""
        self.taking = True
        self.state = IDLE
        left = AT_ONCE
        while self.held and self.state == IDLE:
            if left == 0:
                self.state = WAIT
                self.listener.later(self.go_on_later)
                break
            left -= 1
            data = self.held
            self.held = b""
            self.take(data)
        self.taking = False
        if self.gone:
            if self.state not in (WAIT, ENDING):
                self.eof_received()
        elif self.stopped and self.state in (IDLE, HEAD, BODY):
            self.flow()

    def go_on_later(self) -> None:
        """Others have had their turn."""
        if self.state == WAIT and self.exchange is None and not self.transport.blocked:
            self.go_on()

    def is_resting(self) -> bool:
        """Whether nothing is under way on the connection."""
        return self.state == IDLE and self.exchange is None

    def expire(self) -> bool:
        """Let the answer that is due, or the next, be the last, as it will say; False if it is."""
        exchange = self.exchange
        ends = self.last or (exchange is not None and not self.keep)
        if exchange is not None and not self.held and not exchange.is_answering():
            self.keep = False
        self.last = True
        return not ends

    def end(self) -> None:
        """Say that no more comes, and read on a little so that the client gets our last words."""
        self.state = ENDING
        self.held = b""
        self.chunks = None
        if self.gone:
            self.transport.close()
            return
        self.transport.finish()
        self.transport.resume()
        self.wait_for_progress(LINGER_S)

    def switch(self, tunnel: Exchange) -> None:
        """The answer has made a tunnel of this connection, for what came early and all else."""
        self.exchange = tunnel
        self.state = TUNNEL
        self.keep = False
        early = self.held
        self.held = b""
        if self.stopped:
            self.flow()
        if early:
            tunnel.request_data(early)
        if self.gone:
            # It had little time for its answer, but has as much as it likes for a tunnel.
            self.be_patient(0.0)
            tunnel.request_end(b"")

    def refuse(self, status: int, why: str, head: RequestHead) -> None:
        """Answer something that is not a request we can read, and end; `head` is what is known."""
        bodyless = head.method == b"HEAD"
        answer = refusal(status, why, bodyless, self.listener.clear_context)
        self.listener.refused(self, head, status, why, answer)
        self.requests += 1
        self.keep = False
        self.transport.write(answer)
        self.state = WAIT
        self.end()

    def cut(self, framed: bool) -> None:
        """The answer, or the tunnel, cannot be completed: the client must see that.

        `framed`: the answer has a length or is chunked. Then an early end is seen as such; a reset
        would do harm, for it may destroy what the client has not read yet.
        """
        self.exchange = None
        if framed:
            self.end()
            return
        self.state = ENDING
        self.held = b""
        self.transport.flush()
        self.transport.abort()

    # -- time and the end

    def be_patient(self, limit_s: float) -> None:
        """Give the client this long for its next step; 0 is as long as it likes."""
        patience = self.patience
        if not limit_s:
            if patience is not None:
                patience.deadline = 0.0
            return
        if patience is None:
            patience = self.patience = Patience(self)
        self.listener.wheel.arm(patience, self.listener.clock() + limit_s)

    def too_slow(self, now: float) -> None:
        """The client used its time up."""
        state = self.state
        if state in (HEAD, BODY):
            head = RequestHead()
            head.scan(self.held, empty_lines(self.held), self.listener.limits)
            self.refuse(408, "the request did not arrive in time", head)
        elif state in (LENGTH, CHUNKS) and self.exchange is not None:
            self.state = ENDING
            self.exchange.request_broken(408, "the request body did not arrive in time")
        elif state == WAIT and self.gone:
            self.give_up_without_progress(GONE_S)
        elif state == TUNNEL and self.exchange is not None:
            mark = self.mark
            self.await_endpoint(self.exchange)
            if self.mark == mark:
                self.transport.abort()
        elif state == ENDING and self.transport.blocked:
            self.give_up_without_progress(LINGER_S)
        elif state == ENDING:
            self.transport.close()

    def wait_for_progress(self, limit_s: float) -> None:
        """Give the client time to take what waits for it, as long as it takes anything."""
        self.mark = self.transport.sent()
        self.be_patient(STALL_S if self.transport.blocked else limit_s)

    def give_up_without_progress(self, limit_s: float) -> None:
        """The time for progress is over."""
        if self.transport.sent() == self.mark:
            self.transport.abort()
        else:
            self.wait_for_progress(limit_s)

    def drained(self) -> None:
        if self.exchange is not None:
            self.exchange.client_drained()
        elif self.state == WAIT:
            self.go_on()

    def eof_received(self) -> None:
        """The client will send no more; if it waits for an answer, it may still read."""
        if self.state == WAIT:
            self.gone = True
            self.wait_for_progress(GONE_S)
        elif self.state == TUNNEL and self.exchange is not None:
            self.exchange.request_end(b"")
        elif self.state in (LENGTH, CHUNKS) and self.exchange is not None:
            exchange = self.exchange
            self.state = ENDING
            exchange.client_gone("the client closed in the middle of its request")
            self.transport.close()
        else:
            self.transport.close()

    def peer_gone(self) -> None:
        # Whatever it still had to say, nobody is there for an answer; a tunnel passes it on.
        if self.state == TUNNEL and self.exchange is not None:
            self.await_endpoint(self.exchange)
        else:
            self.transport.abort()

    def await_endpoint(self, tunnel: Exchange) -> None:
        """The client has gone: give the endpoint time to take what the client has said."""
        self.mark = tunnel.client_left()
        self.be_patient(STALL_S)

    def connection_lost(self, why: str) -> None:
        if self.patience is not None:
            self.patience.end()
            self.patience = None
        self.held = b""
        self.pieces = None
        self.state = ENDING
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.client_gone(why or "the client closed the connection")
        self.listener.closed(self)
