"""Values of Thrift's binary and compact protocols: read one by one, or passed over.

In come bytes and two offsets, out come values; nothing is taken for granted but the bytes that are
there. A cursor never raises: after its first trouble every field is the last one and every value
is empty, and `verdict` tells whether bytes are missing or wrong. Nested values are passed over
without recursion. Owned by whoever reads a header or an exception.

Kinds are the numbers of the binary protocol in both (Thrift's `TType`).
"""

from __future__ import annotations

import struct

STOP = 0
BOOL = 2
BYTE = 3
DOUBLE = 4
I16 = 6
I32 = 8
I64 = 10
STRING = 11
STRUCT = 12
MAP = 13
SET = 14
LIST = 15
UUID = 16

# Forms of a message; values have but two, OLD are those of BINARY.
BINARY = 0
OLD = 1
COMPACT = 2

# Verdicts.
GOOD = 1
SHORT = 0
BAD = -1

MAX_DEPTH = 64

KINDS = frozenset((BOOL, BYTE, DOUBLE, I16, I32, I64, STRING, STRUCT, MAP, SET, LIST, UUID))
SIZES = {BOOL: 1, BYTE: 1, DOUBLE: 8, I16: 2, I32: 4, I64: 8, UUID: 16}
SEQUENCES = frozenset((LIST, SET))
FIELD_ID = struct.Struct(">h")
INT = struct.Struct(">i")
LONG = struct.Struct(">q")

# Compact's kinds by number; true and false are both a field of kind BOOL.
COMPACT_KINDS = (
    STOP,
    BOOL,
    BOOL,
    BYTE,
    I16,
    I32,
    I64,
    DOUBLE,
    STRING,
    LIST,
    SET,
    MAP,
    STRUCT,
    UUID,
)
COMPACT_SIZES = {BOOL: 1, BYTE: 1, DOUBLE: 8, UUID: 16}
TRUE = 1


class Cursor:
    """A place in a struct. After `next_field`, `field` is the id of the value that stands here."""

    __slots__ = ("at", "fault", "field", "raw", "stop", "verdict")

    sizes = SIZES

    def __init__(self, raw: bytes, at: int, stop: int) -> None:
        self.raw = raw
        self.at = at
        self.stop = stop
        self.field = 0
        self.verdict = GOOD
        self.fault = ""

    def bad(self, fault: str) -> int:
        """Note what is wrong; 0, which is an end or an empty value to whoever called."""
        if self.verdict == GOOD:
            self.verdict = BAD
            self.fault = fault
        return 0

    def advance(self, size: int) -> int:
        """The offset of the next `size` bytes, which are passed; -1 if they are not there."""
        at = self.at
        if self.verdict != GOOD:
            return -1
        if size > self.stop - at:
            self.verdict = SHORT
            self.fault = "it ends too early"
            return -1
        self.at = at + size
        return at

    def next_field(self) -> int:
        """The kind of the next field, or STOP: at the end of the struct, or after trouble."""
        raise NotImplementedError

    def boolean(self) -> bool:
        """A value of kind BOOL."""
        raise NotImplementedError

    def integer(self, kind: int) -> int:
        """A value of kind I16, I32 or I64."""
        raise NotImplementedError

    def length(self) -> int:
        """How many bytes or elements follow; more than there are bytes left is not possible."""
        raise NotImplementedError

    def elements(self) -> tuple[int, int]:
        """The head of a list or set: how many, and of what kind."""
        raise NotImplementedError

    def pairs(self) -> tuple[int, int, int]:
        """The head of a map: how many, and the kinds of key and value."""
        raise NotImplementedError

    def string(self) -> bytes:
        """A value of kind STRING, which may hold any bytes."""
        size = self.length()
        at = self.advance(size)
        return self.raw[at : at + size] if at >= 0 else b""

    def skip_struct(self) -> int:
        """Pass over the struct that begins here: the offset behind it, 0 (incomplete), or -1."""
        self.skip(STRUCT)
        return self.at if self.verdict == GOOD else self.verdict

    def skip(self, kind: int) -> None:
        """Pass over one value, however deep, in a time linear in its bytes."""
        # What is open: how many values are left (-1: a struct) and the kinds to come, in turn; with
        # a struct the id of the field that it is.
        levels: list[list[int]] = []
        while True:
            level = self.enter(kind)
            if level is not None:
                if len(levels) >= MAX_DEPTH:
                    self.bad(f"values nested more than {MAX_DEPTH} deep")
                    return
                levels.append(level)
            kind = STOP
            while levels and kind == STOP:
                if self.verdict != GOOD:
                    return
                level = levels[-1]
                if level[0] < 0:
                    kind = self.next_field()
                    if kind == STOP:
                        self.field = level[1]
                elif level[0]:
                    level[0] -= 1
                    kind = level[1]
                    level[1] = level[2]
                    level[2] = kind
                if kind == STOP:
                    levels.pop()
            if kind == STOP:
                return

    def enter(self, kind: int) -> list[int] | None:
        """Pass over a plain value; of others pass the head, and tell what is in them."""
        if kind == STRUCT:
            level = [-1, self.field, STOP]
            self.field = 0
            return level
        if kind in SEQUENCES:
            count, element = self.elements()
            size = self.sizes.get(element, 0)
            if size:
                self.advance(count * size)
                return None
            return [count, element, element]
        if kind == MAP:
            count, key, value = self.pairs()
            return [2 * count, key, value]
        if kind == STRING:
            self.advance(self.length())
        elif kind == BOOL:
            self.boolean()
        elif kind in self.sizes:
            self.advance(self.sizes[kind])
        else:
            self.integer(kind)
        return None


