"""HAProxy's PROXY protocol, versions 1 and 2: whose connection a proxy passes on. Pure.

In come the first bytes of a connection; out goes the header that they are, with its length, or that
there have to be more. The other way round, headers are written from addresses. Nothing here is
asked for once a connection has a name.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from linkerd.wire.crc32c import crc32c

V1 = b"PROXY "
V2 = b"\r\n\r\n\0\r\nQUIT\n"
LONGEST_V1 = 107
MOST_V2 = 4096
"""How long a header of version 2 may be, with what it tells besides addresses."""
HEAD_V2 = 16

LOCAL = 0x20
PROXY = 0x21
UNSPECIFIED = 0x00
TCP4 = 0x11
TCP6 = 0x21
UNIX = 0x31
# What the families' addresses take, both of them with their ports.
SIZES = {UNSPECIFIED: 0, TCP4: 12, TCP6: 36, UNIX: 216}

AUTHORITY = 0x02
CRC32C = 0x03

LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9a-fA-F:.]+) ([0-9a-fA-F:.]+) (\d{1,5}) (\d{1,5})\r\n")
UNKNOWN = re.compile(rb"PROXY UNKNOWN(?: [^\r\n]*)?\r\n")
NOWHERE = ("", 0)


class BadProxyHeader(ValueError):
    """The bytes begin no header; the text says why not."""


class ProxyHeader(NamedTuple):
    """A header that took `end` bytes. `local`: it tells nothing of the connection but that it is.

    `authority` is the host name that the client asked for, "" where that is not told.
    """

    end: int
    source: tuple[str, int] = NOWHERE
    destination: tuple[str, int] = NOWHERE
    local: bool = False
    authority: str = ""


def read_proxy_header(data: bytes) -> ProxyHeader | None:
    """The header that `data` begins with; None if there have to be more bytes.

    Raises BadProxyHeader.
    """
    if data[:1] == b"P":
        return _read_v1(data)
    if V2.startswith(data[: len(V2)]):
        return _read_v2(data) if len(data) >= HEAD_V2 else None
    raise BadProxyHeader("neither of the two signatures")


def _read_v1(data: bytes) -> ProxyHeader | None:
    if not (data.startswith(V1) or V1.startswith(data)):
        raise BadProxyHeader("neither of the two signatures")
    end = data.find(b"\r\n", 0, LONGEST_V1) + 2
    if end == 1:
        if len(data) >= LONGEST_V1:
            raise BadProxyHeader(f"no end of line within {LONGEST_V1} bytes")
        return None
    line = data[:end]
    if UNKNOWN.fullmatch(line):
        return ProxyHeader(end, local=True)
    match = LINE.fullmatch(line)
    if match is None:
        raise BadProxyHeader(f"malformed line {line!r}")
    family, source, destination, source_port, destination_port = match.groups()
    kind = IPv4Address if family == b"TCP4" else IPv6Address
    return ProxyHeader(
        end,
        (_address(kind, source), _port(source_port)),
        (_address(kind, destination), _port(destination_port)),
    )


def _address(kind: type[IPv4Address] | type[IPv6Address], text: bytes) -> str:
    try:
        return str(kind(text.decode("ascii")))
    except ValueError:
        raise BadProxyHeader(f"{text!r} is no address") from None


def _port(text: bytes) -> int:
    port = int(text)
    if port > 65535 or text != b"%d" % port:
        raise BadProxyHeader(f"{text!r} is no port")
    return port


def _read_v2(data: bytes) -> ProxyHeader | None:
    command, family = data[12], data[13]
    end = HEAD_V2 + int.from_bytes(data[14:16], "big")
    if command not in (LOCAL, PROXY):
        raise BadProxyHeader(f"version and command {command:#04x}")
    if end > MOST_V2:
        raise BadProxyHeader(f"{end} bytes, more than {MOST_V2}")
    if len(data) < end:
        return None
    if command == PROXY and family not in SIZES:
        raise BadProxyHeader(f"family and protocol {family:#04x}")
    size = SIZES.get(family, 0)
    if end - HEAD_V2 < size:
        raise BadProxyHeader("its addresses do not fit into it")
    if command == LOCAL:
        return ProxyHeader(end, local=True)
    authority = _read_extras(data, HEAD_V2 + size, end)
    if family not in (TCP4, TCP6):
        return ProxyHeader(end, local=True, authority=authority)
    width = 4 if family == TCP4 else 16
    ports = HEAD_V2 + 2 * width
    return ProxyHeader(
        end,
        (_packed(data, HEAD_V2, width), int.from_bytes(data[ports : ports + 2], "big")),
        (_packed(data, HEAD_V2 + width, width), int.from_bytes(data[ports + 2 : ports + 4], "big")),
        authority=authority,
    )


def _packed(data: bytes, at: int, width: int) -> str:
    packed = data[at : at + width]
    return str(IPv4Address(packed) if width == 4 else IPv6Address(packed))


def _read_extras(data: bytes, at: int, end: int) -> str:
    """Walk what follows the addresses: the authority is kept, a checksum verified."""
    authority = ""
    while at < end:
        value = at + 3
        following = value + int.from_bytes(data[at + 1 : value], "big")
        if value > end or following > end:
            raise BadProxyHeader("what it tells besides addresses does not fit into it")
        if data[at] == AUTHORITY:
            try:
                authority = data[value:following].decode("utf-8")
            except UnicodeDecodeError:
                raise BadProxyHeader("its authority is not UTF-8") from None
        elif data[at] == CRC32C:
            _verify(data, value, following, end)
        at = following
    return authority


def _verify(data: bytes, value: int, following: int, end: int) -> None:
    blank = data[:value] + bytes(following - value) + data[following:end]
    if following - value != 4 or crc32c(blank) != int.from_bytes(data[value:following], "big"):
        raise BadProxyHeader("its checksum is wrong")


# -- writing


def proxy_v1(source: tuple[str, int], destination: tuple[str, int]) -> bytes:
    """A header of version 1; without two addresses it is UNKNOWN."""
    pair = _pair(source[0], destination[0])
    if pair is None:
        return b"PROXY UNKNOWN\r\n"
    family = "TCP4" if pair[0].version == 4 else "TCP6"
    text = f"PROXY {family} {pair[0]} {pair[1]} {source[1]} {destination[1]}\r\n"
    return text.encode("ascii")


def proxy_v2(source: tuple[str, int], destination: tuple[str, int], authority: str = "") -> bytes:
    """A header of version 2, with the authority if there is one; LOCAL without two addresses."""
    pair = _pair(source[0], destination[0])
    if pair is None:
        command, family, addresses = LOCAL, UNSPECIFIED, b""
    else:
        command, family = PROXY, TCP4 if pair[0].version == 4 else TCP6
        ports = source[1].to_bytes(2, "big") + destination[1].to_bytes(2, "big")
        addresses = pair[0].packed + pair[1].packed + ports
    told = authority.encode("utf-8")
    extra = bytes((AUTHORITY,)) + len(told).to_bytes(2, "big") + told if told else b""
    size = (len(addresses) + len(extra)).to_bytes(2, "big")
    return V2 + bytes((command, family)) + size + addresses + extra


Ip = IPv4Address | IPv6Address


def _pair(source: str, destination: str) -> tuple[Ip, Ip] | None:
    """Both addresses in one family: where they differ, in the larger one (RFC 4291 2.5.5.2)."""
    if not (source and destination):
        return None
    first = ip_address(source.partition("%")[0])
    second = ip_address(destination.partition("%")[0])
    if first.version != second.version:
        return _wide(first), _wide(second)
    return first, second


def _wide(address: Ip) -> IPv6Address:
    if isinstance(address, IPv6Address):
        return address
    return IPv6Address(bytes(10) + b"\xff\xff" + address.packed)


__all__ = ["BadProxyHeader", "ProxyHeader", "proxy_v1", "proxy_v2", "read_proxy_header"]
