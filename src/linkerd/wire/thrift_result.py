"""How a call ended, told by the first bytes of its answer; and exceptions of the protocol itself.

In come the body of a REPLY or EXCEPTION message, out comes success, a declared exception's number,
or the code and text of a TApplicationException; ours are written here too. Nothing of a result is
read but the head of its first field. Owned by the exchange that has the answer.
"""

from __future__ import annotations

from linkerd.wire.thrift_message import EXCEPTION, framed, message_head
from linkerd.wire.thrift_values import (
    COMPACT,
    GOOD,
    I32,
    KINDS,
    SHORT,
    STOP,
    STRING,
    cursor,
)
from linkerd.wire.thrift_writing import writer

# What a result is, where it is no declared exception: those are numbers from 1 on.
SUCCESS = 0
VOID = -1
UNFINISHED = -2
MALFORMED = -3

# Codes of TApplicationException.
UNKNOWN = 0
UNKNOWN_METHOD = 1
INVALID_MESSAGE_TYPE = 2
WRONG_METHOD_NAME = 3
BAD_SEQUENCE_ID = 4
MISSING_RESULT = 5
INTERNAL_ERROR = 6
PROTOCOL_ERROR = 7

MAX_TEXT = 4096


def result(raw: bytes, body: int, stop: int, form: int) -> int:
    """The id of the result's first field: SUCCESS, a declared exception, or one of the above.

    `raw` has the body from `body` up to `stop`; three bytes are enough, with compact five.
    """
    if body >= stop:
        return UNFINISHED
    first = raw[body]
    if first == STOP:
        return VOID
    if form == COMPACT:
        return result_compact(raw, body, stop)
    if stop - body < 3:
        return UNFINISHED
    if first not in KINDS or raw[body + 1] > 127:
        return MALFORMED
    return raw[body + 1] << 8 | raw[body + 2]


def result_compact(raw: bytes, body: int, stop: int) -> int:
    """`result` of a body in the compact protocol that is not empty."""
    place = cursor(raw, body, stop, COMPACT)
    if place.next_field() != STOP and place.field >= 0:
        return place.field
    return UNFINISHED if place.verdict == SHORT else MALFORMED


class ApplicationException:
    """Code and text of a TApplicationException. `fault` is not empty if it cannot be read."""

    __slots__ = ("code", "fault", "text")

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        self.fault = ""


def read_exception(raw: bytes, body: int, stop: int, form: int) -> ApplicationException:
    """The exception at `body`; its text is cut at `MAX_TEXT` bytes."""
    found = ApplicationException(UNKNOWN, "")
    place = cursor(raw, body, stop, form)
    kind = place.next_field()
    while kind != STOP:
        if kind == STRING and place.field == 1:
            size = place.length()
            at = place.advance(size)
            if at >= 0:
                found.text = raw[at : at + min(size, MAX_TEXT)].decode(errors="replace")
        elif kind == I32 and place.field == 2:
            found.code = place.integer(I32)
        else:
            place.skip(kind)
        kind = place.next_field()
    if place.verdict != GOOD:
        found.fault = place.fault
    return found


def exception_frame(form: int, name: bytes, sequence: int, code: int, text: str) -> bytes:
    """A whole frame: the exception that answers a call of that form, name and sequence id."""
    return framed(exception_message(form, name, sequence, code, text))


def exception_message(form: int, name: bytes, sequence: int, code: int, text: str) -> bytes:
    """`exception_frame` without its length, for where a header stands before the message."""
    body = writer(form)
    outer = body.begin_struct()
    body.string(1, text.encode(errors="replace"))
    body.i32(2, code)
    body.end_struct(outer)
    return message_head(form, EXCEPTION, name, sequence) + bytes(body.out)