class BinaryCursor(Cursor):
    """The binary protocol: fixed sizes, network byte order."""

    __slots__ = ()

    def next_field(self) -> int:
        at = self.advance(1)
        if at < 0:
            return STOP
        kind = self.raw[at]
        if kind == STOP:
            return STOP
        if kind not in KINDS:
            return self.bad(f"a field of an unknown kind, {kind}")
        at = self.advance(2)
        if at < 0:
            return STOP
        self.field = FIELD_ID.unpack_from(self.raw, at)[0]
        return kind

    def boolean(self) -> bool:
        at = self.advance(1)
        return at >= 0 and self.raw[at] != 0

    def integer(self, kind: int) -> int:
        size = SIZES[kind]
        at = self.advance(size)
        return int.from_bytes(self.raw[at : at + size], "big", signed=True) if at >= 0 else 0

    def length(self) -> int:
        at = self.advance(4)
        size: int = INT.unpack_from(self.raw, at)[0] if at >= 0 else 0
        return size if size >= 0 else self.bad("a negative length")

    def elements(self) -> tuple[int, int]:
        at = self.advance(1)
        count = self.length()
        kind = self.raw[at] if at >= 0 else STOP
        return (self.countable(count, kind), kind)

    def pairs(self) -> tuple[int, int, int]:
        at = self.advance(2)
        count = self.length()
        if at < 0:
            return (0, STOP, STOP)
        key, value = self.raw[at], self.raw[at + 1]
        return (min(self.countable(count, key), self.countable(count, value)), key, value)

    def countable(self, count: int, kind: int) -> int:
        """`count`, if there can be values of that kind: an empty container may lack one."""
        if count and kind not in KINDS:
            return self.bad(f"elements of an unknown kind, {kind}")
        return count


class CompactCursor(Cursor):
    """The compact protocol: variable integers, field ids as differences."""

    __slots__ = ("truth",)

    sizes = COMPACT_SIZES

    def __init__(self, raw: bytes, at: int, stop: int) -> None:
        Cursor.__init__(self, raw, at, stop)
        # Fields of kind BOOL have their value with the kind: 1 true, 2 false, 0 not such a field.
        self.truth = 0

    def next_field(self) -> int:
        at = self.advance(1)
        if at < 0:
            return STOP
        byte = self.raw[at]
        if byte == STOP:
            return STOP
        kind = self.kind(byte & 15)
        if kind == STOP:
            return STOP
        delta = byte >> 4
        self.field = self.field + delta if delta else self.integer(I16)
        if self.field > 0x7FFF:
            return self.bad("a field id that is too large")
        if self.verdict != GOOD:
            return STOP
        self.truth = byte & 15 if kind == BOOL else 0
        return kind

    def kind(self, number: int) -> int:
        """Compact's number of a kind to ours."""
        if 0 < number < len(COMPACT_KINDS):
            return COMPACT_KINDS[number]
        return self.bad(f"a value of an unknown kind, {number}")

    def boolean(self) -> bool:
        truth = self.truth
        self.truth = 0
        if truth:
            return truth == TRUE
        at = self.advance(1)
        return at >= 0 and self.raw[at] == TRUE

    def varint(self, bits: int) -> int:
        """An unsigned variable integer of at most `bits` bits."""
        value = 0
        shift = 0
        while shift < bits:
            at = self.advance(1)
            if at < 0:
                return 0
            byte = self.raw[at]
            value |= (byte & 127) << shift
            if byte < 128:
                return self.bad("a number that is too large") if value >> bits else value
            shift += 7
        return self.bad("a number without an end")

    def integer(self, kind: int) -> int:
        value = self.varint(SIZES[kind] * 8)
        return (value >> 1) ^ -(value & 1)

    def length(self) -> int:
        size = self.varint(32)
        return size if size <= 0x7FFFFFFF else self.bad("a negative length")

    def elements(self) -> tuple[int, int]:
        at = self.advance(1)
        if at < 0:
            return (0, STOP)
        byte = self.raw[at]
        count = byte >> 4
        if count == 15:
            count = self.length()
        # An empty list may name no kind.
        return (count, self.kind(byte & 15)) if count else (0, STOP)

    def pairs(self) -> tuple[int, int, int]:
        count = self.length()
        at = self.advance(1) if count else -1
        if at < 0:
            return (0, STOP, STOP)
        byte = self.raw[at]
        return (count, self.kind(byte >> 4), self.kind(byte & 15))


def cursor(raw: bytes, at: int, stop: int, form: int) -> Cursor:
    """A cursor on bytes of a message of that form."""
    if form == COMPACT:
        return CompactCursor(raw, at, stop)
    return BinaryCursor(raw, at, stop)
