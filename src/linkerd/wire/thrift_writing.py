"""Values written in Thrift's binary and compact protocols, for headers and exceptions of ours.

In come values, out come bytes. Only what is written somewhere is here: fields of kind BOOL, I32,
I64 and STRING, structs, and lists of structs. Owned by whoever writes one struct.
"""

from __future__ import annotations

import struct

from linkerd.wire.thrift_values import (
    BOOL,
    COMPACT,
    COMPACT_KINDS,
    I32,
    I64,
    INT,
    LIST,
    LONG,
    STRING,
    STRUCT,
)

FIELD = struct.Struct(">Bh")
LIST_OF = struct.Struct(">Bi")
TRUE = 1
FALSE = 2
NUMBERS = {kind: number for number, kind in enumerate(COMPACT_KINDS)}


def varint(value: int) -> bytes:
    """A number of at most 64 bits, not negative, in the compact protocol's form."""
    if value < 128:
        return bytes((value,))
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> bytes:
    """A signed number, the small ones short."""
    return varint(value * 2 if value >= 0 else -value * 2 - 1)


class Writer:
    """Structs in the binary protocol; `out` are the bytes so far."""

    __slots__ = ("out",)

    def __init__(self) -> None:
        self.out = bytearray()

    def field(self, kind: int, number: int) -> None:
        """The head of a field: its value must follow."""
        self.out += FIELD.pack(kind, number)

    def boolean(self, number: int, value: bool) -> None:
        """A whole field of kind BOOL."""
        self.field(BOOL, number)
        self.out.append(value)

    def i32(self, number: int, value: int) -> None:
        """A whole field of kind I32."""
        self.field(I32, number)
        self.out += INT.pack(value)

    def i64(self, number: int, value: int) -> None:
        """A whole field of kind I64."""
        self.field(I64, number)
        self.out += LONG.pack(value)

    def string(self, number: int, value: bytes) -> None:
        """A whole field of kind STRING."""
        self.field(STRING, number)
        self.out += INT.pack(len(value))
        self.out += value

    def begin_struct(self) -> int:
        """The fields of a struct come next; what is given back belongs to its `end_struct`."""
        return 0

    def end_struct(self, outer: int) -> None:
        """The end of the innermost struct."""
        self.out.append(0)

    def string_pairs(self, number: int, pairs: list[tuple[bytes, bytes]]) -> None:
        """A whole field: a list of structs, each with the strings 1 and 2."""
        self.field(LIST, number)
        self.structs(len(pairs))
        for first, second in pairs:
            outer = self.begin_struct()
            self.string(1, first)
            self.string(2, second)
            self.end_struct(outer)

    def structs(self, count: int) -> None:
        """The head of a list of structs."""
        self.out += LIST_OF.pack(STRUCT, count)


class CompactWriter(Writer):
    """Structs in the compact protocol."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        Writer.__init__(self)
        # The id of the field before, within this struct.
        self.last = 0

    def field(self, kind: int, number: int) -> None:
        self.numbered(NUMBERS[kind], number)

    def numbered(self, kind: int, number: int) -> None:
        """The head of a field, with compact's own number of a kind."""
        delta = number - self.last
        self.last = number
        if 0 < delta < 16:
            self.out.append(delta << 4 | kind)
        else:
            self.out.append(kind)
            self.out += zigzag(number)

    def boolean(self, number: int, value: bool) -> None:
        self.numbered(TRUE if value else FALSE, number)

    def i32(self, number: int, value: int) -> None:
        self.field(I32, number)
        self.out += zigzag(value)

    def i64(self, number: int, value: int) -> None:
        self.field(I64, number)
        self.out += zigzag(value)

    def string(self, number: int, value: bytes) -> None:
        self.field(STRING, number)
        self.out += varint(len(value))
        self.out += value

    def begin_struct(self) -> int:
        outer = self.last
        self.last = 0
        return outer

    def end_struct(self, outer: int) -> None:
        self.out.append(0)
        self.last = outer

    def structs(self, count: int) -> None:
        if count < 15:
            self.out.append(count << 4 | NUMBERS[STRUCT])
        else:
            self.out.append(15 << 4 | NUMBERS[STRUCT])
            self.out += varint(count)


def writer(form: int) -> Writer:
    """A writer for bytes in a message of that form."""
    return CompactWriter() if form == COMPACT else Writer()
