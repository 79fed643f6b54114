"""The JSON format: names, values, and what hostile bytes become."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.router.test_access_log_format import FULL, exchange_of, head_of
from tests.support.certificates import leaf
from tests.support.processes import ROOT
from tests.support.runtime import START

from linkerd.name.addr import Address
from linkerd.net.security import TlsFacts
from linkerd.propagator.trace_id import DEBUG, KNOWN, SAMPLED, TraceId
from linkerd.router.access_log_json import JsonFormat, place, text
from linkerd.router.attempt import ANSWERING, BINDING, DONE, SENT

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

CODE = re.compile(r"`(\w+)`")
TRACE = TraceId(0x9F2C1E4B7A6D5C30, 1, 2, 0, 0)
NAMES = [
    *("time", "client", "method", "target", "host", "protocol", "status"),
    *("request_bytes", "response_bytes", "duration_ms", "total_ms"),
    *("service", "client_id", "endpoint", "retries", "requeues", "outcome", "error"),
    *("user_agent", "referer", "router", "trace_id", "sampled"),
    *("tls_version", "tls_cipher", "client_subject"),
]


def captured(state: int = DONE, code: str = "", **changes: Any) -> str:
    """The line of a request that began at 5, was answered at 5.0125 and was over at 5.25."""
    values: dict[str, Any] = {
        "head": head_of(*FULL, b"Content-Length: 3"),
        "status": 200,
        "length": 17,
        "state": state,
        "began": 5.0,
        "answered_s": 5.0125,
        "route": SimpleNamespace(service=SimpleNamespace(name="/svc/web")),
        "leg": SimpleNamespace(client=SimpleNamespace(id="/#/io.l5d.fs/web")),
        "retries": 1,
        "dials": 2,
        "trace": TRACE,
    }
    endpoint: Any = SimpleNamespace(address=changes.pop("address", Address("10.0.0.9", 80)))
    form = JsonFormat("in")
    exchange = exchange_of(**values | changes)
    return form.line(form.capture(exchange, endpoint, START + 0.1239, 5.25, code))


def test_everything() -> None:
    line = captured()
    assert line.endswith("}\n")
    found = json.loads(line)
    assert list(found) == NAMES
    assert found == {
        "time": "2019-01-01T12:00:00.123Z",
        "client": "10.0.0.1",
        "method": "GET",
        "target": "/a?b=c",
        "host": "web",
        "protocol": "HTTP/1.1",
        "status": 200,
        "request_bytes": 3,
        "response_bytes": 17,
        "duration_ms": 12.5,
        "total_ms": 250.0,
        "service": "/svc/web",
        "client_id": "/#/io.l5d.fs/web",
        "endpoint": "10.0.0.9:80",
        "retries": 1,
        "requeues": 2,
        "outcome": "answered",
        "error": None,
        "user_agent": "curl/8 (x)",
        "referer": "http://a/",
        "router": "in",
        "trace_id": "9f2c1e4b7a6d5c30",
        "sampled": None,
        "tls_version": None,
        "tls_cipher": None,
        "client_subject": None,
    }


@pytest.mark.parametrize("certificate", [None, leaf("a.test").certificate])
def test_who_speaks_tls(certificate: Certificate | None) -> None:
    tls = TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    transport = SimpleNamespace(peer=("10.0.0.1", 4000), tls=tls, certificate=certificate)
    found = json.loads(captured(server=SimpleNamespace(transport=transport)))
    assert (found["tls_version"], found["tls_cipher"]) == tls[:2]
    assert found["client_subject"] == ("CN=a.test" if certificate else None)


def test_the_documentation_has_this_line_and_all_names() -> None:
    page = (ROOT / "docs" / "access-logs.md").read_text()
    assert f"```json\n{captured()}```" in page
    table = page.partition("| name | |\n")[2].partition("\n\n")[0]
    shown = [name for row in table.splitlines()[1:] for name in CODE.findall(row.split("|")[1])]
    assert sorted(shown) == sorted(NAMES)


def test_what_is_not_known_is_null() -> None:
    form = JsonFormat("in")
    exchange = exchange_of(
        head_of(first=b"GET / HTTP/1.0"),
        400,
        22,
        state=0,
        began=5.0,
        answered_s=0.0,
        route=None,
        leg=None,
        retries=0,
        dials=0,
        trace=None,
    )
    found = json.loads(form.line(form.capture(exchange, None, START, 5.001, "L5D-1001")))
    nulls = {name for name in NAMES if found[name] is None}
    assert nulls == {
        *("host", "service", "client_id", "endpoint", "user_agent", "referer"),
        *("trace_id", "sampled", "tls_version", "tls_cipher", "client_subject"),
    }
    assert (found["outcome"], found["error"]) == ("failed", "L5D-1001")
    assert found["duration_ms"] == found["total_ms"] == 1.0
    assert found["protocol"] == "HTTP/1.0"


@pytest.mark.parametrize(
    ("state", "code", "outcome"),
    [
        (DONE, "", "answered"),
        (SENT, "", "retried"),
        (SENT, "L5D-2002", "failed"),
        (BINDING, "L5D-1106", "failed"),
        (ANSWERING, "", "broken"),
        (ANSWERING, "L5D-2002", "broken"),
    ],
)
def test_the_outcome(state: int, code: str, outcome: str) -> None:
    found = json.loads(captured(state, code))
    assert (found["outcome"], found["error"]) == (outcome, code or None)


@pytest.mark.parametrize(
    ("flags", "sampled"), [(0, None), (KNOWN, False), (KNOWN | SAMPLED, True), (DEBUG, True)]
)
def test_the_decision_of_a_trace(flags: int, sampled: bool | None) -> None:
    found = json.loads(captured(trace=TraceId(1, 1, 1, flags, 0xAB)))
    assert found["sampled"] is sampled
    assert found["trace_id"] == "00000000000000ab0000000000000001"


@pytest.mark.parametrize(
    ("first", "fields", "status", "length", "sent", "received"),
    [
        (b"GET / HTTP/1.1", (), 200, -1, 0, None),
        (b"HEAD / HTTP/1.1", (), 200, 5, 0, 0),
        (b"GET / HTTP/1.1", (), 304, -1, 0, 0),
        (b"PUT / HTTP/1.1", (b"Transfer-Encoding: chunked",), 200, 0, None, 0),
    ],
)
def test_sizes(
    first: bytes,
    fields: tuple[bytes, ...],
    status: int,
    length: int,
    sent: int | None,
    received: int | None,
) -> None:
    head = head_of(b"Host: web", *fields, first=first)
    found = json.loads(captured(head=head, status=status, length=length))
    assert (found["request_bytes"], found["response_bytes"]) == (sent, received)


def test_an_address_of_ipv6() -> None:
    assert place(Address("::1", 80)) == '"[::1]:80"'


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (b'a"b\\c', 'a"b\\c'),
        ("été\u2028".encode(), "été\u2028"),
        (b"\xff\xfet", "\\xff\\xfet"),
        (b"a\r\n\0\x1b[2J", "a\r\n\0\x1b[2J"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        (b"", None),
    ],
)
def test_bytes_of_clients(value: bytes, meant: str | None) -> None:
    written = text(value)
    assert json.loads(written) == meant
    assert written.isascii()
    assert len(written.splitlines()) == 1


@given(st.binary())
def test_any_bytes_are_one_string_on_one_line(value: bytes) -> None:
    written = text(value)
    assert not set(written) & {"\n", "\r", "\0", "\x1b"}
    assert isinstance(json.loads(written), str | None)
