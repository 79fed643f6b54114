"""The first message of TLS: what OpenSSL's clients ask for, however their bytes come."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.client_hello import ClientHello, NotTls, read_client_hello


def hello(name: str | None = None, alpn: tuple[str, ...] = (), old: bool = False) -> bytes:
    """What a client of OpenSSL says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if old:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    out = ssl.MemoryBIO()
    stream = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        stream.do_handshake()
    return out.read()


def in_records(data: bytes, size: int) -> bytes:
    """The same message in records of so many bytes."""
    body = data[5:]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"\x16\x03\x01" + len(p).to_bytes(2, "big") + p for p in pieces)


def made(*extensions: tuple[int, bytes]) -> bytes:
    """A hello with these extensions."""
    listed = b"".join(
        kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body for kind, body in extensions
    )
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0"
    body += len(listed).to_bytes(2, "big") + listed
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message


def sni(name: bytes) -> tuple[int, bytes]:
    entry = b"\0" + len(name).to_bytes(2, "big") + name
    return 0, len(entry).to_bytes(2, "big") + entry


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("name", "alpn"),
    [("db.Example.com", ()), (None, ()), (None, ("h2", "http/1.1")), ("a", ("postgresql",))],
)
def test_what_a_client_asks_for(name: str | None, alpn: tuple[str, ...], old: bool) -> None:
    data = hello(name, alpn, old)
    found = ClientHello((name or "").lower(), tuple(each.encode() for each in alpn))
    assert [at for at in range(len(data)) if read_client_hello(data[:at]) is not None] == []
    assert read_client_hello(data) == found
    assert read_client_hello(data + b"\x17\x03\x03") == found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_hello_in_many_records(size: int) -> None:
    data = in_records(hello("db.example.com"), size)
    assert read_client_hello(data[:-1]) is None
    assert read_client_hello(data) == ClientHello("db.example.com")


def test_the_dot_at_the_end_of_a_name_says_nothing() -> None:
    assert read_client_hello(made(sni(b"db.example.com."))) == ClientHello("db.example.com")


def test_extensions_that_nobody_knows_are_passed_over() -> None:
    data = made((0xDADA, b""), (51, bytes(32)), sni(b"db"), (0xFE0D, b"\0"))
    assert read_client_hello(data) == ClientHello("db")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x80\x2e\x01\x03\x01",
        b"\x16\x02\x00\x00\x05",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x04\x02",
        b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
        b"\x16\x03\x01\x00\x01\x01\x17\x03\x03",
        made(sni(b"not a name")),
        made(sni(b"a" * 64)),
        made(sni(b"")),
        made((0, b"\0\x09\0\0\x09a")),
        made((16, b"\0\x02\x05h")),
        made()[:-2] + b"\0\x05",
    ],
)
def test_what_is_no_hello(data: bytes) -> None:
    with pytest.raises(NotTls):
        read_client_hello(data)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_anything_is_a_hello_or_refused_or_waited_for(data: bytes, kept: int) -> None:
    try:
        read_client_hello(made(sni(b"db"))[:kept] + data)
    except NotTls:
        pass
