"""Bytes that are no head: not yet, or not any more.

In come the bytes that the scanner could not read; out goes 0 if more bytes could make a head of
them, or minus the status to refuse with, and the head's `fault` then says why. Called by the
scanner alone, off the common path; time is linear in the bytes, whatever they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linkerd.wire.fields import FIELDS, PARTIAL

if TYPE_CHECKING:
    from linkerd.wire.head import Head, Limits

PARTIAL_LINE = re.compile(rb"[\x21-\x7e]*+(?: [\x21-\x7e]*+){0,2}+\r?")
OTHER_VERSION = re.compile(rb"[!-~]++ [!-~]++ HTTP/(?:[02-9]|[0-9][0-9]++)[0-9.]*+\r")
VERSION = b"HTTP/"


def incomplete_request(head: Head, data: bytes, begin: int, limits: Limits) -> int:
    """No request line: is it unfinished, too long, of another version, or wrong?"""
    stop = data.find(b"\n", begin)
    if (stop if stop >= 0 else len(data)) - begin >= limits.line:
        return head.refuse(414, "the request line is too long")
    if stop < 0:
        if PARTIAL_LINE.fullmatch(data, begin) is None:
            return head.refuse(400, "the request line is not HTTP/1")
        return 0
    if OTHER_VERSION.fullmatch(data, begin, stop):
        return head.refuse(505, "the version is not HTTP/1")
    return head.refuse(400, "the request line is not HTTP/1")


def incomplete_response(head: Head, data: bytes, begin: int, limits: Limits) -> int:
    """No status line: is it unfinished, or wrong?"""
    stop = data.find(b"\n", begin)
    if stop < 0 and len(data) - begin < limits.line:
        start = data[begin : begin + 5]
        if VERSION.startswith(start):
            return 0
    return head.refuse(502, "the answer does not begin with an HTTP/1 status line")


def incomplete_fields(head: Head, data: bytes, first: int, limits: Limits) -> int:
    """Fields that do not match: wait for more, or refuse what can no longer become good."""
    # A block of the largest size lacks at most the last byte of the empty line behind it.
    if len(data) - first > limits.head + 1 and data.find(b"\r\n\r\n", first) < 0:
        return head.refuse(431, "the header fields are too large")
    last = data.rfind(b"\n", first) + 1
    whole = data[first:last] if last else b""
    if b"\r\n\r\n" in whole or FIELDS.match(whole + b"\r\n") is None:
        return head.refuse(400, why_not_fields(data, first))
    rest = data[first + len(whole) :]
    if rest != b"\r" and PARTIAL.fullmatch(rest) is None:
        return head.refuse(400, why_not_fields(rest, 0))
    if whole.count(b"\n") > limits.fields:
        return head.refuse(431, "the header fields are too many")
    return 0


def why_not_fields(data: bytes, first: int) -> str:
    """A short reason for the first line that is not a field."""
    begin = first
    while True:
        stop = data.find(b"\n", begin)
        line = data[begin : stop + 1] if stop >= 0 else data[begin:]
        if FIELDS.match(line + b"\r\n") is None or stop < 0:
            break
        begin = stop + 1
    if line[:1] in (b" ", b"\t"):
        return "a folded header line"
    if stop >= 0 and not line.endswith(b"\r\n"):
        return "a header line that does not end with CR LF"
    if b"\r" in line[:-2]:
        return "a bare CR in a header line"
    if b"\0" in line:
        return "a NUL in a header line"
    return "a header line that is not name:value"


def empty_lines(data: bytes) -> int:
    """The offset behind empty lines before a request (RFC 9112 2.2)."""
    at = 0
    while data[at : at + 2] == b"\r\n":
        at += 2
    return at
