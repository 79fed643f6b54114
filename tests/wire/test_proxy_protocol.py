"""PROXY headers of both versions: what is read of them, what is refused, what is written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.crc32c import crc32c
from linkerd.wire.proxy_protocol import (
    MOST_V2,
    V2,
    BadProxyHeader,
    ProxyHeader,
    proxy_v1,
    proxy_v2,
    read_proxy_header,
)

FROM = ("192.0.2.1", 56324)
TO = ("198.51.100.7", 443)
FROM6 = ("2001:db8::1", 1)
TO6 = ("2001:db8::2", 65535)
LINE = b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"
ADDRESSES = bytes([192, 0, 2, 1, 198, 51, 100, 7]) + b"\xdc\x04\x01\xbb"


def v2(command: int = 0x21, family: int = 0x11, body: bytes = ADDRESSES) -> bytes:
    return V2 + bytes((command, family)) + len(body).to_bytes(2, "big") + body


def extra(kind: int, value: bytes) -> bytes:
    return bytes((kind,)) + len(value).to_bytes(2, "big") + value


def with_checksum(flip: int) -> bytes:
    blank = v2(body=ADDRESSES + extra(3, bytes(4)))
    return blank[:-4] + (crc32c(blank) ^ flip).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (LINE, ProxyHeader(len(LINE), FROM, TO)),
        (b"PROXY TCP6 2001:DB8::1 2001:db8::2 1 65535\r\n", ProxyHeader(44, FROM6, TO6)),
        (b"PROXY UNKNOWN\r\n", ProxyHeader(15, local=True)),
        (b"PROXY UNKNOWN ffff:: :: 1 2\r\n", ProxyHeader(29, local=True)),
        (v2(), ProxyHeader(28, FROM, TO)),
        (v2(command=0x20), ProxyHeader(28, local=True)),
        (v2(command=0x20, family=0, body=b""), ProxyHeader(16, local=True)),
        (v2(family=0, body=b"x\x00\x00"), ProxyHeader(19, local=True)),
        (v2(family=0x31, body=bytes(216)), ProxyHeader(232, local=True)),
        (with_checksum(0), ProxyHeader(35, FROM, TO)),
        (
            v2(body=ADDRESSES + extra(4, b"..") + extra(2, b"a.example")),
            ProxyHeader(45, FROM, TO, authority="a.example"),
        ),
    ],
)
def test_what_a_header_tells_however_it_is_cut(data: bytes, header: ProxyHeader) -> None:
    assert [at for at in range(len(data)) if read_proxy_header(data[:at]) is not None] == []
    assert read_proxy_header(data) == header
    assert read_proxy_header(data + b"GET / HTTP/1.1") == header


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"PROXX",
        b"POST / HTTP/1.1\r\n",
        b"\r\n\r\n\0\r\nQUIX",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 65536\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 056 443\r\n",
        b"PROXY TCP4 192.0.2.01 198.51.100.7 56324 443\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1  198.51.100.7 56324 443\r\n",
        b"PROXY UDP4 192.0.2.1 198.51.100.7 56324 443\r\n",
        b"PROXY UNKNOWNS\r\n",
        b"PROXY TCP4 " + b"1" * 100,
        v2(command=0x11),
        v2(command=0x22),
        v2(family=0x12),
        v2(body=ADDRESSES[:-1]),
        v2(body=ADDRESSES + b"\x02\x00"),
        v2(body=ADDRESSES + b"\x02\x00\x09a"),
        v2(body=ADDRESSES + extra(2, b"\xff")),
        v2(body=ADDRESSES + extra(3, b"\x00")),
        with_checksum(1),
        v2(body=bytes(MOST_V2)),
    ],
)
def test_what_is_no_header(data: bytes) -> None:
    with pytest.raises(BadProxyHeader):
        read_proxy_header(data)


def test_a_long_header_is_refused_before_it_has_come() -> None:
    with pytest.raises(BadProxyHeader):
        read_proxy_header(v2(body=bytes(MOST_V2))[:16])


V4 = st.tuples(st.ip_addresses(v=4).map(str), st.integers(0, 65535))
V6 = st.tuples(st.ip_addresses(v=6).map(str), st.integers(0, 65535))


@given(st.tuples(V4, V4) | st.tuples(V6, V6), st.text(max_size=30))
def test_what_is_written_reads_the_same(
    pair: tuple[tuple[str, int], tuple[str, int]], authority: str
) -> None:
    first = read_proxy_header(proxy_v1(*pair))
    assert first is not None
    assert (first.source, first.destination) == pair
    written = proxy_v2(*pair, authority)
    assert read_proxy_header(written + b"more") == ProxyHeader(
        len(written), *pair, authority=authority
    )


def test_the_bytes_that_are_written() -> None:
    assert proxy_v1(FROM, TO) == LINE
    assert proxy_v2(FROM, TO) == v2()


def test_addresses_of_two_families_meet_in_the_larger_one() -> None:
    header = read_proxy_header(proxy_v1(FROM, TO6))
    assert header is not None
    assert IPv6Address(header.source[0]).ipv4_mapped == IPv4Address(FROM[0])
    assert (header.source[1], header.destination) == (FROM[1], TO6)


def test_without_addresses_a_header_says_so() -> None:
    assert proxy_v1(("", 0), TO) == b"PROXY UNKNOWN\r\n"
    assert read_proxy_header(proxy_v2(FROM, ("", 0))) == ProxyHeader(16, local=True)


@given(st.binary(max_size=120), st.sampled_from([b"", b"PROXY ", V2, v2()[:20]]))
def test_anything_is_a_header_or_refused_or_waited_for(data: bytes, before: bytes) -> None:
    try:
        found = read_proxy_header(before + data)
    except BadProxyHeader:
        return
    assert found is None or 0 < found.end <= len(before + data)
