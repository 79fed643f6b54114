"""One connection of a client that speaks framed Thrift. HOT.

In come the client's bytes; out goes one exchange after another to the router, and its answer in
order. Asking for TTwitter's upgrade is answered here. What is not Thrift ends the connection, with
a line in the log. Owned by the listener; an idle connection holds no buffer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.server.base import AT_ONCE, GONE_S, LINGER_S
from linkerd.server.connection import ENDING, IDLE, WAIT, ServerConnection
from linkerd.wire.thrift_frames import HEAD, MORE, REFUSED, WHOLE, FrameReader
from linkerd.wire.ttwitter import RequestHeader, is_upgrade, upgrade_reply

if TYPE_CHECKING:
    from linkerd.server.thrift_listener import ThriftListener
    from linkerd.wire.thrift_message import ThriftMessage
    from linkerd.wire.ttwitter import TTwitterHeader

BODY = 1
"""The rest of a large call."""


class ThriftServerConnection(ServerConnection):
    """A client's connection. `upgraded`: headers stand before calls and answers.

    `stopped`: its transport is paused. `gone`: the client will send no more. `taking`: calls that
    have arrived are being taken, further down the stack.
    """

    __slots__ = ("gone", "reader", "stopped", "taking", "upgraded")

    listener: ThriftListener

    def __init__(self, listener: ThriftListener) -> None:
        super().__init__(listener)
        self.reader = FrameReader(listener.limits, True)
        self.upgraded = False
        self.stopped = False
        self.taking = False
        self.gone = False

    # -- reading

    def data_received(self, data: bytes) -> None:
        state = self.state
        if state == ENDING:
            return
        if state == IDLE:
            call = self.reader.alone(data)
            if call is not None:
                self.taking = True
                self.start(call, None, False)
                self.taking = False
                if self.state != WAIT:
                    self.look_around()
                return
        self.reader.take(data)
        if state == WAIT:
            self.hold()
        else:
            self.go_on()

    def go_on(self) -> None:
        """Take what has arrived, as far as it can be dealt with now."""
        self.taking = True
        left = AT_ONCE
        reader = self.reader
        while self.state == IDLE or (self.state == BODY and not self.stopped):
            if left == 0 and self.state == IDLE:
                self.state = WAIT
                self.listener.later(self.go_on_later)
                break
            verdict = reader.next()
            if verdict == WHOLE:
                left -= 1
                self.start(reader.message, reader.header, False)
            elif verdict == HEAD:
                left -= 1
                self.start(reader.message, reader.header, True)
            elif verdict == REFUSED:
                self.refuse(reader.fault)
            elif verdict == MORE:
                break
            else:
                self.pass_piece()
        self.taking = False
        if self.state != WAIT:
            self.look_around()

    def go_on_later(self) -> None:
        """Others have had their turn."""
        if self.state == WAIT and self.exchange is None and not self.transport.blocked:
            self.state = IDLE
            self.go_on()

    def look_around(self) -> None:
        """All that can be taken has been: wait for more, or for nothing any more."""
        state = self.state
        if state not in (IDLE, BODY):
            return
        between = self.reader.between()
        if self.gone or (between and state == IDLE and self.is_last()):
            self.end()
            return
        if state == BODY or not between:
            self.be_patient(self.listener.frame_s)
        elif self.patience is not None:
            self.patience.deadline = 0.0
        if self.stopped and state == IDLE:
            self.stopped = False
            self.transport.resume()

    def is_last(self) -> bool:
        """Whether the connection is to end behind the calls that it has made."""
        return self.requests > 0 and (self.last or self.listener.draining)

    def start(
        self, call: ThriftMessage | None, header: TTwitterHeader | None, streamed: bool
    ) -> None:
        """A call, or the beginning of a large one."""
        if call is None:
            raise AssertionError("a call without a message")
        if self.requests == 0 and not self.upgraded and is_upgrade(call):
            self.upgraded = True
            self.reader.upgrade(RequestHeader, call.form)
            self.transport.write(upgrade_reply(call))
            return
        if self.patience is not None:
            self.patience.deadline = 0.0
        self.requests += 1
        self.state = BODY if streamed else WAIT
        listener = self.listener
        exchange = self.exchange = listener.dispatch.exchange(
            self,
            call,
            header,  # type: ignore[arg-type]
            streamed,
        )
        exchange.begin(listener.clock())

    def pass_piece(self) -> None:
        """More of a large call; nobody may want it any more."""
        exchange = self.exchange
        reader = self.reader
        if reader.left == 0:
            self.state = WAIT if exchange is not None else IDLE
        if exchange is not None:
            exchange.request_data(reader.piece)
            if reader.left == 0 and self.exchange is exchange:
                exchange.request_end(b"")

    def hold(self) -> None:
        if self.patience is not None:
            self.patience.deadline = 0.0
        self.stopped = True
        self.transport.pause()

    def flow(self) -> None:
        if self.stopped and self.state == BODY:
            self.stopped = False
            self.transport.resume()
            if not self.taking:
                self.go_on()

    # -- answering

    def answered(self) -> None:
        self.exchange = None
        if self.state == BODY:
            # The rest of the call is still to come, for nobody.
            self.state = BODY
            self.flow()
        elif self.transport.blocked:
            # Whoever does not take an answer gets no other one made: `drained` goes on.
            self.state = WAIT
        else:
            self.state = IDLE
            if self.taking:
                return
            if not self.reader.is_used_up():
                self.go_on()
            elif self.gone or self.stopped or self.last or self.listener.draining:
                self.look_around()

    def drained(self) -> None:
        if self.exchange is not None:
            self.exchange.client_drained()
        elif self.state == WAIT:
            self.state = IDLE
            self.go_on()

    def is_resting(self) -> bool:
        return self.state == IDLE and self.reader.between()

    def expire(self) -> bool:
        ends = self.last
        self.last = True
        return not ends

    # -- the end

    def end(self) -> None:
        self.state = ENDING
        if self.gone:
            self.transport.close()
            return
        self.transport.finish()
        self.transport.resume()
        self.wait_for_progress(LINGER_S)

    def cut(self, framed: bool) -> None:
        # A frame cannot be ended before its time: whoever reads it sees that something is missing.
        self.exchange = None
        self.end()

    def refuse(self, fault: str) -> None:
        """The client does not speak Thrift as it should: no answer could be understood."""
        self.listener.refused(self, fault)
        self.end()

    def too_slow(self, now: float) -> None:
        state = self.state
        if state == IDLE:
            self.refuse("the call did not arrive in time")
        elif state == BODY:
            exchange, self.exchange = self.exchange, None
            self.listener.refused(self, "the call did not arrive in time")
            self.end()
            if exchange is not None:
                exchange.client_gone("the call did not arrive in time")
        elif state == WAIT and self.gone:
            self.give_up_without_progress(GONE_S)
        elif state == ENDING and self.transport.blocked:
            self.give_up_without_progress(LINGER_S)
        elif state == ENDING:
            self.transport.close()

    def eof_received(self) -> None:
        """The client will send no more; if it waits for an answer, it may still read."""
        state = self.state
        if state == WAIT:
            self.gone = True
            self.wait_for_progress(GONE_S)
        elif state == BODY:
            exchange, self.exchange = self.exchange, None
            self.state = ENDING
            if exchange is not None:
                exchange.client_gone("the client closed in the middle of its call")
            self.transport.close()
        else:
            self.transport.close()

    def peer_gone(self) -> None:
        # Whatever it still had to say, nobody is there for an answer.
        self.transport.abort()


__all__ = ["ThriftServerConnection"]
