"""The header of a Thrift message: read in each of its three forms, and passed on. HOT.

In come the bytes of a frame, out come type, method name, sequence id and where the body begins. The
form is told by the first byte of each message: binary strict, binary without a version (OLD) or
compact. What is passed on are the original bytes, with another sequence id. Of the body only the
ends are looked at. Owned by the connection that reads it, then by its exchange.

`scan` answers with the offset behind the header, 0 if more bytes are needed, or -1; `fault` then
says why.
"""

from __future__ import annotations

import re
import struct

from linkerd.wire.thrift_values import (
    BAD,
    BINARY,
    COMPACT,
    COMPACT_KINDS,
    KINDS,
    OLD,
    SHORT,
    STOP,
)
from linkerd.wire.thrift_writing import varint

CALL = 1
REPLY = 2
EXCEPTION = 3
ONEWAY = 4
CALLS = frozenset((CALL, ONEWAY))
ANSWERS = frozenset((REPLY, EXCEPTION))

VERSION = 0x80010000
STRICT_START = b"\x80\x01\x00"
COMPACT_ID = 0x82
COMPACT_VERSION = 1

LENGTH = struct.Struct(">i")
STRICT = struct.Struct(">Ii")
OLD_TAIL = struct.Struct(">Bi")
SEQUENCE = struct.Struct(">I")
SIGNED = struct.Struct(">i")
# Names that need no second look; others may be any text without control characters.
PLAIN = re.compile(rb"[!-~]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MAX_VARINT = 5

ENDS_EARLY = "the frame ends before the body of its message"
NAME_TOO_LONG = "the method name is too long"
OTHER_VERSION = "a version of the binary protocol that nobody knows"
NO_STRUCT = "the body of the message is not a struct"
NOT_THRIFT = "the frame does not begin with a Thrift message"
MUX = "Mux instead of Thrift"
AN_ANSWER = "an answer where a call belongs"
A_CALL = "a call where an answer belongs"
WRONG_TYPE = {CALL: A_CALL, ONEWAY: A_CALL, REPLY: AN_ANSWER, EXCEPTION: AN_ANSWER}
# First bytes of other things in frames: Tinit, Tping, Tdispatch, Treq and the probe before Tinit.
OTHERS = {0x44: MUX, 0x41: MUX, 2: MUX, 1: MUX, 0x7F: MUX, 0x0F: "Thrift in THeader frames"}


class ThriftLimits:
    """How large things may be, in bytes.

    A frame larger than `whole` is handed on in pieces. `name` is a method name, `header` what
    stands before the message of an upgraded connection.
    """

    __slots__ = ("frame", "header", "name", "whole")

    def __init__(
        self, frame: int = 16777216, whole: int = 65536, name: int = 1024, header: int = 65536
    ) -> None:
        self.frame = frame
        self.whole = whole
        self.name = name
        self.header = header


class ThriftMessage:
    """One message, and the frame it came in.

    `raw` holds the frame's length at `begin - 4`; the frame is to end at `end`, and `raw` has its
    bytes up to `stop`. The message stands at `head`, its sequence id at `sequence_at` up to
    `sequence_end`, its body at `body`. `sequence` is a signed number of 32 bits.
    """

    __slots__ = (
        "begin",
        "body",
        "calls",
        "end",
        "fault",
        "form",
        "head",
        "kind",
        "name",
        "raw",
        "sequence",
        "sequence_at",
        "sequence_end",
        "stop",
    )

    def __init__(self, calls: bool) -> None:
        self.calls = calls
        self.raw = b""
        self.begin = 0
        self.head = 0
        self.sequence_at = 0
        self.sequence_end = 0
        self.body = 0
        self.stop = 0
        self.end = 0
        self.form = BINARY
        self.kind = 0
        self.name = b""
        self.sequence = 0
        self.fault = ""

    def refuse(self, fault: str) -> int:
        self.fault = fault
        return BAD

    def scan(self, raw: bytes, at: int, stop: int, end: int, limits: ThriftLimits) -> int:
        """Read a header at `at`, in a frame that ends at `end` and is there up to `stop`."""
        if at >= stop:
            return self.short(stop, end)
        self.raw = raw
        self.head = at
        self.stop = stop
        self.end = end
        first = raw[at]
        if first == 0x80:
            return self.scan_strict(raw, at, stop, end, limits.name)
        if first == COMPACT_ID:
            return self.scan_compact(raw, at, stop, end, limits.name)
        if first == 0:
            return self.scan_old(raw, at, stop, end, limits.name)
        return self.refuse(OTHERS.get(first, NOT_THRIFT))

    def scan_plain(self, raw: bytes, at: int, end: int, longest: int) -> bool:
        """Read what nearly all frames are, in one go: whole, strict binary, a simple name.

        False says nothing but that `scan` has to look at it.
        """
        if end - at < 13:
            return False
        version, size = STRICT.unpack_from(raw, at)
        kind = version & 0xFF
        after = at + 8 + size
        if version != VERSION + kind or not 0 <= size <= longest or after + 4 >= end:
            return False
        name = raw[at + 8 : after]
        if not name.isalnum() or kind not in (CALLS if self.calls else ANSWERS):
            return False
        if raw[end - 1] or raw[after + 4] not in KINDS:
            return False
        self.raw = raw
        self.begin = self.head = at
        self.sequence_at = after
        self.sequence_end = self.body = after + 4
        self.stop = self.end = end
        self.kind = kind
        self.name = name
        self.sequence = SIGNED.unpack_from(raw, after)[0]
        return True

    def short(self, stop: int, end: int) -> int:
        """The header goes on behind `stop`: is there more of the frame?"""
        return SHORT if stop < end else self.refuse(ENDS_EARLY)

    def scan_strict(self, raw: bytes, at: int, stop: int, end: int, longest: int) -> int:
        """`version | type, name, sequence id`."""
        if stop - at < 8:
            if not STRICT_START.startswith(raw[at : min(at + 3, stop)]):
                return self.refuse(OTHER_VERSION)
            return self.short(stop, end)
        version, size = STRICT.unpack_from(raw, at)
        if version & 0xFFFFFF00 != VERSION:
            return self.refuse(OTHER_VERSION)
        if size < 0 or size > longest:
            return self.refuse(NAME_TOO_LONG)
        after = at + 8 + size
        body = after + 4
        if body >= end:
            return self.refuse(ENDS_EARLY)
        if body > stop:
            return SHORT
        self.form = BINARY
        self.sequence_at = after
        self.sequence_end = body
        self.sequence = SIGNED.unpack_from(raw, after)[0]
        return self.accept(version & 0xFF, raw[at + 8 : after], body)

    def scan_old(self, raw: bytes, at: int, stop: int, end: int, longest: int) -> int:
        """`name, type, sequence id`, as peers without a version write them."""
        if stop - at < 4:
            return self.short(stop, end)
        size = LENGTH.unpack_from(raw, at)[0]
        if size > longest:
            return self.refuse(NAME_TOO_LONG)
        after = at + 4 + size
        body = after + 5
        if body >= end:
            return self.refuse(ENDS_EARLY)
        if body > stop:
            return SHORT
        self.form = OLD
        self.sequence_at = after + 1
        self.sequence_end = body
        kind, self.sequence = OLD_TAIL.unpack_from(raw, after)
        return self.accept(kind, raw[at + 4 : after], body)

    def scan_compact(self, raw: bytes, at: int, stop: int, end: int, longest: int) -> int:
        """`0x82, type | version, sequence id, name`, both numbers of variable length."""
        if stop - at < 2:
            return self.short(stop, end)
        second = raw[at + 1]
        if second & 31 != COMPACT_VERSION:
            return self.refuse("a version of the compact protocol that nobody knows")
        self.sequence_at = at + 2
        after = self.varint_end(raw, at + 2, stop, end)
        if after <= 0:
            return after
        name_at = self.varint_end(raw, after, stop, end)
        if name_at <= 0:
            return name_at
        sequence = unsigned(raw, at + 2, after)
        size = unsigned(raw, after, name_at)
        if sequence > 0xFFFFFFFF:
            return self.refuse("a sequence id of more than 32 bits")
        if size > longest:
            return self.refuse(NAME_TOO_LONG)
        body = name_at + size
        if body >= end:
            return self.refuse(ENDS_EARLY)
        if body > stop:
            return SHORT
        self.form = COMPACT
        self.sequence_end = after
        self.sequence = sequence - 0x100000000 if sequence & 0x80000000 else sequence
        return self.accept(second >> 5, raw[name_at:body], body)

    def varint_end(self, raw: bytes, at: int, stop: int, end: int) -> int:
        """The offset behind the variable integer at `at`, 0 or -1."""
        last = at + MAX_VARINT
        while at < stop:
            if at >= last:
                return self.refuse("a number without an end")
            if raw[at] < 128:
                return at + 1
            at += 1
        return self.short(stop, end)

    def accept(self, kind: int, name: bytes, body: int) -> int:
        """The last checks; the offset of the body, or -1."""
        if kind not in (CALLS if self.calls else ANSWERS):
            return self.refuse(WRONG_TYPE.get(kind, "a message of an unknown type"))
        if PLAIN.fullmatch(name) is None and not self.may_be_called(name):
            return self.refuse("a method name that is not one")
        if body < self.stop and not self.may_be_struct(body):
            return self.refuse(NO_STRUCT)
        self.kind = kind
        self.name = name
        self.body = body
        return body

    def may_be_struct(self, body: int) -> bool:
        """Whether the body can be one struct, by its first byte and by its last, if that is here.

        Nothing else of it is read. A struct ends with STOP, and behind one without fields there is
        nothing: some servers would take what is there for the next message.
        """
        raw = self.raw
        first = raw[body]
        whole = self.stop == self.end
        if first == STOP:
            return body + 1 == self.end
        if whole and raw[self.end - 1] != STOP:
            return False
        if self.form == COMPACT:
            return 0 < first & 15 < len(COMPACT_KINDS)
        return first in KINDS

    def may_be_called(self, name: bytes) -> bool:
        """Names of other than visible ASCII: any text. An exception may have none."""
        try:
            text = name.decode()
        except UnicodeDecodeError:
            return False
        return CONTROL.search(text) is None and (name != b"" or not self.calls)

    def passed_on(self, sequence: int, prefix: bytes) -> bytes:
        """The frame with another sequence id and with `prefix` before the message.

        As far as it is there: its length is right for what comes later, which goes on as it is.
        """
        raw = self.raw
        if self.form == COMPACT:
            return self.passed_on_compact(sequence, prefix)
        head = self.head
        if prefix or head != self.begin:
            length = LENGTH.pack(self.end - head + len(prefix))
            return b"".join(
                (
                    length,
                    prefix,
                    raw[head : self.sequence_at],
                    SEQUENCE.pack(sequence & 0xFFFFFFFF),
                    raw[self.sequence_end : self.stop],
                )
            )
        if sequence == self.sequence:
            return raw[head - 4 : self.stop]
        return b"".join(
            (
                raw[head - 4 : self.sequence_at],
                SEQUENCE.pack(sequence & 0xFFFFFFFF),
                raw[self.sequence_end : self.stop],
            )
        )

    def passed_on_compact(self, sequence: int, prefix: bytes) -> bytes:
        """`passed_on` where the size of a sequence id depends on its value."""
        raw = self.raw
        head = self.head
        number = varint(sequence & 0xFFFFFFFF)
        gone = self.sequence_end - self.sequence_at
        length = LENGTH.pack(self.end - head - gone + len(number) + len(prefix))
        start = raw[head : self.sequence_at]
        return b"".join((length, prefix, start, number, raw[self.sequence_end : self.stop]))


def unsigned(raw: bytes, at: int, end: int) -> int:
    """The value of a variable integer that is known to end at `end`."""
    value = 0
    while end > at:
        end -= 1
        value = value << 7 | raw[end] & 127
    return value


def message_head(form: int, kind: int, name: bytes, sequence: int) -> bytes:
    """The header of a message of ours; the body is to follow."""
    if form == COMPACT:
        start = bytes((COMPACT_ID, kind << 5 | COMPACT_VERSION))
        return start + varint(sequence & 0xFFFFFFFF) + varint(len(name)) + name
    number = SEQUENCE.pack(sequence & 0xFFFFFFFF)
    if form == OLD:
        return LENGTH.pack(len(name)) + name + bytes((kind,)) + number
    return STRICT.pack(VERSION | kind, len(name)) + name + number


def framed(*parts: bytes) -> bytes:
    """A frame of those parts."""
    payload = b"".join(parts)
    return LENGTH.pack(len(payload)) + payload


def split_name(name: bytes) -> tuple[bytes, bytes]:
    """Service and method of a name as `TMultiplexedProtocol` writes it; else no service."""
    service, colon, method = name.partition(b":")
    return (service, method) if service and colon and method else (b"", name)
