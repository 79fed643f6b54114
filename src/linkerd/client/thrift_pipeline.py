"""A connection to a Thrift endpoint that carries several calls at once (`pipelinedCalls`). HOT.

In come exchanges and the bytes of the endpoint; out goes each answer to the call that has its
sequence id, which is the connection's own. Each call has a lane, which is to its exchange what a
whole connection is where there is one call at a time. The connection stays in the pool of its
endpoint as long as there is room for another lane. Owned by the `ClientEndpoint` that dialled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.connection import IDLE, ClientConnection
from linkerd.client.thrift import ANSWER, ASKING, ThriftClientConnection, is_harmless
from linkerd.wire.thrift_frames import HEAD, MORE, REFUSED, WHOLE
from linkerd.wire.thrift_message import EXCEPTION

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.net.connection import Transport
    from linkerd.net.exchange import Exchange
    from linkerd.wire.thrift_message import ThriftLimits, ThriftMessage

LAST_SEQUENCE = 0x7FFFFFFF


class Lane:
    """One call on a connection. `exchange` is None once nobody waits for its answer any more.

    The other attributes are those of a connection that carries one call, see there.
    """

    __slots__ = (
        "alone",
        "endpoint",
        "exchange",
        "form",
        "fresh",
        "line",
        "mark",
        "sequence",
        "served",
        "transport",
        "untouched",
        "upgraded",
    )

    def __init__(self, line: ThriftPipeline, alone: bool) -> None:
        self.line = line
        self.alone = alone
        self.endpoint: ClientEndpoint = line.endpoint
        self.transport: Transport = line.transport
        self.exchange: Exchange | None = None
        self.form = line.form
        self.upgraded = line.upgraded
        self.sequence = 0
        self.served = 1
        self.mark = 0
        self.fresh = True
        self.untouched = False

    def begin(self, exchange: Exchange, sequence: int) -> None:
        """An exchange is about to write its call, with another sequence id than its own."""
        self.exchange = exchange
        self.mark = self.transport.bytes_out
        self.line.add(self)

    def released(self) -> None:
        """The call has its answer."""
        self.exchange = None
        self.line.over(self)

    def unanswered(self) -> None:
        """The call is written, and there will be no answer."""
        self.released()

    def abandon(self) -> None:
        """Nobody waits for the answer any more; when it comes it is thrown away."""
        self.exchange = None
        self.line.forsake(self)


class ThriftPipeline(ThriftClientConnection):
    """A connection with up to `most` lanes, by the sequence id of their calls.

    `offered`: it is in the pool. `reading` is the lane whose large answer is coming. `leaving`: it
    is to be closed when the last lane is over.
    """

    __slots__ = ("lanes", "last", "leaving", "most", "offered", "reading")

    def __init__(
        self, endpoint: ClientEndpoint, limits: ThriftLimits, now: float, most: int
    ) -> None:
        super().__init__(endpoint, limits, now)
        self.pipelined = True
        self.most = most
        self.lanes: dict[int, Lane] = {}
        self.last = 0
        self.reading: Lane | None = None
        self.offered = False
        self.leaving = False

    # -- lanes

    def lane(self, alone: bool) -> Lane | None:
        """A lane for a call; None if it needs the connection for itself, and others have it."""
        self.offered = False
        if alone and self.lanes:
            self.offer()
            return None
        return Lane(self, alone)

    def add(self, lane: Lane) -> None:
        """A lane's call is about to be written."""
        lanes = self.lanes
        sequence = self.last + 1 if self.last < LAST_SEQUENCE else 1
        self.last = lane.sequence = sequence
        self.served += 1
        if not lanes:
            # Only what rested may have died without anybody's fault.
            lane.served = self.served
        lanes[sequence] = lane
        self.exchange = lane.exchange
        self.state = ANSWER
        if not lane.alone:
            self.offer()

    def offer(self) -> None:
        """Be in the pool, if there is room for another lane."""
        if self.offered or self.leaving or self.endpoint.removed or len(self.lanes) >= self.most:
            return
        self.offered = True
        self.endpoint.idle.append(self)
        if self.endpoint.is_wanted():
            self.endpoint.rested()

    def withdraw(self) -> None:
        """Be in the pool no more."""
        if self.offered:
            self.offered = False
            self.endpoint.retire(self)

    def over(self, lane: Lane) -> None:
        """A lane is empty."""
        lanes = self.lanes
        if lanes.pop(lane.sequence, None) is None:
            return
        if lanes:
            self.look_whether_forsaken()
        else:
            self.rest_alone()

    def rest_alone(self) -> None:
        """The last lane is over: rest in the pool, or close."""
        self.withdraw()
        self.state = IDLE
        self.keep = not self.leaving and self.reader.between()
        # For the length of the call only: what rests is offered from there.
        self.offered = True
        ClientConnection.released(self)
        self.offered = self in self.endpoint.idle

    def forsake(self, lane: Lane) -> None:
        """Nobody waits for this lane's answer."""
        if lane.sequence not in self.lanes:
            return
        if lane.alone:
            # Its call may have been broken off.
            self.abandon()
        else:
            self.transport.resume()
            self.look_whether_forsaken()

    def look_whether_forsaken(self) -> None:
        """Go on, unless all that are left wait for answers that nobody wants."""
        for lane in self.lanes.values():
            if lane.exchange is not None:
                self.exchange = lane.exchange
                self.offer()
                return
        self.abandon()

    # -- what connections of one call do with themselves

    def rest(self) -> None:
        self.offered = False
        if self.lanes:
            self.offer()
        else:
            super().rest()
            self.offered = self in self.endpoint.idle

    def leave(self) -> None:
        self.offered = False
        self.leaving = True
        if not self.lanes:
            self.transport.close()

    def abandon(self) -> None:
        self.withdraw()
        self.lanes = {}
        self.reading = None
        super().abandon()

    def drained(self) -> None:
        for lane in list(self.lanes.values()):
            if lane.exchange is not None:
                lane.exchange.endpoint_drained()

    # -- reading

    def data_received(self, data: bytes) -> None:
        if self.state == ASKING:
            self.reader.take(data)
            self.read_consent()
            return
        if not self.lanes:
            self.withdraw()
            self.endpoint.unsolicited(self)
            return
        reader = self.reader
        reader.take(data)
        while self.lanes:
            verdict = reader.next()
            if verdict == MORE:
                return
            if verdict == REFUSED:
                self.broken(reader.fault)
            elif verdict in (WHOLE, HEAD):
                self.read_message(reader.message, verdict == WHOLE)
            else:
                self.read_piece_of_answer(reader.piece)
        if not reader.between():
            # More than was asked for.
            self.withdraw()
            self.endpoint.unsolicited(self)

    def read_message(self, message: ThriftMessage | None, complete: bool) -> None:
        """An answer, or the beginning of a large one."""
        if message is None:
            raise AssertionError("an answer without a message")
        lane = self.lanes.get(message.sequence)
        if lane is None or self.transport.sent() <= lane.mark:
            self.broken(f"sequence id {message.sequence} in answer to none of the calls")
            return
        lane.fresh = False
        if message.kind == EXCEPTION and not (complete and is_harmless(message)):
            self.withdraw()
            self.leaving = True
        if not complete:
            self.reading = lane
        if lane.exchange is not None:
            lane.exchange.replied(message, complete)
        elif complete:
            self.over(lane)

    def read_piece_of_answer(self, piece: bytes) -> None:
        """More of a large answer, which somebody may still want."""
        lane = self.reading
        if lane is None:
            raise AssertionError("a piece of no answer")
        last = self.reader.left == 0
        if last:
            self.reading = None
        exchange = lane.exchange
        if exchange is not None:
            exchange.answer_data(piece)
        if last and lane.exchange is not None:
            lane.exchange.answer_end(b"")
        elif last:
            self.over(lane)

    # -- the end

    def broken(self, why: str) -> None:
        lanes = self.taken()
        self.abandon()
        self.lose(lanes, why, True)

    def eof_received(self) -> None:
        if self.lanes:
            lanes = self.taken()
            self.abandon()
            self.lose(lanes, "connection closed by peer", False)
        else:
            super().eof_received()

    def timed_out(self, why: str) -> None:
        if self.lanes:
            lanes = self.taken()
            self.abandon()
            self.lose(lanes, why, False)
        else:
            super().timed_out(why)

    def connection_lost(self, why: str) -> None:
        lanes = self.taken()
        if not lanes:
            super().connection_lost(why)
            return
        self.let_go()
        self.lose(lanes, why or "connection closed by peer", False)

    def taken(self) -> list[Lane]:
        """All lanes, which are none of this connection's any more."""
        lanes = list(self.lanes.values())
        sent = self.transport.sent()
        for lane in lanes:
            lane.untouched = sent <= lane.mark
        self.withdraw()
        self.lanes = {}
        return lanes

    def lose(self, lanes: list[Lane], why: str, bad_answer: bool) -> None:
        """Tell whoever waits."""
        for lane in lanes:
            exchange = lane.exchange
            if exchange is not None:
                lane.exchange = None
                exchange.endpoint_lost(why, bad_answer)


__all__ = ["Lane", "ThriftPipeline"]
