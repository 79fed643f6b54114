"""What a client's connection does once a request is read: answers in order, patience, its end. HOT.

In come the calls of exchanges and of the transport; out go the end of one answer, the next request
that has already arrived, or the connection's end. The half that reads is `linkerd.server.http`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.server.base import AT_ONCE, GONE_S, LINGER_S, STALL_S
from linkerd.server.connection import ENDING, IDLE, TUNNEL, WAIT, ServerConnection
from linkerd.server.errors import refusal
from linkerd.wire.http1 import RequestHead
from linkerd.wire.incomplete import empty_lines

if TYPE_CHECKING:
    from linkerd.net.exchange import Exchange
    from linkerd.server.http_listener import HttpListener
    from linkerd.wire.chunked import ChunkedReader

# What the client's next bytes are, besides `IDLE`, `WAIT`, `ENDING` and `TUNNEL`.
HEAD = 1  # the rest of a head, or of a small body
LENGTH = 2  # a body with Content-Length
CHUNKS = 3  # a chunked body
BODY = 7  # the rest of a small body

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answering(ServerConnection):
    """An HTTP connection of a client, but for what reads it.

    `stopped`: its transport is paused. `gone`: the client will send no more. `pieces` are those of
    a small body, as long as it is not complete.
    """

    __slots__ = ("chunks", "continued", "gone", "left", "pieces", "stopped", "taking")

    listener: HttpListener

    def __init__(self, listener: HttpListener) -> None:
        super().__init__(listener)
        self.left = 0
        self.chunks: ChunkedReader | None = None
        self.pieces: list[bytes] | None = None
        self.continued = False
        self.gone = False
        self.taking = False
        self.stopped = False

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
        self.pieces = None
        super().connection_lost(why)
