"""Framed Thrift: the bytes of a connection cut into messages, whole or in pieces. HOT.

In come bytes as they arrive; out come verdicts, one at each call of `next`: a whole message, the
beginning of a large one, a piece of its body, nothing yet, or garbage. A frame is joined at most
once and in a time linear in its bytes; memory is taken for bytes that have come, never for a length
that was announced. Who wants to pause just stops calling. Owned by the connection.

A frame above `limits.whole` is opened as soon as enough of it is there for its headers. Whoever
sends a frame waits for nothing before its end: to ask for twice the bytes each time cannot stall.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from linkerd.wire.thrift_message import ThriftLimits, ThriftMessage
from linkerd.wire.thrift_values import BAD, BINARY

if TYPE_CHECKING:
    from linkerd.wire.ttwitter import TTwitterHeader

# Verdicts.
REFUSED = -1
MORE = 0
WHOLE = 1
HEAD = 2
PIECE = 3

LENGTH = struct.Struct(">i")
# After so many bytes an incomplete frame is looked at: is it Thrift at all?
FIRST_LOOK = 5
ENOUGH = 12
SECOND_LOOK = 64

# What the first four bytes look like where no Thrift is spoken, or not in frames.
SIGNS = (
    (re.compile(rb"PRI "), "HTTP/2 instead of Thrift"),
    (re.compile(rb"[A-Z]{3}[A-Z ]"), "HTTP instead of Thrift"),
    (re.compile(rb"\x16\x03"), "TLS instead of Thrift"),
    (re.compile(rb"SSH-"), "SSH instead of Thrift"),
    (re.compile(rb"\x80\x01\x00|\x82[\x21\x41\x61\x81]"), "Thrift without frames"),
)


class FrameReader:
    """The frames of one direction of a connection; `calls`: those of a client.

    After WHOLE and HEAD, `message` is the new message and, once `upgrade` was called, `header` what
    stood before it; `left` bytes of its frame are to come. Each PIECE has the next of them in
    `piece`, and the last one leaves 0. After REFUSED, `fault` says why, and nothing more is read.
    """

    __slots__ = (
        "at",
        "calls",
        "data",
        "fault",
        "form",
        "header",
        "left",
        "limits",
        "message",
        "more",
        "need",
        "piece",
        "pieces",
        "upgraded",
    )

    def __init__(self, limits: ThriftLimits, calls: bool) -> None:
        self.limits = limits
        self.calls = calls
        self.data = b""
        self.at = 0
        # Bytes behind `data`, not joined yet, how many, and with how many in all it is worth it.
        self.pieces: list[bytes] = []
        self.more = 0
        self.need = 0
        self.left = 0
        self.piece = b""
        self.message: ThriftMessage | None = None
        self.upgraded: type[TTwitterHeader] | None = None
        self.form = BINARY
        self.header: TTwitterHeader | None = None
        self.fault = ""

    def upgrade(self, header: type[TTwitterHeader], form: int) -> None:
        """From the next message on such a header stands before each, in the form of `form`."""
        self.upgraded = header
        self.form = form

    def take(self, data: bytes) -> None:
        """More bytes have come."""
        if self.at == len(self.data) and not self.more:
            self.data = data
            self.at = 0
        else:
            self.pieces.append(data)
            self.more += len(data)

    def alone(self, data: bytes) -> ThriftMessage | None:
        """The message that `data` is, if it is what nearly all are and there is nothing else.

        Nothing is taken then, and there is no more to read; None says nothing: `take` it.
        """
        size = len(data) - 4
        if self.more or self.left or self.at != len(self.data) or self.upgraded is not None:
            return None
        if not 13 <= size <= self.limits.frame or LENGTH.unpack_from(data)[0] != size:
            return None
        message = ThriftMessage(self.calls)
        return message if message.scan_plain(data, 4, size + 4, self.limits.name) else None

    def between(self) -> bool:
        """Whether the peer may close now without breaking off a frame."""
        return not self.left and not self.more and self.at == len(self.data)

    def is_used_up(self) -> bool:
        """Whether there is nothing to read; what was read is let go."""
        if self.more or self.at != len(self.data):
            return False
        # An idle connection holds no bytes.
        self.data = b""
        self.at = 0
        return True

    def next(self) -> int:
        """What comes next in the bytes taken so far."""
        if self.left:
            return self.next_piece()
        if self.more:
            if len(self.data) - self.at + self.more < self.need:
                return MORE
            self.join()
        data = self.data
        begin = self.at + 4
        stop = len(data)
        if begin > stop:
            return self.wait(4)
        size = LENGTH.unpack_from(data, begin - 4)[0]
        if size <= 0 or size > self.limits.frame:
            return self.refuse(no_length(data[begin - 4 : begin], size))
        end = begin + size
        if end > stop:
            return self.open(begin, stop, end)
        self.at = end
        if self.upgraded is None:
            message = ThriftMessage(self.calls)
            if message.scan_plain(data, begin, end, self.limits.name):
                self.message = message
                return WHOLE
        return WHOLE if self.scan(begin, end, end) > 0 else REFUSED

    def scan(self, begin: int, stop: int, end: int) -> int:
        """Read what stands before the body: more than 0, 0 (incomplete), or -1."""
        data = self.data
        at = begin
        upgraded = self.upgraded
        if upgraded is not None:
            header = upgraded()
            at = header.scan(data, begin, stop, end, self.form, self.limits.header)
            if at <= 0:
                if at < 0:
                    self.refuse(header.fault)
                return at
            self.header = header
        message = ThriftMessage(self.calls)
        message.begin = begin
        verdict = message.scan(data, at, stop, end, self.limits)
        if verdict > 0:
            self.message = message
        elif verdict == BAD:
            self.refuse(message.fault)
        return verdict

    def open(self, begin: int, stop: int, end: int) -> int:
        """A frame that is not complete: begin with it, wait, or see already that it is none."""
        have = stop - begin + 4
        if have < FIRST_LOOK:
            return self.wait(FIRST_LOOK)
        verdict = self.scan(begin, stop, end)
        if verdict < 0:
            return REFUSED
        size = end - begin + 4
        if size <= self.limits.whole:
            # Looked at once more when it is complete; until then it costs nothing.
            return self.wait(min(ENOUGH, size) if have < ENOUGH else size)
        if verdict == 0:
            return self.wait(min(max(2 * have, SECOND_LOOK), size))
        self.at = stop
        self.left = end - stop
        return HEAD

    def next_piece(self) -> int:
        """A piece of a body."""
        if self.at == len(self.data):
            if not self.more:
                self.data = b""
                self.at = 0
                return MORE
            self.join()
        data = self.data
        at = self.at
        stop = min(len(data), at + self.left)
        self.piece = data[at:stop]
        self.at = stop
        self.left -= stop - at
        return PIECE

    def join(self) -> None:
        """Make one of all the bytes there are."""
        self.pieces.insert(0, self.data[self.at :])
        self.data = b"".join(self.pieces)
        self.at = 0
        self.pieces = []
        self.more = 0

    def wait(self, need: int) -> int:
        """Nothing to do until there are so many bytes."""
        self.need = need
        if self.at == len(self.data):
            # An idle connection holds no bytes.
            self.data = b""
            self.at = 0
        return MORE

    def refuse(self, fault: str) -> int:
        self.fault = fault
        return REFUSED


def no_length(start: bytes, size: int) -> str:
    """Why those four bytes are not the length of a frame."""
    for sign, what in SIGNS:
        if sign.match(start):
            return what
    if size == 0:
        return "an empty frame"
    if size < 0:
        return "a frame of a negative length"
    return f"a frame of {size} bytes, which is too large"
