"""Requests that must not get through: a table for every test that sends bytes to a server.

`MALFORMED` are refused by their head alone, `BROKEN_BODIES` by their chunked body; each comes with
the statuses that may answer it. All is for the default limits: 8192 bytes of request line, 16384
bytes and 100 lines of fields.
"""

from __future__ import annotations

from typing import NamedTuple


def line(text: bytes) -> bytes:
    """A request with this first line and nothing else unusual."""
    return text + b"\r\nHost: web\r\n\r\n"


def fields(*lines: bytes, first: bytes = b"GET / HTTP/1.1", host: bytes = b"Host: web") -> bytes:
    """A request with these field lines behind its Host."""
    every = [first, *([host] if host else []), *lines]
    return b"\r\n".join(every) + b"\r\n\r\n"


def post(*lines: bytes, version: bytes = b"1.1") -> bytes:
    """A POST with these field lines and a few bytes that may be a body."""
    return fields(*lines, first=b"POST / HTTP/" + version) + b"5\r\nhello\r\n0\r\n\r\n"


def hosted(value: bytes) -> bytes:
    """A request for this host."""
    return fields(host=b"Host: " + value)


class Malformed(NamedTuple):
    """A request that must be refused."""

    name: str
    raw: bytes
    statuses: tuple[int, ...] = (400,)


