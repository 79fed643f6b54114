"""The first message of TLS, read without taking part in it: whom it asks for, and in what. Pure.

In come the first bytes of a connection; out goes what its ClientHello (RFC 8446 4.1.2) says of SNI
(RFC 6066 3) and ALPN (RFC 7301), however it is cut into records, or that there have to be more
bytes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HANDSHAKE = 22
CLIENT_HELLO = 1
SERVER_NAME = 0
ALPN = 16
HOST_NAME = 0
RECORD_HEAD = 5
LARGEST_RECORD = 16384 + 2048
LARGEST_HELLO = 32768

HOST = re.compile(rb"[0-9A-Za-z_-]{1,63}(?:\.[0-9A-Za-z_-]{1,63})*\.?")
LONGEST_HOST = 255


class NotTls(ValueError):
    """The bytes begin no ClientHello; the text says why not."""


class ClientHello(NamedTuple):
    """What a client asks for. `server_name` is in lower case without a dot at its end, or ""."""

    server_name: str = ""
    alpn: tuple[bytes, ...] = ()


class _Short(Exception):
    """A length leads beyond what it is the length in."""


def read_client_hello(data: bytes) -> ClientHello | None:
    """The hello that `data` begins with; None if there have to be more bytes. Raises NotTls."""
    message = _message(data)
    if message is None:
        return None
    try:
        return _read(message)
    except _Short:
        raise NotTls("a length in it leads beyond its end") from None


def _message(data: bytes) -> bytes | None:
    """The body of the first handshake message, put together from its records."""
    pieces: list[bytes] = []
    have = 0
    wanted = 4
    at = 0
    while have < wanted:
        head = data[at : at + RECORD_HEAD]
        if head and head[0] != HANDSHAKE:
            raise NotTls("the first byte is none of a handshake" if at == 0 else "a foreign record")
        if len(head) > 1 and head[1] != 3:
            raise NotTls("no version of TLS")
        if len(head) < RECORD_HEAD:
            return None
        size = int.from_bytes(head[3:], "big")
        if not 0 < size <= LARGEST_RECORD:
            raise NotTls(f"a record of {size} bytes")
        at += RECORD_HEAD
        piece = data[at : at + size]
        if have == 0 and piece and piece[0] != CLIENT_HELLO:
            raise NotTls("the first message is no ClientHello")
        pieces.append(piece)
        have += len(piece)
        if wanted == 4 and have >= 4:
            wanted = 4 + int.from_bytes(b"".join(pieces)[1:4], "big")
            if wanted > LARGEST_HELLO:
                raise NotTls(f"a ClientHello of {wanted} bytes")
        if len(piece) < size and have < wanted:
            return None
        at += size
    return b"".join(pieces)[4:wanted]


def _read(message: bytes) -> ClientHello:
    at = 2 + 32  # the version, and the random
    _, at = _vector(message, at, 1)  # the session id
    _, at = _vector(message, at, 2)  # the cipher suites
    _, at = _vector(message, at, 1)  # the compression methods
    if at == len(message):
        return ClientHello()
    extensions, at = _vector(message, at, 2)
    server_name = ""
    alpn: tuple[bytes, ...] = ()
    at = 0
    while at < len(extensions):
        kind = int.from_bytes(_part(extensions, at, 2), "big")
        body, at = _vector(extensions, at + 2, 2)
        if kind == SERVER_NAME:
            server_name = _read_server_name(body)
        elif kind == ALPN:
            alpn = _read_alpn(body)
    return ClientHello(server_name, alpn)


def _read_server_name(body: bytes) -> str:
    names, _ = _vector(body, 0, 2)
    at = 0
    while at < len(names):
        kind = names[at]
        name, at = _vector(names, at + 1, 2)
        if kind == HOST_NAME:
            if len(name) > LONGEST_HOST or HOST.fullmatch(name) is None:
                raise NotTls(f"{name[:LONGEST_HOST]!r} is no host name")
            return name.decode("ascii").lower().rstrip(".")
    return ""


def _read_alpn(body: bytes) -> tuple[bytes, ...]:
    names, _ = _vector(body, 0, 2)
    found = []
    at = 0
    while at < len(names):
        name, at = _vector(names, at, 1)
        found.append(name)
    return tuple(found)


def _vector(data: bytes, at: int, width: int) -> tuple[bytes, int]:
    """What has its length, of `width` bytes, before it; and where it ends."""
    start = at + width
    end = start + int.from_bytes(_part(data, at, width), "big")
    return _part(data, start, end - start), end


def _part(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise _Short
    return data[at : at + size]


__all__ = ["ClientHello", "NotTls", "read_client_hello"]
