"""Unusual requests that are good: a table for every test that sends bytes to a server."""

from __future__ import annotations

from typing import NamedTuple

from tests.wire.corpus import fields, line


class Odd(NamedTuple):
    """An unusual request that is good; `head` is what an endpoint gets before what is added."""

    name: str
    raw: bytes
    target: bytes
    host: bytes
    head: bytes


_WEB = b"Host: web\r\n"

ODD: list[Odd] = [
    Odd("a method of its own", line(b"a!#$%&'*+-.^_`|~ / HTTP/1.1"), b"/", b"web",
        b"a!#$%&'*+-.^_`|~ / HTTP/1.1\r\n" + _WEB),
    Odd("two slashes", line(b"GET //a HTTP/1.1"), b"//a", b"web", b"GET //a HTTP/1.1\r\n" + _WEB),
    Odd("dots and escapes", line(b"GET /../%2e%zz HTTP/1.1"), b"/../%2e%zz", b"web",
        b"GET /../%2e%zz HTTP/1.1\r\n" + _WEB),
    Odd("a URI in the path", line(b"GET /http://a@b/ HTTP/1.1"), b"/http://a@b/", b"web",
        b"GET /http://a@b/ HTTP/1.1\r\n" + _WEB),
    Odd("HTTP/1.2", line(b"GET / HTTP/1.2"), b"/", b"web", b"GET / HTTP/1.1\r\n" + _WEB),
    Odd("HTTP/1.0 without Host", b"GET / HTTP/1.0\r\n\r\n", b"/", b"", b"GET / HTTP/1.0\r\n"),
    Odd("HTTP/1.0 with Host", line(b"GET / HTTP/1.0"), b"/", b"web", b"GET / HTTP/1.0\r\n" + _WEB),
    Odd("an empty Host", fields(host=b"Host:"), b"/", b"", b"GET / HTTP/1.1\r\nHost:\r\n"),
    Odd("a Host without space", fields(host=b"host:web"), b"/", b"web",
        b"GET / HTTP/1.1\r\nhost:web\r\n"),
    Odd("a Host with spaces", fields(host=b"hOst: \t web \t"), b"/", b"web",
        b"GET / HTTP/1.1\r\nhOst: \t web \t\r\n"),
    Odd("IPv6", fields(host=b"Host: [::1]:80"), b"/", b"[::1]:80",
        b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n"),
    Odd("IPv6 that ends like IPv4", fields(host=b"Host: [2001:DB8::1.2.3.4]"), b"/",
        b"[2001:DB8::1.2.3.4]", b"GET / HTTP/1.1\r\nHost: [2001:DB8::1.2.3.4]\r\n"),
    Odd("the highest port", fields(host=b"Host: web:65535"), b"/", b"web:65535",
        b"GET / HTTP/1.1\r\nHost: web:65535\r\n"),
    Odd("an empty port", fields(host=b"Host: web:"), b"/", b"web:",
        b"GET / HTTP/1.1\r\nHost: web:\r\n"),
    Odd("OPTIONS *", line(b"OPTIONS * HTTP/1.1"), b"*", b"web", b"OPTIONS * HTTP/1.1\r\n" + _WEB),
    Odd("OPTIONS of a host", line(b"OPTIONS http://a HTTP/1.1"), b"*", b"a",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n"),
    Odd("OPTIONS of a root", line(b"OPTIONS http://a/ HTTP/1.1"), b"/", b"a",
        b"OPTIONS / HTTP/1.1\r\nHost: a\r\n"),
    Odd("OPTIONS of a query", line(b"OPTIONS http://a?b HTTP/1.1"), b"/?b", b"a",
        b"OPTIONS /?b HTTP/1.1\r\nHost: a\r\n"),
    Odd("absolute form", fields(b"A: b", first=b"GET http://a:8/b?c HTTP/1.1"), b"/b?c", b"a:8",
        b"GET /b?c HTTP/1.1\r\nHost: a:8\r\nA: b\r\n"),
    Odd("absolute form of a host", line(b"GET HTTP://a HTTP/1.1"), b"/", b"a",
        b"GET / HTTP/1.1\r\nHost: a\r\n"),
    Odd("absolute form of a query", line(b"GET https://a?b=/@ HTTP/1.1"), b"/?b=/@", b"a",
        b"GET /?b=/@ HTTP/1.1\r\nHost: a\r\n"),
    Odd("absolute form with an empty Host", fields(first=b"GET http://a/ HTTP/1.1", host=b"Host:"),
        b"/", b"a", b"GET / HTTP/1.1\r\nHost: a\r\n"),
    Odd("absolute form in HTTP/1.0 without Host", b"GET http://a/b HTTP/1.0\r\nA: b\r\n\r\n",
        b"/b", b"a", b"GET /b HTTP/1.0\r\nHost: a\r\nA: b\r\n"),
    Odd("absolute form, Host last", b"GET http://a/ HTTP/1.1\r\nA: b\r\nTE: x\r\nHost: c\r\n\r\n",
        b"/", b"a", b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n"),
    Odd("empty values and obs-text", fields(b"A:", b"B: \xff\t\x80 "), b"/", b"web",
        b"GET / HTTP/1.1\r\nHost: web\r\nA:\r\nB: \xff\t\x80 \r\n"),
    Odd("an empty Connection", fields(b"Connection:"), b"/", b"web", b"GET / HTTP/1.1\r\n" + _WEB),
    Odd("a Connection of commas", fields(b"Connection: ,, ,"), b"/", b"web",
        b"GET / HTTP/1.1\r\n" + _WEB),
    Odd("close and te", fields(b"Connection: close, te", b"TE: trailers"), b"/", b"web",
        b"GET / HTTP/1.1\r\n" + _WEB),
    Odd("upgrade", fields(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
        b"HTTP2-Settings: AAMAAABk"), b"/", b"web", b"GET / HTTP/1.1\r\n" + _WEB),
    Odd("a length with zeros", fields(b"Content-Length: 000"), b"/", b"web",
        b"GET / HTTP/1.1\r\nHost: web\r\nContent-Length:   0\r\n"),
    Odd("a length between tabs", fields(b"Content-Length:\t0\t"), b"/", b"web",
        b"GET / HTTP/1.1\r\nHost: web\r\nContent-Length:\t0\t\r\n"),
    Odd("names that begin like ours", fields(b"Host-: a", b"Connection-: close", b"X-Host: b"),
        b"/", b"web",
        b"GET / HTTP/1.1\r\nHost: web\r\nHost-: a\r\nConnection-: close\r\nX-Host: b\r\n"),
]  # fmt: skip
