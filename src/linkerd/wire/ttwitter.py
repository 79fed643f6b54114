"""TTwitter, Finagle's upgrade of Thrift connections: headers that stand before messages.

In comes the frame of an upgraded connection, out come ids of the trace, caller, destination,
delegations and contexts of a request, or the contexts of an answer; and back. A connection is
upgraded when its first call, `__can__finagle__trace__v3__`, is answered by a REPLY. The headers
have the form of that call. Fields that nobody knows are passed over and not written again, as
Finagle does; contexts that nobody knows are kept. Owned by the connection, then by its exchange.
"""

from __future__ import annotations

from linkerd.wire.thrift_message import CALL, REPLY, ThriftMessage, framed, message_head
from linkerd.wire.thrift_values import (
    BAD,
    BOOL,
    GOOD,
    I64,
    LIST,
    SHORT,
    STOP,
    STRING,
    STRUCT,
    Cursor,
    cursor,
)
from linkerd.wire.thrift_writing import Writer, writer

UPGRADE = b"__can__finagle__trace__v3__"
# ConnectionOptions and UpgradeReply have no fields, nor has the header of our answers.
NOTHING = b"\0"

MAX_CONTEXTS = 100
MAX_DELEGATIONS = 256

DEBUG = 1
U64 = 0xFFFFFFFFFFFFFFFF

# Fields of the header of a request; 4 is nobody's.
NUMBERS = frozenset((1, 2, 3, 7, 11))
KNOWN = NUMBERS | {5, 6, 8, 9, 10}

TOO_LARGE = "a TTwitter header that is too large"


class TTwitterHeader:
    """What both headers have: contexts, in order, as pairs of key and value."""

    __slots__ = ("contexts", "fault")

    def __init__(self) -> None:
        self.contexts: list[tuple[bytes, bytes]] = []
        self.fault = ""

    def scan(self, raw: bytes, at: int, stop: int, end: int, form: int, longest: int) -> int:
        """Read a header at `at`: the offset behind it, 0 if more bytes are needed, or -1.

        The frame ends at `end` and is there up to `stop`.
        """
        place = cursor(raw, at, min(stop, at + longest), form)
        kind = place.next_field()
        while kind != STOP:
            if not self.read(place, kind):
                place.skip(kind)
            kind = place.next_field()
        if place.verdict == GOOD:
            return place.at
        if place.verdict == SHORT:
            if stop >= at + longest:
                self.fault = TOO_LARGE
                return BAD
            if stop < end:
                return SHORT
        self.fault = "a TTwitter header is malformed: " + place.fault
        return BAD

    def read(self, place: Cursor, kind: int) -> bool:
        """Read a field, if it is one of ours."""
        raise NotImplementedError

    def context(self, key: bytes) -> bytes:
        """The value of a context; empty if there is none. Envoy writes keys in lower case."""
        wanted = key.lower()
        for name, value in self.contexts:
            if name.lower() == wanted:
                return value
        return b""


