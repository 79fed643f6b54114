"""Bytes of DNS: queries to send, and replies to read (RFC 1035, 6891).

In: a question; bytes that anybody may have sent. Out: bytes; a message of Twisted's with those rows
that are used here, or None. What is no reply to the question is told by its first bytes. Names
are read here and not by Twisted's codec, which follows pointers of hostile messages for seconds:
what is read of one message is bounded.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.names import dns

from linkerd.namer.dns_message import NO_EDNS

if TYPE_CHECKING:
    from linkerd.namer.dns_message import Question

EDNS_BYTES = 2048
"""The largest reply over UDP that we ask for (RFC 6891)."""

STEPS = 16_000
"""Labels and pointers that are read of one message, three times what servers send in 64 KB."""

NAME_BYTES = 255

_HEAD = struct.Struct("!HHHHHH")
_ROW = struct.Struct("!HHIH")
_SRV = struct.Struct("!HHH")
_POINTER = 0xC0
_REPLY, _KIND, _AUTHORITY, _CUT, _RECURSION, _CODE = 0x8000, 0x7800, 0x0400, 0x0200, 0x80, 0xF


def query_of(id: int, question: Question, edns: bool) -> bytes:
    """Write a query that wants recursion."""
    message = dns.Message(id, recDes=1)
    message.queries = [_asked(question)]
    if edns:
        opt = dns.RRHeader(b"", dns.OPT, EDNS_BYTES, 0, dns.UnknownRecord(b""))
        message.additional = [opt]
    return message.toStr()


def reply_of(data: bytes, id: int, question: Question) -> dns.Message | None:
    """Read a reply; None if it is none, none to this question, or broken.

    One that is cut off is given without rows. One that says that it did not understand the query
    need not repeat the question.
    """
    if len(data) < _HEAD.size:
        return None
    number, flags, questions, *rows = _HEAD.unpack_from(data)
    if number != id or flags & (_REPLY | _KIND) != _REPLY:
        return None
    message = dns.Message(
        id,
        answer=1,
        auth=bool(flags & _AUTHORITY),
        trunc=bool(flags & _CUT),
        recAv=bool(flags & _RECURSION),
        rCode=flags & _CODE,
    )
    if not questions:
        return message if message.rCode in NO_EDNS else None
    begin = _after_question(data, question)
    if questions != 1 or not begin:
        return None
    if message.trunc:
        return message
    try:
        message.answers, message.authority, message.additional = _sections(data, begin, rows)
    except (ValueError, IndexError, struct.error):
        return None
    return message


def _asked(question: Question) -> dns.Query:
    return dns.Query(question.name.encode("ascii", "replace"), question.type, dns.IN)


def _after_question(data: bytes, question: Question) -> int:
    """Give where the rows begin if the message repeats the question, in any case of letters."""
    buffer = BytesIO()
    _asked(question).encode(buffer)
    ours = buffer.getvalue()
    end = _HEAD.size + len(ours)
    theirs = data[_HEAD.size : end]
    same = theirs[-4:] == ours[-4:] and theirs[:-4].lower() == ours[:-4].lower()
    return end if same else 0


def _sections(data: bytes, at: int, counts: list[int]) -> list[list[dns.RRHeader]]:
    """Read the rows of each section. Raises ValueError, IndexError, struct.error."""
    names = _Names(data)
    sections = []
    for count in counts:
        section = []
        for _ in range(count):
            name, at = names.read(at)
            kind, cls, ttl, size = _ROW.unpack_from(data, at)
            at += _ROW.size
            if at + size > len(data):
                raise ValueError("a row is cut off")
            if kind in _PAYLOADS:
                if cls != dns.IN:
                    raise ValueError("a row of another class")
                payload = _PAYLOADS[kind](names, data[at : at + size], at)
                section.append(dns.RRHeader(name, kind, cls, ttl, payload))
            at += size
        sections.append(section)
    return sections


class _Names:
    """The names in one message. What a pointer leads to is read once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._known: dict[int, bytes] = {}
        self._steps = STEPS

    def read(self, at: int) -> tuple[bytes, int]:
        """Give the name that begins at `at`, and where it ends. Raises ValueError, IndexError."""
        data = self._data
        parts: list[bytes] = []
        pointers: list[tuple[int, int]] = []
        size = end = 0
        while (length := data[at]) != 0:
            self._steps -= 1
            if self._steps < 0:
                raise ValueError("too many labels")
            if length >= _POINTER:
                end = end or at + 2
                to = (length - _POINTER) << 8 | data[at + 1]
                if to >= at:
                    raise ValueError("a pointer that leads ahead")
                part = self._known.get(to)
                if part is None:
                    pointers.append((to, len(parts)))
                    at = to
                    continue
            else:
                part = data[at + 1 : at + 1 + length]
            parts.append(part)
            size += len(part) + 1
            if size >= NAME_BYTES:
                raise ValueError("too long a name")
            if length >= _POINTER:
                break
            at += 1 + length
        for to, index in pointers:
            self._known[to] = b".".join(parts[index:])
        return b".".join(parts), end or at + 1


def _a(names: _Names, data: bytes, at: int) -> Any:
    return _address(dns.Record_A(), data, 4)


def _aaaa(names: _Names, data: bytes, at: int) -> Any:
    return _address(dns.Record_AAAA(), data, 16)


def _address(record: Any, data: bytes, size: int) -> Any:
    if len(data) != size:
        raise ValueError("an address of another length")
    record.address = data
    return record


def _cname(names: _Names, data: bytes, at: int) -> Any:
    return dns.Record_CNAME(names.read(at)[0])


def _srv(names: _Names, data: bytes, at: int) -> Any:
    priority, weight, port = _SRV.unpack_from(data)
    return dns.Record_SRV(priority, weight, port, names.read(at + _SRV.size)[0])


def _soa(names: _Names, data: bytes, at: int) -> Any:
    """Read the last number, for how long it holds that there is nothing."""
    if len(data) < 22:
        raise ValueError("too short a SOA")
    return dns.Record_SOA(minimum=int.from_bytes(data[-4:], "big"))


_PAYLOADS = {dns.A: _a, dns.AAAA: _aaaa, dns.CNAME: _cname, dns.SRV: _srv, dns.SOA: _soa}


__all__ = ["EDNS_BYTES", "query_of", "reply_of"]
