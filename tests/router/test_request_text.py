"""Requests as people write them."""

from __future__ import annotations

import pytest

from linkerd.router.request_text import BadRequestText, Written, read_header, read_request
from linkerd.wire.http1 import Limits


def read(text: str, *headers: tuple[str, str], limits: Limits | None = None) -> Written:
    return read_request(text, headers, limits or Limits())


@pytest.mark.parametrize(
    ("text", "method", "target", "host", "version"),
    [
        ("GET http://users/x?y=1", b"GET", b"/x?y=1", b"users", 11),
        ("POST https://users:8080", b"POST", b"/", b"users:8080", 11),
        ("http://users?y", b"GET", b"/?y", b"users", 11),
        ("http://users/x#part", b"GET", b"/x", b"users", 11),
        ("users", b"GET", b"/", b"users", 11),
        ("users:80/x", b"GET", b"/x", b"users:80", 11),
        (" PUT users/x  HTTP/1.0 ", b"PUT", b"/x", b"users", 10),
        ("[::1]:80", b"GET", b"/", b"[::1]:80", 11),
    ],
)
def test_forms(text: str, method: bytes, target: bytes, host: bytes, version: int) -> None:
    written = read(text)
    head = written.head
    assert head is not None
    assert written.refused == 0
    assert (head.method, head.target, head.host, head.version) == (method, target, host, version)


def test_a_request_line_with_headers() -> None:
    written = read("GET /x", ("Host", "users"), ("l5d-dtab", "/a => /b"))
    head = written.head
    assert head is not None
    assert (head.host, head.target, head.dtab) == (b"users", b"/x", b"/a => /b")
    assert written.headers == (("Host", "users"), ("l5d-dtab", "/a => /b"))


def test_connect_is_for_its_target() -> None:
    written = read("CONNECT users:443", limits=Limits(connect=True))
    assert (written.head is not None and written.head.host, written.refused) == (b"users:443", 0)
    assert read("CONNECT users:443").refused == 405


def test_a_host_header_is_stronger_than_the_url() -> None:
    head = read("http://users/x", ("host", "web")).head
    assert head is not None
    assert head.host == b"web"


def test_a_name_is_no_request() -> None:
    written = read("/svc/users")
    assert written.head is None
    assert str(written.name) == "/svc/users"


def test_what_the_scanner_refuses_is_kept() -> None:
    written = read("GET /x")
    assert written.refused == 400
    assert written.head is not None
    assert written.head.fault == "not exactly one Host"
    assert read("users/" + "x" * 50, limits=Limits(line=40)).refused == 414
    assert read("GET /", ("Host", "a"), ("bad name", "x")).refused == 400


@pytest.mark.parametrize(
    "text", ["", "a b c", "GET / x HTTP/1.1", "/svc//x", "/svc/\u20ac", "\u20ac"]
)
def test_no_requests(text: str) -> None:
    with pytest.raises(BadRequestText):
        read(text)


@pytest.mark.parametrize("header", [("a", "b\r\nc: d"), ("a\nb", "c")])
def test_a_header_cannot_bring_another(header: tuple[str, str]) -> None:
    with pytest.raises(BadRequestText, match="one line"):
        read("users", header)


def test_headers() -> None:
    assert read_header("Host:  users ") == ("Host", "users")
    assert read_header("a:b:c") == ("a", "b:c")
    for text in ("Host", ": x"):
        with pytest.raises(BadRequestText, match="name: value"):
            read_header(text)