class RequestHeader(TTwitterHeader):
    """What stands before a call. Ids are unsigned; None is for what was not said.

    `destination` is a path, `delegations` are pairs of a prefix and a tree: all text in UTF-8, to
    be parsed by whoever applies it.
    """

    __slots__ = (
        "client",
        "delegations",
        "destination",
        "flags",
        "parent_id",
        "sampled",
        "span_id",
        "trace_high",
        "trace_id",
    )

    def __init__(self) -> None:
        TTwitterHeader.__init__(self)
        self.trace_id = 0
        self.span_id = 0
        self.parent_id: int | None = None
        self.trace_high: int | None = None
        self.sampled: bool | None = None
        self.flags: int | None = None
        self.client = b""
        self.destination = b""
        self.delegations: list[tuple[bytes, bytes]] = []

    def debug(self) -> bool:
        """Whether the trace is wanted whatever the sampling says."""
        return self.flags is not None and self.flags & DEBUG != 0

    def read(self, place: Cursor, kind: int) -> bool:
        field = place.field
        if kind == I64 and field in NUMBERS:
            self.read_number(place)
        elif kind == BOOL and field == 5:
            self.sampled = place.boolean()
        elif kind == STRUCT and field == 6:
            self.client = first_strings(place)[0]
        elif kind == LIST and field == 8:
            self.contexts = string_pairs(place, MAX_CONTEXTS)
        elif kind == STRING and field == 9:
            self.destination = place.string()
        elif kind == LIST and field == 10:
            self.delegations = string_pairs(place, MAX_DELEGATIONS)
        elif field in KNOWN:
            place.bad(f"field {field} is of the wrong kind")
        else:
            return False
        return True

    def read_number(self, place: Cursor) -> None:
        """Read a field of kind I64, one of `NUMBERS`."""
        field = place.field
        value = place.integer(I64) & U64
        if field == 1:
            self.trace_id = value
        elif field == 2:
            self.span_id = value
        elif field == 3:
            self.parent_id = value
        elif field == 7:
            self.flags = value
        else:
            self.trace_high = value

    def written(self, form: int) -> bytes:
        """The header in the form of the connection."""
        out = writer(form)
        outer = out.begin_struct()
        out.i64(1, signed(self.trace_id))
        out.i64(2, signed(self.span_id))
        if self.parent_id is not None:
            out.i64(3, signed(self.parent_id))
        if self.sampled is not None:
            out.boolean(5, self.sampled)
        if self.client:
            write_client(out, self.client)
        if self.flags is not None:
            out.i64(7, signed(self.flags))
        out.string_pairs(8, self.contexts)
        if self.destination:
            out.string(9, self.destination)
        if self.delegations:
            out.string_pairs(10, self.delegations)
        if self.trace_high is not None:
            out.i64(11, signed(self.trace_high))
        out.end_struct(outer)
        return bytes(out.out)


class ResponseHeader(TTwitterHeader):
    """What stands before an answer. Spans are passed over."""

    __slots__ = ()

    def read(self, place: Cursor, kind: int) -> bool:
        if place.field != 2 or kind != LIST:
            return False
        self.contexts = string_pairs(place, MAX_CONTEXTS)
        return True

    def written(self, form: int) -> bytes:
        """The header in the form of the connection."""
        if not self.contexts:
            return NOTHING
        out = writer(form)
        outer = out.begin_struct()
        out.string_pairs(2, self.contexts)
        out.end_struct(outer)
        return bytes(out.out)


def first_strings(place: Cursor) -> tuple[bytes, bytes]:
    """The strings 1 and 2 of the struct that begins here."""
    outer = place.field
    place.field = 0
    first = second = b""
    kind = place.next_field()
    while kind != STOP:
        if kind == STRING and place.field == 1:
            first = place.string()
        elif kind == STRING and place.field == 2:
            second = place.string()
        else:
            place.skip(kind)
        kind = place.next_field()
    place.field = outer
    return first, second


def string_pairs(place: Cursor, most: int) -> list[tuple[bytes, bytes]]:
    """A list of structs, each with the strings 1 and 2."""
    count, kind = place.elements()
    if count and kind != STRUCT:
        place.bad("a list of something else than structs")
    if count > most:
        place.bad(f"a list of {count}, where {most} are allowed")
    pairs = []
    while count and place.verdict == GOOD:
        pairs.append(first_strings(place))
        count -= 1
    return pairs


def write_client(out: Writer, name: bytes) -> None:
    """ClientId, a struct of one name."""
    out.field(STRUCT, 6)
    outer = out.begin_struct()
    out.string(1, name)
    out.end_struct(outer)


def signed(value: int) -> int:
    """64 bits as the protocol has them."""
    return value - 0x10000000000000000 if value >> 63 else value


def upgrade_call(form: int) -> bytes:
    """The frame that asks for the upgrade: the first one of a connection."""
    return framed(message_head(form, CALL, UPGRADE, 0), NOTHING)


def upgrade_reply(call: ThriftMessage) -> bytes:
    """The frame that agrees to it."""
    return framed(message_head(call.form, REPLY, call.name, call.sequence), NOTHING)


def is_upgrade(call: ThriftMessage) -> bool:
    """Whether a call asks for the upgrade."""
    return call.name == UPGRADE and call.kind == CALL


def is_upgraded(answer: ThriftMessage) -> bool:
    """Whether the answer to `upgrade_call` agrees; with an exception the connection stays plain."""
    return answer.kind == REPLY
