"""The patterns: what a host is, which fields are found, and that no pattern meets a bug of `re`."""

from __future__ import annotations

import re
from typing import Any

import pytest

from linkerd.wire import chunked, fields, http1, incomplete
from linkerd.wire.fields import CUT, FIELD, FIELDS, HOST, MUST_STAY, PARTIAL, TOKEN

parse: Any = re._parser.parse  # type: ignore[attr-defined]

PATTERNS = {
    f"{module.__name__}.{name}": value
    for module in (fields, http1, incomplete, chunked)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"a",
        b"web.example.com",
        b"WEB:80",
        b"web:",
        b"web:00080",
        b"127.0.0.1:65535",
        b"[::1]",
        b"[2001:db8::1]:8080",
        b"[::ffff:1.2.3.4]",
        b"a_b~c!$&'()*+,;=",
        b"%41%42",
        b"a%2fb",
        b"x" * 16000,
    ],
)
def test_hosts(value: bytes) -> None:
    assert HOST.fullmatch(value)


@pytest.mark.parametrize(
    "value",
    [b":", b":80", b"a b", b"a@b", b"a/b", b"a\\b", b"a?b", b"a#b", b"a:b", b"a:1:2", b"a:123456",
     b"[", b"[]", b"[:", b"[::1", b"[::1]x", b"[::g]", b"::1", b"%", b"%4", b"%4g", b"a%zz",
     b"\x80", b'"a"', b"<a>", b"a|b", b"{a}", b"a^b", b"a`b", b"a\x00", b"a\t",
     b"[" + b":" * 46 + b"]"],
)  # fmt: skip
def test_not_hosts(value: bytes) -> None:
    assert HOST.fullmatch(value) is None


def test_the_fields_that_are_cut_are_found() -> None:
    for name in CUT | {b"host", b"content-length", b"retry-after", b"l5d-retryable"}:
        found = FIELD.search(b"\n" + name + b": x \r\n")
        assert found
        assert found.groups() == (name, b" x ")


@pytest.mark.parametrize(
    "name", [b"xte", b"te-", b"hosts", b"x-via", b"l5d-dtabs", b"content-lengt"]
)
def test_only_whole_names_are_found(name: bytes) -> None:
    assert FIELD.search(b"\n" + name + b": x\r\n") is None


def test_a_name_inside_a_value_is_not_found() -> None:
    assert FIELD.search(b"\na: host: x connection: close\r\n") is None


def test_names_are_lower_case_and_no_field_is_both_cut_and_kept() -> None:
    assert all(TOKEN.fullmatch(name) and name == name.lower() for name in CUT | MUST_STAY)
    assert {b"expect"} == CUT & MUST_STAY


def test_every_byte_in_names_and_values() -> None:
    tokens = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for code in range(256):
        byte = bytes([code])
        name = FIELDS.fullmatch(b"a" + byte + b"b:c\r\n\r\n") is not None
        value = FIELDS.fullmatch(b"a:b" + byte + b"c\r\n\r\n") is not None
        assert name == (byte in tokens or byte == b":"), byte
        assert value == (code == 9 or 32 <= code < 127 or code >= 128), byte


@pytest.mark.parametrize("data", [b"", b"a", b"a:", b"a: b", b"a: b\r"])
def test_partial_lines(data: bytes) -> None:
    assert PARTIAL.fullmatch(data)


@pytest.mark.parametrize("data", [b":", b" a", b"a ", b"a\r", b"a: b\r\r", b"a: \0", b"a: b\rc"])
def test_lines_that_cannot_become_good(data: bytes) -> None:
    assert PARTIAL.fullmatch(data) is None


def troubles(parsed: Any, atomic: bool = False) -> list[str]:
    """What in a pattern is known to go wrong in some Python 3.11.

    Groups inside a possessive repeat or an atomic group raise SystemError when the match is read;
    before 3.11.5 whatever can backtrack inside one may match wrongly.
    """
    found = []
    for op, argument in parsed:
        name = str(op)
        if name == "SUBPATTERN":
            if atomic and argument[0] is not None:
                found.append("a group inside a possessive repeat")
            found += troubles(argument[3], atomic)
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            if atomic:
                found.append("a backtracking repeat inside a possessive one")
            found += troubles(argument[2], atomic)
        elif name == "POSSESSIVE_REPEAT":
            found += troubles(argument[2], True)
        elif name == "ATOMIC_GROUP":
            found += troubles(argument, True)
        elif name == "BRANCH":
            if atomic:
                found.append("alternatives inside a possessive repeat")
            for branch in argument[1]:
                found += troubles(branch, atomic)
        elif name in ("ASSERT", "ASSERT_NOT"):
            found += troubles(argument[1], atomic)
    return found


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_pattern_meets_a_bug_of_re(name: str) -> None:
    pattern = PATTERNS[name]
    assert troubles(parse(pattern.pattern, pattern.flags)) == []


def test_the_search_for_such_patterns_finds_them() -> None:
    assert len(PATTERNS) > 10
    for bad in (rb"(?:(a)b)*+", rb"(?>(a))", rb"(?:ab?c)?+", rb"(?:aa|b)*+"):
        assert troubles(parse(bad)), bad
    assert troubles(parse(rb"((?:a++b*+)*+)(c|d)?")) == []
