"""What an endpoint may answer: heads that must become a 502, and unusual ones that must pass.

`BAD_ANSWERS` and `ODD_ANSWERS` are for every test that sends bytes to a client; all is for the
default limits: 8192 bytes of status line, 16384 bytes and 100 lines of fields.
"""

from __future__ import annotations

from typing import NamedTuple


def answer(*lines: bytes, first: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """An answer's head with these field lines."""
    return b"\r\n".join([first, *lines]) + b"\r\n\r\n"


BAD_ANSWERS: list[tuple[str, bytes]] = [
    ("not HTTP", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ("only a line end", b"\r\n"),
    ("empty lines first", b"\r\n" + answer()),
    ("a request", b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"),
    ("an HTTP/0.9 body", b"<html>hello</html>\n"),
    ("HTTP/2 settings", b"\0\0\0\4\0\0\0\0\0"),
    ("version 2.0", answer(first=b"HTTP/2.0 200 OK")),
    ("version 0.9", answer(first=b"HTTP/0.9 200 OK")),
    ("version 1", answer(first=b"HTTP/1 200 OK")),
    ("version 1.10", answer(first=b"HTTP/1.10 200 OK")),
    ("lower case", answer(first=b"http/1.1 200 OK")),
    ("ICY", answer(first=b"ICY 200 OK")),
    ("no status", answer(first=b"HTTP/1.1")),
    ("status of two digits", answer(first=b"HTTP/1.1 20 OK")),
    ("status of four digits", answer(first=b"HTTP/1.1 2000 OK")),
    ("status 099", answer(first=b"HTTP/1.1 099 OK")),
    ("status 000", answer(first=b"HTTP/1.1 000 OK")),
    ("negative status", answer(first=b"HTTP/1.1 -20 OK")),
    ("status with letters", answer(first=b"HTTP/1.1 2xx OK")),
    ("status between two spaces", answer(first=b"HTTP/1.1  200 OK")),
    ("status behind a tab", answer(first=b"HTTP/1.1\t200 OK")),
    ("status and text run together", answer(first=b"HTTP/1.1 200OK")),
    ("NUL in the reason", answer(first=b"HTTP/1.1 200 O\0K")),
    ("bare CR in the reason", answer(first=b"HTTP/1.1 200 O\rK")),
    ("bare LF behind the status line", b"HTTP/1.1 200 OK\nA: b\r\n\r\n"),
    ("bare LF behind a field", b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n"),
    ("bare LF ends the head", b"HTTP/1.1 200 OK\r\nA: b\r\n\n"),
    ("status line too long", answer(first=b"HTTP/1.1 200 " + b"a" * 8200)),
    ("status line too long, unfinished", b"HTTP/1.1 200 " + b"a" * 9000),
    ("folded field", answer(b"A: b", b" c")),
    ("space before the colon", answer(b"A : b")),
    ("no colon", answer(b"A")),
    ("no name", answer(b": a")),
    ("NUL in a value", answer(b"A: \0")),
    ("bare CR in a value", answer(b"A: b\rC: d")),
    ("fields too large", answer(b"A: " + b"b" * 17000)),
    ("too many fields", answer(*[b"A: b"] * 101)),
    ("length twice", answer(b"Content-Length: 5", b"Content-Length: 6")),
    ("length twice the same", answer(b"Content-Length: 5", b"Content-Length: 5")),
    ("length is a list", answer(b"Content-Length: 5, 5")),
    ("length with a sign", answer(b"Content-Length: +5")),
    ("length negative", answer(b"Content-Length: -1")),
    ("length hexadecimal", answer(b"Content-Length: 0x5")),
    ("length empty", answer(b"Content-Length:")),
    ("length huge", answer(b"Content-Length: " + b"9" * 5000)),
    ("length and coding", answer(b"Content-Length: 5", b"Transfer-Encoding: chunked")),
    ("coding and length", answer(b"Transfer-Encoding: chunked", b"Content-Length: 5")),
    ("coding gzip", answer(b"Transfer-Encoding: gzip")),
    ("coding gzip, chunked", answer(b"Transfer-Encoding: gzip, chunked")),
    ("coding identity", answer(b"Transfer-Encoding: identity")),
    ("coding twice", answer(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked")),
    ("coding xchunked", answer(b"Transfer-Encoding: xchunked")),
    ("coding in HTTP/1.0", answer(b"Transfer-Encoding: chunked", first=b"HTTP/1.0 200 OK")),
    ("connection names the length", answer(b"Content-Length: 5", b"Connection: content-length")),
    ("connection names the cookie", answer(b"Set-Cookie: a=b", b"Connection: set-cookie")),
    ("connection is no token", answer(b"Connection: clo se")),
    ("interim with a length", answer(b"Content-Length: 5", first=b"HTTP/1.1 103 Early Hints")),
    ("interim with a coding", answer(b"Transfer-Encoding: chunked", first=b"HTTP/1.1 100 Go on")),
]


class OddAnswer(NamedTuple):
    """An unusual answer that is good; `head` is what the client gets before what is added."""

    name: str
    raw: bytes
    head: bytes
    length: int = -1
    chunked: bool = False
    close: bool = False

    def whole(self) -> bytes:
        """The answer with a body, and a final one behind an interim one."""
        body = b"0\r\n\r\n" if self.chunked else b"x" * max(self.length, 0)
        return self.raw + body + self.final()

    def final(self) -> bytes:
        """What follows an interim answer."""
        return b"" if self.head[9:10] != b"1" else b"HTTP/1.1 200 OK\r\n\r\n"


ODD_ANSWERS: list[OddAnswer] = [
    OddAnswer("no reason", b"HTTP/1.1 200 \r\n\r\n", b"HTTP/1.1 200 \r\n"),
    OddAnswer("no reason and no space", b"HTTP/1.1 200\r\n\r\n", b"HTTP/1.1 200 \r\n"),
    OddAnswer("no space in HTTP/1.0", b"HTTP/1.0 200\r\n\r\n", b"HTTP/1.1 200 \r\n"),
    OddAnswer("HTTP/1.0", answer(first=b"HTTP/1.0 200 OK"), b"HTTP/1.1 200 OK\r\n"),
    OddAnswer("HTTP/1.7", answer(first=b"HTTP/1.7 200 OK"), b"HTTP/1.1 200 OK\r\n"),
    OddAnswer("status 999", answer(first=b"HTTP/1.1 999 No"), b"HTTP/1.1 999 No\r\n"),
    OddAnswer("a reason with obs-text", answer(first=b"HTTP/1.1 404 \xe9\t x "),
              b"HTTP/1.1 404 \xe9\t x \r\n"),
    OddAnswer("no field at all", answer(), b"HTTP/1.1 200 OK\r\n"),
    OddAnswer("order and spelling", answer(b"b:1", b"SERVER:  x ", b"B: 2", b"ETag: w"),
              b"HTTP/1.1 200 OK\r\nb:1\r\nSERVER:  x \r\nB: 2\r\nETag: w\r\n"),
    OddAnswer("length with zeros", answer(b"Content-Length: 007"),
              b"HTTP/1.1 200 OK\r\nContent-Length:   7\r\n", length=7),
    OddAnswer("chunked", answer(b"transfer-encoding:CHUNKED"), b"HTTP/1.1 200 OK\r\n",
              chunked=True),
    OddAnswer("204 with a length", answer(b"A: b", b"Content-Length: 5", b"C: d",
              first=b"HTTP/1.1 204 No Content"),
              b"HTTP/1.1 204 No Content\r\nA: b\r\nC: d\r\n", close=True),
    OddAnswer("204 with length 0", answer(b"Content-Length: 0", first=b"HTTP/1.1 204 No Content"),
              b"HTTP/1.1 204 No Content\r\n"),
    OddAnswer("204 chunked", answer(b"Transfer-Encoding: chunked", first=b"HTTP/1.1 204 No"),
              b"HTTP/1.1 204 No\r\n", close=True),
    OddAnswer("304 with a length", answer(b"Content-Length: 5", first=b"HTTP/1.1 304 No"),
              b"HTTP/1.1 304 No\r\nContent-Length: 5\r\n", length=5),
    OddAnswer("205 with a length", answer(b"Content-Length: 5", first=b"HTTP/1.1 205 Reset"),
              b"HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n", length=5),
    OddAnswer("interim with length 0", answer(b"Content-Length: 0", b"Link: x",
              first=b"HTTP/1.1 103 Hints"), b"HTTP/1.1 103 Hints\r\nLink: x\r\n"),
    OddAnswer("hop by hop", answer(b"Connection: close, X-Hop", b"x-hop: 1", b"Keep-Alive: 5",
              b"A: b", b"Trailer: c", b"X-HOP:", b"Upgrade: h2c", b"Proxy-Authenticate: Basic",
              b"TE: x"), b"HTTP/1.1 200 OK\r\nA: b\r\n", close=True),
    OddAnswer("connection close, other case", answer(b"CONNECTION: CLOSE"), b"HTTP/1.1 200 OK\r\n",
              close=True),
    OddAnswer("close in the second field", answer(b"Connection: keep-alive", b"Connection:close"),
              b"HTTP/1.1 200 OK\r\n", close=True),
    OddAnswer("via is ours to write", answer(b"Via: 1.1 a", b"A: b", b"via: 1.0 c"),
              b"HTTP/1.1 200 OK\r\nA: b\r\n"),
    OddAnswer("close-delimited", answer(b"Content-Type: text/plain"),
              b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"),
]  # fmt: skip
