"""The text formats: tables of facts and lines, and what hostile bytes become."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.processes import ROOT
from tests.support.runtime import START
from tests.support.zones import BERLIN, local_zone

from linkerd.router.access_log_format import (
    CombinedFormat,
    CommonFormat,
    LinkerdFormat,
    escaped,
    shown,
)
from linkerd.wire.http1 import Limits, RequestHead

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = [LinkerdFormat(), CommonFormat(), CombinedFormat()]


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    """The time zone of the log's dates."""
    with local_zone(BERLIN):
        yield


def head_of(*fields: bytes, first: bytes = b"GET /a?b=c HTTP/1.1") -> RequestHead:
    head = RequestHead()
    data = b"\r\n".join([first, *fields, b"", b""])
    assert head.scan(data, 0, Limits()) == len(data)
    return head


def exchange_of(head: RequestHead, status: int, length: int, **more: Any) -> Any:
    """As much of an exchange as a line needs."""
    transport = SimpleNamespace(peer=("10.0.0.1", 4000), tls=None)
    server = SimpleNamespace(transport=transport)
    known = {"head": head, "answered_status": status, "length": length, "server": server}
    return SimpleNamespace(**known | more)


def line_of(form: LinkerdFormat, head: RequestHead, status: int, length: int) -> str:
    facts = form.capture(exchange_of(head, status, length), None, START + 0.9, 0.0, "")
    assert facts[0] == START + 0.9
    return form.line(facts)


FULL = (b"Host: web", b"Referer: http://a/", b"User-Agent: curl/8 (x)")
REQUEST = '"GET /a?b=c HTTP/1.1"'


@pytest.mark.parametrize(
    ("form", "line"),
    [
        (
            LinkerdFormat(),
            f'web 10.0.0.1 - - [01/01/2019:13:00:00 CET] {REQUEST} 200 17 "http://a/" "curl/8 (x)"',
        ),
        (CommonFormat(), f"10.0.0.1 - - [01/Jan/2019:13:00:00 +0100] {REQUEST} 200 17"),
        (
            CombinedFormat(),
            f'10.0.0.1 - - [01/Jan/2019:13:00:00 +0100] {REQUEST} 200 17 "http://a/" "curl/8 (x)"',
        ),
    ],
)
def test_a_line(form: LinkerdFormat, line: str) -> None:
    assert line_of(form, head_of(*FULL), 200, 17) == line + "\n"
    assert f"\n{line}\n" in (ROOT / "docs" / "access-logs.md").read_text()


@pytest.mark.parametrize(
    ("form", "line"),
    [
        (
            LinkerdFormat(),
            '- 10.0.0.1 - - [01/01/2019:13:00:00 CET] "HEAD / HTTP/1.0" 503 - "-" "-"',
        ),
        (CommonFormat(), '10.0.0.1 - - [01/Jan/2019:13:00:00 +0100] "HEAD / HTTP/1.0" 503 -'),
        (
            CombinedFormat(),
            '10.0.0.1 - - [01/Jan/2019:13:00:00 +0100] "HEAD / HTTP/1.0" 503 - "-" "-"',
        ),
    ],
)
def test_what_is_not_there_is_a_dash(form: LinkerdFormat, line: str) -> None:
    head = head_of(first=b"HEAD / HTTP/1.0")
    assert line_of(form, head, 503, -1) == line + "\n"


@pytest.mark.parametrize(
    ("method", "status", "length", "linkerds", "common"),
    [
        ("GET", 200, 0, "0", "-"),
        ("HEAD", 200, 5, "5", "-"),
        ("GET", 304, 5, "5", "-"),
        ("GET", 404, 5, "5", "5"),
    ],
)
def test_the_length(method: str, status: int, length: int, linkerds: str, common: str) -> None:
    head = head_of(b"Host: web", first=f"{method} / HTTP/1.1".encode())
    assert f'" {status} {linkerds} "' in line_of(LinkerdFormat(), head, status, length)
    assert line_of(CommonFormat(), head, status, length).endswith(f'" {status} {common}\n')


def test_the_time_is_that_of_each_line() -> None:
    form = LinkerdFormat()
    exchange = exchange_of(head_of(*FULL), 200, 1)
    summer = START + 180 * 86400
    lines = [
        form.line(form.capture(exchange, None, when, 0.0, ""))
        for when in (START, START + 1, START + 1.5, summer)
    ]
    stamps = [line.split("[")[1].split("]")[0] for line in lines]
    assert stamps == [
        "01/01/2019:13:00:00 CET",
        "01/01/2019:13:00:01 CET",
        "01/01/2019:13:00:01 CET",
        "30/06/2019:14:00:00 CEST",
    ]


def test_what_is_kept_is_small() -> None:
    """A head's bytes may be a read of 64 KiB with a body behind the head."""
    data = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"
    head = RequestHead()
    head.scan(data + b"x" * 60000, 0, Limits())
    for form in FORMATS:
        facts = form.capture(exchange_of(head, 200, 1), None, START, 0.0, "")
        assert max(len(value) for value in facts if isinstance(value, bytes)) < len(data)


@pytest.mark.parametrize(
    ("value", "linkerds", "ours"),
    [
        (b"plain", "plain", "plain"),
        (b"", "-", "-"),
        (b'a"b', "a\\x22b", "a\\x22b"),
        (b"a\\b", "a\\x5cb", "a\\x5cb"),
        (b"\xe9t\xe9", "été", "\\xe9t\\xe9"),
        (b"a\tb", "a\\x09b", "a\\x09b"),
        (b"\x9b1m\x85", "\\x9b1m\\x85", "\\x9b1m\\x85"),
        (b"a\r\n1.2.3.4 - -", "a\\x0d\\x0a1.2.3.4 - -", "a\\x0d\\x0a1.2.3.4 - -"),
        (b"\x1b[2J\x7f\0", "\\x1b[2J\\x7f\\x00", "\\x1b[2J\\x7f\\x00"),
    ],
)
def test_nothing_ends_the_line_or_its_quotes(value: bytes, linkerds: str, ours: str) -> None:
    assert (shown(value), escaped(value)) == (linkerds, ours)


@given(st.binary(min_size=1))
def test_bytes_can_be_read_back(value: bytes) -> None:
    text = escaped(value)
    assert re.fullmatch(r"[ !#-~]+", text)
    back = re.sub(r"\\x(..)", lambda match: chr(int(match[1], 16)), text)
    assert back.encode("latin-1") == value


@pytest.mark.parametrize("form", FORMATS)
@given(
    method=st.binary(), target=st.binary(), host=st.binary(), agent=st.binary(), referer=st.binary()
)
def test_one_request_is_one_line(
    form: LinkerdFormat, method: bytes, target: bytes, host: bytes, agent: bytes, referer: bytes
) -> None:
    fields = b"\nReferer: " + referer + b"\r\nUser-Agent: " + agent + b"\r\n"
    facts = (START, host, method, target, 11, fields, "::1", 200, 1)
    line = form.line(facts)
    assert len(line.splitlines()) == 1
    assert line.count('"') == {LinkerdFormat: 6, CommonFormat: 2, CombinedFormat: 6}[type(form)]
