"""The chunked transfer coding (RFC 9112 7.1), read and written.

In come the bytes of a connection, out come pieces of payload and, at the end, the trailer fields.
Extensions are read over and never passed on; every line has a bound. Owned by the connection whose
message it is, from the head to the end of the body. HOT.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linkerd.wire.fields import CUT, FIELDS, MUST_STAY, NOT_IN_TRAILERS, PARTIAL, TOKEN

if TYPE_CHECKING:
    from linkerd.wire.head import Limits

# What may stand behind a size. White space at the end is in no grammar: old servers pad with it.
PLAIN = rb"[\t !\x23-\x5b\x5d-\x7e\x80-\xff]*+"
QUOTED = rb'"%b(?:\\[\t\x20-\x7e\x80-\xff]%b)*+"' % (PLAIN, PLAIN)
EXTENSION = rb"[\t ]*+;[\t ]*+%(token)b(?:[\t ]*+=[\t ]*+(?:%(token)b|%(quoted)b))?" % {
    b"token": TOKEN.pattern,
    b"quoted": QUOTED,
}
SIZE = re.compile(rb"([0-9A-Fa-f]{1,15}+)(?:%b)*[\t ]*+\r\n" % EXTENSION)
MAX_TRAILER_FIELDS = 32

# What comes next.
A_SIZE = 0
DATA = 1
AFTER_DATA = 2
TRAILERS = 3
DONE = 4

# A chunk-size line that has no end yet.
PARTIAL_SIZE = re.compile(rb"(?:[0-9A-Fa-f]{1,15}+(?:[\t ]*+(?:;[\t\x20-\x7e\x80-\xff]*+)?\r?)?)?")

LAST_CHUNK = b"0\r\n"
END = b"0\r\n\r\n"


class ChunkedReader:
    """One chunked body. `fault` is empty as long as the body is well formed.

    After `feed`, `pieces` holds the payload that was in the bytes; `done` tells the end, and then
    `trailers` are the field lines that may be passed on.
    """

    __slots__ = ("done", "fault", "held", "left", "limits", "pieces", "state", "trailers")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.state = A_SIZE
        self.left = 0
        self.held = b""
        self.pieces: list[bytes] = []
        self.trailers = b""
        self.fault = ""
        self.done = False

    def feed(self, data: bytes, at: int) -> int:
        """Read on at `at`; the offset behind what belongs to this body, or -1 with `fault`."""
        self.pieces = []
        if self.held:
            data = self.held + data[at:]
            # Offsets given back count in the caller's bytes.
            return self.read(data, 0, len(self.held) - at)
        return self.read(data, at, 0)

    def read(self, data: bytes, at: int, shift: int) -> int:
        """`feed` without held bytes; `shift` is taken off the offset given back."""
        self.held = b""
        size = len(data)
        while at < size or self.state == DONE:
            state = self.state
            if state == DATA:
                stop = min(size, at + self.left)
                self.pieces.append(data[at:stop] if at or stop < size else data)
                self.left -= stop - at
                at = stop
                if self.left == 0:
                    self.state = AFTER_DATA
                continue
            if state == DONE:
                break
            if state == A_SIZE:
                at = self.read_size(data, at)
            elif state == AFTER_DATA:
                at = self.read_line_end(data, at)
            else:
                at = self.read_trailers(data, at)
            if at < 0:
                return -1
            if self.held:
                return size - shift
        return at - shift

    def read_size(self, data: bytes, at: int) -> int:
        """The line before a chunk."""
        found = SIZE.match(data, at)
        longest = self.limits.chunk_line
        if found is None or found.end() - at > longest:
            stop = data.find(b"\n", at)
            if stop >= 0 or len(data) - at >= longest or PARTIAL_SIZE.fullmatch(data, at) is None:
                return self.refuse("a chunk does not begin with its size")
            self.held = data[at:]
            return at
        self.left = int(found[1], 16)
        self.state = DATA if self.left else TRAILERS
        return found.end()

    def read_line_end(self, data: bytes, at: int) -> int:
        """The line end behind a chunk."""
        if data[at : at + 2] == b"\r\n":
            self.state = A_SIZE
            return at + 2
        if data[at:] == b"\r":
            self.held = b"\r"
            return at
        return self.refuse("a chunk does not end where its size says")

    def read_trailers(self, data: bytes, at: int) -> int:
        """The trailer section and the empty line that ends the body."""
        if data[at : at + 2] == b"\r\n":
            self.state = DONE
            self.done = True
            return at + 2
        found = FIELDS.match(data, at)
        largest = self.limits.trailers
        if found is not None:
            end = found.end()
            if end - at > largest or data.count(b"\n", at, end - 2) > MAX_TRAILER_FIELDS:
                return self.refuse("the trailer fields are too large or too many")
            self.trailers = kept_trailers(data[at : end - 2])
            self.state = DONE
            self.done = True
            return end
        if len(data) - at >= largest:
            return self.refuse("the trailer fields are too large or too many")
        last = data.rfind(b"\n", at) + 1
        whole = data[at:last] if last else b""
        rest = data[at + len(whole) :]
        if FIELDS.match(whole + b"\r\n") is None or (
            rest != b"\r" and PARTIAL.fullmatch(rest) is None
        ):
            return self.refuse("the trailer section is malformed")
        if whole.count(b"\n") > MAX_TRAILER_FIELDS:
            return self.refuse("the trailer fields are too large or too many")
        self.held = data[at:]
        return at

    def payload(self) -> bytes:
        """The pieces of the last `feed` as one."""
        pieces = self.pieces
        if len(pieces) == 1:
            return pieces[0]
        return b"".join(pieces)

    def refuse(self, why: str) -> int:
        """The body is not well formed."""
        self.fault = why
        return -1


def kept_trailers(block: bytes) -> bytes:
    """Trailer fields that may be passed on: none that frames, routes or is hop by hop."""
    kept = []
    for line in block.split(b"\r\n")[:-1]:
        name = line[: line.index(b":")].lower()
        if not (
            name in CUT
            or name in MUST_STAY
            or name in NOT_IN_TRAILERS
            or name.startswith((b"l5d-", b"x-forwarded-", b"if-"))
        ):
            kept.append(line + b"\r\n")
    return b"".join(kept)


def chunk(data: bytes) -> bytes:
    """One chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def last_chunk(trailers: bytes) -> bytes:
    """The end of a chunked body."""
    return LAST_CHUNK + trailers + b"\r\n" if trailers else END
