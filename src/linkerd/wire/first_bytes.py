"""What a connection speaks, told by its first bytes. Pure.

In come the bytes that a client has sent so far; out goes a protocol, that it is none of those that
are known here, or that there have to be more. What is decided stays so, whatever follows.
"""

from __future__ import annotations

import re

UNDECIDED = 0
HTTP = 1
HTTP2 = 2
THRIFT = 3
TLS = 4
OTHER = 5

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
REQUEST = re.compile(rb"(?:\r?\n){0,4}[A-Z][A-Z-]{1,19} [/*A-Za-z0-9\[]")
BEGINNING = re.compile(rb"(?:\r?\n){0,4}(?:\r?|[A-Z][A-Z-]{0,19}|[A-Z][A-Z-]{1,19} )")
LARGEST_FRAME = 0x03000000
STRICT = b"\x80\x01\x00"
COMPACT = 0x82
CALLS = (1, 4)
"""The types of messages that clients send: a call, and one without an answer."""


def first_bytes(data: bytes) -> int:
    """One of the constants above, for the bytes that came first."""
    found = OTHER
    for verdict in (_tls(data), _http2(data), _thrift(data), _http(data)):
        if verdict == UNDECIDED:
            found = UNDECIDED
        elif verdict != OTHER:
            return verdict
    return found


def _tls(data: bytes) -> int:
    """A record with a handshake, of version 3.x (RFC 8446 5.1)."""
    if data[:1] not in (b"", b"\x16") or data[1:2] not in (b"", b"\x03"):
        return OTHER
    return TLS if len(data) > 1 else UNDECIDED


def _http2(data: bytes) -> int:
    """The preface of RFC 9113 3.4."""
    if not PREFACE.startswith(data[: len(PREFACE)]):
        return OTHER
    return HTTP2 if len(data) >= len(PREFACE) else UNDECIDED


def _thrift(data: bytes) -> int:
    """A frame, and in it the head of a call in the binary or in the compact protocol."""
    if len(data) < 4:
        # No text of HTTP begins with a zero, and no frame as large as four letters is taken.
        return UNDECIDED if data[:1] in (b"", b"\0", b"\1", b"\2") else OTHER
    size = int.from_bytes(data[:4], "big")
    if not 4 < size < LARGEST_FRAME:
        return OTHER
    head = data[4:8]
    if head[:3] == STRICT[: len(head[:3])]:
        if len(head) < 4:
            return UNDECIDED
        return THRIFT if head[3] in CALLS else OTHER
    if head[:1] == b"\x82":
        if len(head) < 2:
            return UNDECIDED
        # The version in five bits, the type in three.
        return THRIFT if head[1] & 0x1F == 1 and head[1] >> 5 in CALLS else OTHER
    return OTHER


def _http(data: bytes) -> int:
    """A method, a blank and the beginning of a target (RFC 9112 3); empty lines may precede."""
    if data[:4] == PREFACE[:4]:
        return OTHER
    if REQUEST.match(data):
        return HTTP
    return UNDECIDED if BEGINNING.fullmatch(data) else OTHER


__all__ = ["HTTP", "HTTP2", "OTHER", "THRIFT", "TLS", "UNDECIDED", "first_bytes"]