_LINES = [
    Malformed("line: empty method", line(b" / HTTP/1.1")),
    Malformed("line: no target", line(b"GET HTTP/1.1")),
    Malformed("line: empty target", line(b"GET  HTTP/1.1")),
    Malformed("line: HTTP/0.9", b"GET /\r\n"),
    Malformed("line: only a method", b"GET\r\n\r\n"),
    Malformed("line: two spaces before the target", line(b"GET  / HTTP/1.1")),
    Malformed("line: two spaces before the version", line(b"GET /  HTTP/1.1")),
    Malformed("line: a space at the end", line(b"GET / HTTP/1.1 ")),
    Malformed("line: a tab at the end", line(b"GET / HTTP/1.1\t")),
    Malformed("line: a space at the beginning", line(b" GET / HTTP/1.1")),
    Malformed("line: tabs for spaces", line(b"GET\t/\tHTTP/1.1")),
    Malformed("line: a vertical tab for a space", line(b"GET\x0b/ HTTP/1.1")),
    Malformed("line: a space in the target", line(b"GET /a b HTTP/1.1")),
    Malformed("line: a second request line", line(b"GET / HTTP/1.1 HTTP/1.1")),
    Malformed("line: bare LF", b"GET / HTTP/1.1\nHost: web\r\n\r\n"),
    Malformed("line: all bare LF", b"GET / HTTP/1.1\nHost: web\n\n"),
    Malformed("line: bare CR", b"GET / HTTP/1.1\rHost: web\r\n\r\n"),
    Malformed("line: CR CR LF", b"GET / HTTP/1.1\r\r\nHost: web\r\n\r\n"),
    Malformed("line: LF before", b"\nGET / HTTP/1.1\r\nHost: web\r\n\r\n"),
    Malformed("line: CR before", b"\rGET / HTTP/1.1\r\nHost: web\r\n\r\n"),
    Malformed("line: CR LF LF before", b"\r\n\nGET / HTTP/1.1\r\nHost: web\r\n\r\n"),
    Malformed("line: TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32) + b"\n"),
    Malformed("line: SOCKS", b"\x04\x01\x00\x50\x00\x00\x00\x01\x00\r\n"),
    Malformed("line: a status line", b"HTTP/1.1 200 OK\r\nHost: web\r\n\r\n"),
    Malformed("method: a colon", line(b"GE:T / HTTP/1.1")),
    Malformed("method: a parenthesis", line(b"GET( / HTTP/1.1")),
    Malformed("method: a NUL", line(b"G\0ET / HTTP/1.1")),
    Malformed("method: not ASCII", line(b"G\xc3\x89T / HTTP/1.1")),
    Malformed("method: quoted", line(b'"GET" / HTTP/1.1')),
    Malformed("method: too long", line(b"A" * 9000 + b" / HTTP/1.1"), (400, 414, 501)),
    Malformed("target: a NUL", line(b"GET /\0 HTTP/1.1")),
    Malformed("target: DEL", line(b"GET /\x7f HTTP/1.1")),
    Malformed("target: a tab", line(b"GET /a\tb HTTP/1.1")),
    Malformed("target: bare CR", line(b"GET /a\rb HTTP/1.1")),
    Malformed("target: not ASCII", line(b"GET /caf\xc3\xa9 HTTP/1.1")),
    Malformed("target: a fragment", line(b"GET /a#b HTTP/1.1")),
    Malformed("target: no slash", line(b"GET a HTTP/1.1")),
    Malformed("target: only a query", line(b"GET ?a HTTP/1.1")),
    Malformed("target: too long", line(b"GET /" + b"a" * 8200 + b" HTTP/1.1"), (414,)),
    Malformed("target: much too long, unfinished", b"GET /" + b"a" * 20000, (414,)),
    Malformed("version: 2.0", line(b"GET / HTTP/2.0"), (505,)),
    Malformed("version: 0.9", line(b"GET / HTTP/0.9"), (505,)),
    Malformed("version: 3", line(b"GET / HTTP/3"), (505,)),
    Malformed("version: 11", line(b"GET / HTTP/11"), (400, 505)),
    Malformed("version: 10.1", line(b"GET / HTTP/10.1"), (400, 505)),
    Malformed("version: preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (505,)),
    Malformed("version: 1", line(b"GET / HTTP/1"), (400, 505)),
    Malformed("version: 1.", line(b"GET / HTTP/1.")),
    Malformed("version: .1", line(b"GET / HTTP/.1")),
    Malformed("version: 1.10", line(b"GET / HTTP/1.10")),
    Malformed("version: 01.1", line(b"GET / HTTP/01.1"), (400, 505)),
    Malformed("version: 1,1", line(b"GET / HTTP/1,1")),
    Malformed("version: 1.1.1", line(b"GET / HTTP/1.1.1")),
    Malformed("version: 1.x", line(b"GET / HTTP/1.x")),
    Malformed("version: lower case", line(b"GET / http/1.1")),
    Malformed("version: mixed case", line(b"GET / HtTP/1.1")),
    Malformed("version: a space inside", line(b"GET / HTTP/ 1.1")),
    Malformed("version: HTTPS", line(b"GET / HTTPS/1.1")),
    Malformed("version: a superscript", line(b"GET / HTTP/1.\xb9")),
    Malformed("version: thousands of digits", line(b"GET / HTTP/" + b"1" * 8000 + b"x")),
]

_FORMS = [
    Malformed("form: * with GET", line(b"GET * HTTP/1.1")),
    Malformed("form: ** with OPTIONS", line(b"OPTIONS ** HTTP/1.1")),
    Malformed("form: *?a with OPTIONS", line(b"OPTIONS *?a HTTP/1.1")),
    Malformed("form: authority with GET", line(b"GET web:80 HTTP/1.1")),
    Malformed("form: another scheme", line(b"GET ftp://web/ HTTP/1.1")),
    Malformed("form: no scheme", line(b"GET ://web/ HTTP/1.1")),
    Malformed("form: one slash", line(b"GET http:/web/ HTTP/1.1")),
    Malformed("form: no authority", line(b"GET http:/// HTTP/1.1")),
    Malformed("form: nothing behind the scheme", line(b"GET http:// HTTP/1.1")),
    Malformed("form: only a port", line(b"GET http://:80/ HTTP/1.1")),
    Malformed("form: userinfo", line(b"GET http://me@web/ HTTP/1.1")),
    Malformed("form: userinfo with password", line(b"GET http://me:pw@web/ HTTP/1.1")),
    Malformed("form: a port that is no number", line(b"GET http://web:a/ HTTP/1.1")),
    Malformed("form: two ports", line(b"GET http://web:1:2/ HTTP/1.1")),
    Malformed("form: a backslash in the authority", line(b"GET http://web\\x/ HTTP/1.1")),
    Malformed("form: a bad escape in the authority", line(b"GET http://w%zz/ HTTP/1.1")),
    Malformed("form: a fragment", line(b"GET http://web/#a HTTP/1.1")),
    Malformed("form: absolute without Host", fields(first=b"GET http://a/ HTTP/1.1", host=b"")),
    Malformed("form: absolute with a bad Host", b"GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n"),
    Malformed("form: CONNECT", line(b"CONNECT web:443 HTTP/1.1"), (405,)),
    Malformed("form: CONNECT with a path", line(b"CONNECT /a HTTP/1.1")),
    Malformed("form: CONNECT with a URI", line(b"CONNECT http://web:443/ HTTP/1.1")),
    Malformed("form: CONNECT without a port", line(b"CONNECT web HTTP/1.1")),
    Malformed("form: CONNECT with userinfo", line(b"CONNECT me@web:443 HTTP/1.1")),
    Malformed("form: CONNECT with no host", line(b"CONNECT :443 HTTP/1.1")),
    Malformed("form: CONNECT to port 0", line(b"CONNECT web:00 HTTP/1.1")),
]

_FIELDS = [
    Malformed("field: folded with a space", fields(b"A: b", b" c")),
    Malformed("field: folded with a tab", fields(b"A: b", b"\tc")),
    Malformed("field: folded first line", b"GET / HTTP/1.1\r\n Host: web\r\n\r\n"),
    Malformed("field: folded Host", b"GET / HTTP/1.1\r\nHost:\r\n web\r\n\r\n"),
    Malformed("field: a line of one space", fields(b"A: b", b" ")),
    Malformed("field: no colon", fields(b"A")),
    Malformed("field: no name", fields(b": a")),
    Malformed("field: only a colon", fields(b":")),
    Malformed("field: a space before the colon", fields(b"A : b")),
    Malformed("field: a tab before the colon", fields(b"A\t: b")),
    Malformed("field: a space in the name", fields(b"A b: c")),
    Malformed("field: a NUL in the name", fields(b"A\0: b")),
    Malformed("field: a NUL in the value", fields(b"A: b\0c")),
    Malformed("field: a NUL at the end", fields(b"A: b\0")),
    Malformed("field: bell in the value", fields(b"A: \x07")),
    Malformed("field: escape in the value", fields(b"A: \x1b[31m")),
    Malformed("field: a vertical tab in the value", fields(b"A: \x0bb")),
    Malformed("field: DEL in the value", fields(b"A: \x7f")),
    Malformed("field: bare CR in the value", fields(b"A: b\rC: d")),
    Malformed("field: bare CR at the end", fields(b"A: b\r")),
    Malformed("field: bare LF", fields(b"A: b\nC: d")),
    Malformed("field: bare LF ends the head", b"GET / HTTP/1.1\r\nHost: web\r\n\n"),
    Malformed("field: LF CR", fields(b"A: b\n\rC: d")),
    Malformed("field: bare CR ends the head", b"GET / HTTP/1.1\r\nHost: web\r\n\rX"),
    Malformed("field: name not ASCII", fields(b"\xc3\x84: b")),
    Malformed("field: name in quotes", fields(b'"A": b')),
    Malformed("field: name in brackets", fields(b"[A]: b")),
    Malformed("field: name with a slash", fields(b"A/b: c")),
    Malformed("field: name with @", fields(b"A@b: c")),
    Malformed("field: a request line among the fields", fields(b"GET /b HTTP/1.1")),
    Malformed("size: one field", fields(b"A: " + b"b" * 17000), (431,)),
    Malformed("size: a long name", fields(b"A" * 17000 + b": b"), (431,)),
    Malformed("size: unfinished field", fields(b"A: b")[:-2] + b"C: " + b"d" * 40000, (431,)),
    Malformed("size: many small fields", fields(*[b"A: b"] * 100), (431,)),
    Malformed("size: thousands of fields", fields(*[b"A:"] * 8000), (431,)),
    Malformed("expect: another expectation", fields(b"Expect: 200-ok"), (417,)),
    Malformed("expect: two", fields(b"Expect: 100-continue, 200-ok"), (417,)),
    Malformed("connection: Host", fields(b"Connection: host")),
    Malformed(
        "connection: Content-Length", post(b"Content-Length: 5", b"Connection: Content-Length")
    ),
    Malformed("connection: Cookie", fields(b"Connection: close, Cookie", b"Cookie: a=b")),
    Malformed("connection: Authorization", fields(b"Connection: authorization")),
    Malformed("connection: Cache-Control", fields(b"Connection: cache-control")),
    Malformed("connection: not a token", fields(b"Connection: close x")),
    Malformed("connection: in quotes", fields(b'Connection: "close"')),
    Malformed("connection: semicolon", fields(b"Connection: close; te")),
]

_HOSTS = [
    Malformed("host: missing", fields(host=b"")),
    Malformed("host: missing, other fields", fields(b"A: b", host=b"")),
    Malformed("host: twice", fields(b"Host: other")),
    Malformed("host: twice the same", fields(b"Host: web")),
    Malformed("host: twice, other case", fields(b"HOST: web")),
    Malformed("host: twice, one empty", fields(b"Host:")),
    Malformed("host: twice in HTTP/1.0", fields(b"Host: b", first=b"GET / HTTP/1.0")),
    Malformed("host: a space", hosted(b"a b")),
    Malformed("host: a list", hosted(b"a, b")),
    Malformed("host: userinfo", hosted(b"me@web")),
    Malformed("host: a slash", hosted(b"web/")),
    Malformed("host: a path", hosted(b"../etc")),
    Malformed("host: a backslash", hosted(b"a\\b")),
    Malformed("host: a query", hosted(b"web?a")),
    Malformed("host: a fragment", hosted(b"web#a")),
    Malformed("host: a URI", hosted(b"http://web")),
    Malformed("host: a scheme", hosted(b"http:web")),
    Malformed("host: in angle brackets", hosted(b"<web>")),
    Malformed("host: in quotes", hosted(b'"web"')),
    Malformed("host: a brace", hosted(b"{web}")),
    Malformed("host: not ASCII", hosted(b"b\xc3\xbccher")),
    Malformed("host: a NUL", hosted(b"we\0b")),
    Malformed("host: a port that is no number", hosted(b"web:http")),
    Malformed("host: a negative port", hosted(b"web:-1")),
    Malformed("host: a port with a sign", hosted(b"web:+80")),
    Malformed("host: a port of six digits", hosted(b"web:123456")),
    Malformed("host: a port of 65536", hosted(b"web:65536")),
    Malformed("host: a port of 99999", hosted(b"web:99999")),
    Malformed("host: two ports", hosted(b"web:80:80")),
    Malformed("host: only a port", hosted(b":80")),
    Malformed("host: an open bracket", hosted(b"[::1")),
    Malformed("host: text behind the bracket", hosted(b"[::1]a")),
    Malformed("host: IPv6 without brackets", hosted(b"::1")),
    Malformed("host: IPv4 in brackets", hosted(b"[1.2.3.4]")),
    Malformed("host: a name in brackets", hosted(b"[web]")),
    Malformed("host: nothing in brackets", hosted(b"[]")),
    Malformed("host: IPv6 of colons", hosted(b"[:::]")),
    Malformed("host: IPv6 with two gaps", hosted(b"[1::2::3]")),
    Malformed("host: IPv6 of nine groups", hosted(b"[1:2:3:4:5:6:7:8:9]")),
    Malformed("host: IPv6 of seven groups", hosted(b"[1:2:3:4:5:6:7]")),
    Malformed("host: IPv6 with a long group", hosted(b"[12345::]")),
    Malformed("host: IPv6 with a bad IPv4", hosted(b"[::1.2.3.256]")),
    Malformed("host: IPv6 with IPv4 in front", hosted(b"[1.2.3.4::]")),
    Malformed("host: IPv6 with a zone", hosted(b"[fe80::1%25eth0]")),
    Malformed("host: half an escape", hosted(b"a%2")),
    Malformed("host: a bad escape", hosted(b"a%g0")),
]

_LENGTHS = [
    (b"+5", "a sign"),
    (b"-0", "minus zero"),
    (b"-5", "negative"),
    (b"0x5", "hexadecimal"),
    (b"1_0", "an underscore"),
    (b"5.0", "a fraction"),
    (b"5e0", "an exponent"),
    (b"5,5", "a list"),
    (b"5, 5", "a list with a space"),
    (b"5, 6", "a list of two"),
    (b"5;a", "a parameter"),
    (b"5 5", "two numbers"),
    (b"", "empty"),
    (b"a", "a letter"),
    (b'"5"', "in quotes"),
    (b"\xb2", "a superscript"),
    (b"\xd9\xa5", "an Arabic digit"),
    (b"\xa05", "a no-break space"),
    (b"5\x0b", "a vertical tab"),
    (b"5\x0c", "a form feed"),
    (b"9" * 19, "19 digits"),
    (b"18446744073709551621", "5 more than 64 bits"),
    (b"9" * 5000, "5000 digits"),
]

_CODINGS = [
    (b"Transfer-Encoding: gzip", "gzip", (501,)),
    (b"Transfer-Encoding: gzip, chunked", "gzip, chunked", (501,)),
    (b"Transfer-Encoding: chunked, gzip", "chunked, gzip", (400, 501)),
    (b"Transfer-Encoding: identity", "identity", (400, 501)),
    (b"Transfer-Encoding: identity, chunked", "identity, chunked", (400, 501)),
    (b"Transfer-Encoding: chunked, identity", "chunked, identity", (400, 501)),
    (b"Transfer-Encoding: chunked, chunked", "twice in a list", (400, 501)),
    (b"Transfer-Encoding: chunked,", "an empty element", (400, 501)),
    (b"Transfer-Encoding: chunked;a=b", "a parameter", (400, 501)),
    (b'Transfer-Encoding: "chunked"', "in quotes", (400, 501)),
    (b"Transfer-Encoding: xchunked", "xchunked", (400, 501)),
    (b"Transfer-Encoding: chunke", "chunke", (400, 501)),
    (b"Transfer-Encoding: chun ked", "a space inside", (400, 501)),
    (b"Transfer-Encoding:", "empty", (400, 501)),
    (b"Transfer-Encoding: \xa0chunked", "a no-break space", (400, 501)),
    (b"Transfer-Encoding: chunked\xff", "a byte behind", (400, 501)),
    (b"Transfer-Encoding: \x0bchunked", "a vertical tab", (400,)),
    (b"Transfer-Encoding: chunked\0", "a NUL", (400,)),
    (b"Transfer-Encoding\0: chunked", "a NUL in the name", (400,)),
    (b"Transfer-Encoding : chunked", "a space before the colon", (400,)),
    (b"Transfer-Encoding\x0b: chunked", "a vertical tab before the colon", (400,)),
    (b" Transfer-Encoding: chunked", "a space before the name", (400,)),
    (b"A: b\nTransfer-Encoding: chunked", "behind a bare LF", (400,)),
    (b"A: b\rTransfer-Encoding: chunked", "behind a bare CR", (400,)),
    (b"Transfer-Encoding:\r\n chunked", "folded", (400,)),
    (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "two fields", (400, 501)),
    (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", "two codings", (400, 501)),
    (b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "gzip first", (400, 501)),
]

_FRAMING = [
    *[Malformed(f"length: {why}", post(b"Content-Length: " + value)) for value, why in _LENGTHS],
    Malformed("length: twice", post(b"Content-Length: 5", b"Content-Length: 6")),
    Malformed("length: twice the same", post(b"Content-Length: 5", b"Content-Length: 5")),
    Malformed("length: twice, other case", post(b"Content-Length: 5", b"content-length: 5")),
    Malformed("length: a space before the colon", post(b"Content-Length : 5")),
    Malformed("length: folded", post(b"Content-Length:\r\n 5")),
    *[Malformed(f"coding: {why}", post(value), allowed) for value, why, allowed in _CODINGS],
    Malformed(
        "framing: length and coding", post(b"Content-Length: 5", b"Transfer-Encoding: chunked")
    ),
    Malformed(
        "framing: coding and length", post(b"Transfer-Encoding: chunked", b"Content-Length: 0")
    ),
    Malformed(
        "framing: coding and length, other case",
        post(b"TRANSFER-ENCODING: CHUNKED", b"CONTENT-LENGTH: 5"),
    ),
    Malformed("framing: coding in HTTP/1.0", post(b"Transfer-Encoding: chunked", version=b"1.0")),
]

MALFORMED: list[Malformed] = [*_LINES, *_FORMS, *_FIELDS, *_HOSTS, *_FRAMING]

CHUNKED = fields(b"Transfer-Encoding: chunked", first=b"POST / HTTP/1.1")

BROKEN_CHUNKS: list[tuple[str, bytes]] = [
    ("no size", b"\r\nhello\r\n0\r\n\r\n"),
    ("no size but an extension", b";a\r\nhello\r\n0\r\n\r\n"),
    ("a sign", b"+5\r\nhello\r\n0\r\n\r\n"),
    ("negative", b"-5\r\nhello\r\n0\r\n\r\n"),
    ("0x", b"0x5\r\nhello\r\n0\r\n\r\n"),
    ("an underscore", b"0_5\r\nhello\r\n0\r\n\r\n"),
    ("not hexadecimal", b"g\r\nhello\r\n0\r\n\r\n"),
    ("a space before", b" 5\r\nhello\r\n0\r\n\r\n"),
    ("a tab before", b"\t5\r\nhello\r\n0\r\n\r\n"),
    ("a vertical tab", b"5\x0b\r\nhello\r\n0\r\n\r\n"),
    ("two sizes", b"5 5\r\nhello\r\n0\r\n\r\n"),
    ("16 digits", b"0" * 15 + b"5\r\nhello\r\n0\r\n\r\n"),
    ("thousands of digits", b"0" * 5000 + b"5\r\nhello\r\n0\r\n\r\n"),
    ("5 more than 64 bits", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("size ends with LF", b"5\nhello\r\n0\r\n\r\n"),
    ("size ends with CR", b"5\rhello\r\n0\r\n\r\n"),
    ("size ends with CR CR LF", b"5\r\r\nhello\r\n0\r\n\r\n"),
    ("bare LF in the extension", b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    ("bare CR in the extension", b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
    ("NUL in the extension", b"5;\0\r\nhello\r\n0\r\n\r\n"),
    ("extension too long", b"5;" + b"a" * 300 + b"\r\nhello\r\n0\r\n\r\n"),
    ("extension without semicolon", b"5 a=b\r\nhello\r\n0\r\n\r\n"),
    ("extension without a name", b"5;=b\r\nhello\r\n0\r\n\r\n"),
    ("extension of nothing", b"5;\r\nhello\r\n0\r\n\r\n"),
    ("extension of semicolons", b"5;a;;b\r\nhello\r\n0\r\n\r\n"),
    ("extension without a value", b"5;a=\r\nhello\r\n0\r\n\r\n"),
    ("extension with an open quote", b'5;a="b\r\nhello\r\n0\r\n\r\n'),
    ("extension with an escaped quote", b'5;a="b\\"\r\nhello\r\n0\r\n\r\n'),
    ("extension with text behind a quote", b'5;a="b"c\r\nhello\r\n0\r\n\r\n'),
    ("extension of two words", b"5;a b\r\nhello\r\n0\r\n\r\n"),
    ("size with a comma", b"5,5\r\nhello\r\n0\r\n\r\n"),
    ("chunk too long", b"5\r\nhello!\r\n0\r\n\r\n"),
    ("chunk too short", b"6\r\nhello\r\n0\r\n\r\n"),
    ("chunk ends with LF", b"5\r\nhello\n0\r\n\r\n"),
    ("chunk ends with CR", b"5\r\nhello\r0\r\n\r\n"),
    ("chunk ends with nothing", b"5\r\nhello0\r\n\r\n"),
    ("body ends with LF", b"0\r\n\n"),
    ("last chunk ends with LF", b"0\n\r\n"),
    ("trailer without colon", b"0\r\nA\r\n\r\n"),
    ("trailer folded", b"0\r\nA: b\r\n c\r\n\r\n"),
    ("trailer with a space before the colon", b"0\r\nA : b\r\n\r\n"),
    ("trailer with a NUL", b"0\r\nA: \0\r\n\r\n"),
    ("trailer with a bare LF", b"0\r\nA: b\nC: d\r\n\r\n"),
    ("a request for a trailer", b"0\r\nGET / HTTP/1.1\r\nHost: web\r\n\r\n"),
    ("trailers too large", b"0\r\nA: " + b"b" * 9000 + b"\r\n\r\n"),
    ("too many trailers", b"0\r\n" + b"A: b\r\n" * 33 + b"\r\n"),
]

BROKEN_BODIES: list[Malformed] = [
    Malformed(f"body: {why}", CHUNKED + body) for why, body in BROKEN_CHUNKS
]
