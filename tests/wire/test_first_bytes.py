"""What speaks by its first bytes: told as soon as can be, and for good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.wire.first_bytes import (
    HTTP,
    HTTP2,
    OTHER,
    PREFACE,
    THRIFT,
    TLS,
    UNDECIDED,
    first_bytes,
)

KNOWN = [
    (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP, 5),
    (b"\r\nPROPFIND /a HTTP/1.1\r\n", HTTP, 12),
    (b"M-SEARCH * HTTP/1.1\r\n", HTTP, 10),
    (b"CONNECT [::1]:443 HTTP/1.1\r\n", HTTP, 9),
    (b"POST http://a/ HTTP/1.1\r\n", HTTP, 6),
    (PREFACE + b"\0\0\0\4", HTTP2, len(PREFACE)),
    (b"\x16\x03\x01\x02\0\x01", TLS, 2),
    (b"\0\0\0\x20\x80\x01\0\x01\0\0\0\4find", THRIFT, 8),
    (b"\0\0\0\x20\x80\x01\0\x04\0\0\0\4note", THRIFT, 8),
    (b"\0\0\0\x20\x82\x21\x07\x04find", THRIFT, 6),
    (b"\0\0\0\x20\x82\x81\x07\x04note", THRIFT, 6),
]
OTHERS = [
    (b"SSH-2.0-OpenSSH\r\n", 5),
    (b"*1\r\n$4\r\nPING\r\n", 1),
    (b"\0\0\0\x08\x04\xd2\x16\x2f", 5),
    (b"\0\0\0\x2d\0\0\0\0", 5),
    (b"\x03\0\0\x13", 1),
    (b"EHLO example.com\r\n", None),
    (b"get / HTTP/1.1\r\n", 1),
    (b"\x16\x02", 2),
    (b"PRI * HTTP/1.0\r\n", 12),
    (b"\0\0\0\x20\x80\x01\0\x02", 8),
    (b"\0\0\0\x20\x82\x41", 6),
    (b"X" * 40, 21),
]


@pytest.mark.parametrize(("data", "kind", "at"), KNOWN)
def test_what_is_known_is_told_as_soon_as_can_be(data: bytes, kind: int, at: int) -> None:
    verdicts = [first_bytes(data[:size]) for size in range(len(data) + 1)]
    assert verdicts == [UNDECIDED] * at + [kind] * (len(data) + 1 - at)


@pytest.mark.parametrize(("data", "at"), OTHERS)
def test_what_is_not_known_is_told_too(data: bytes, at: int | None) -> None:
    if at is None:
        # Mail begins like HTTP: a word, a blank, another word.
        assert first_bytes(data) == HTTP
        return
    verdicts = [first_bytes(data[:size]) for size in range(len(data) + 1)]
    assert verdicts == [UNDECIDED] * at + [OTHER] * (len(data) + 1 - at)


ALPHABET = st.sampled_from([b"GET ", b"PRI ", b"\r\n", b"/", b"\0", b"\x80\x01", b"\x82\x21", b"A"])


@given(st.lists(ALPHABET | st.binary(max_size=3), max_size=12).map(b"".join), st.binary(max_size=9))
def test_a_verdict_stays_whatever_follows(data: bytes, more: bytes) -> None:
    verdict = first_bytes(data)
    assert verdict in (UNDECIDED, first_bytes(data + more))


@given(st.binary(min_size=32, max_size=64))
def test_there_is_a_verdict_soon(data: bytes) -> None:
    assert first_bytes(data) != UNDECIDED
