"""What endpoints send on one connection: whole answers, broken ones, and what they add behind.

Each case says what the client must get, whether it is complete, and whether the connection may be
used for another request. All is for the default limits.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.wire.corpus import line
from tests.wire.corpus_answers import answer
from tests.wire.through import Got

GET = line(b"GET / HTTP/1.1")
HEAD = line(b"HEAD / HTTP/1.1")
OLD = line(b"GET / HTTP/1.0")
CHUNKED = answer(b"Transfer-Encoding: chunked")
LONG = answer(b"Content-Length: 99999")
HELLO = b"5\r\nhello\r\n0\r\n\r\n"
POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"


class Answered(NamedTuple):
    """What an endpoint answers to `request`, and what it does then.

    `in_pieces`: what the client gets if it comes byte by byte; None: the same.
    """

    name: str
    raw: bytes
    got: Got
    end: str = ""
    request: bytes = GET
    in_pieces: Got | None = None


def sized(body: bytes, *lines: bytes, first: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """An answer with this body, by Content-Length."""
    return answer(b"Content-Length: %d" % len(body), *lines, first=first) + body


def ok(body: bytes = b"", status: int = 200, kept: bool = True) -> Got:
    """A complete answer."""
    return Got(status, body, True, kept)


BAD = Got(502, b"", True, False)
"""An answer of ours; its body is not compared."""


def cut(body: bytes, status: int = 200) -> Got:
    """The client sees that something is missing."""
    return Got(status, body, False, False)


_FRAMING = [
    Answered("length", sized(b"hello"), ok(b"hello")),
    Answered("length 0", sized(b""), ok()),
    Answered("chunked", CHUNKED + HELLO, ok(b"hello")),
    Answered("chunked, many chunks", CHUNKED + b"1\r\nx\r\n" * 200 + b"0\r\n\r\n", ok(b"x" * 200)),
    Answered("chunked, with extensions", CHUNKED + b'5;a="b"\r\nhello\r\n0;c\r\n\r\n',
             ok(b"hello")),
    Answered("chunked, padded sizes", CHUNKED + b"5   \r\nhello\r\n0  \r\n\r\n", ok(b"hello")),
    Answered("chunked, with trailers", CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n\r\n", ok(b"hello")),
    Answered("chunked, a length among the trailers",
             CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n", ok(b"hello")),
    Answered("chunked, to HTTP/1.0", CHUNKED + HELLO, ok(b"hello", kept=False), request=OLD),
    Answered("until the end", answer(b"A: b") + b"hello", ok(b"hello", kept=False), "close"),
    Answered("until the end, to HTTP/1.0", answer(b"A: b") + b"hello", ok(b"hello", kept=False),
             "close", OLD),
    Answered("until the end, empty", answer(b"A: b"), ok(kept=False), "close"),
    Answered("until the end, with what is like an answer", answer() + POISON,
             ok(POISON, kept=False), "close"),
    Answered("until the end, reset", answer(b"A: b") + b"hello", cut(b"hello"), "abort"),
    Answered("HTTP/1.0", sized(b"hello", first=b"HTTP/1.0 200 OK"), ok(b"hello", kept=False)),
    Answered("HTTP/1.0, kept",
             sized(b"hello", b"Connection: keep-alive", first=b"HTTP/1.0 200 OK"), ok(b"hello")),
    Answered("HTTP/1.0, until the end", answer(first=b"HTTP/1.0 200 OK") + b"hello",
             ok(b"hello", kept=False), "close"),
    Answered("close", sized(b"hello", b"Connection: close"), ok(b"hello", kept=False)),
    Answered("close among others", sized(b"hello", b"Connection: x, Close"),
             ok(b"hello", kept=False)),
    Answered("no body behind HEAD", sized(b"hello")[:-5], ok(), request=HEAD),
    Answered("no body behind HEAD, chunked", CHUNKED, ok(), request=HEAD),
    Answered("no body behind HEAD, neither length nor coding", answer(), ok(), request=HEAD),
    Answered("204", answer(first=b"HTTP/1.1 204 No Content"), ok(status=204)),
    Answered("204 with length 0", sized(b"", first=b"HTTP/1.1 204 No Content"), ok(status=204)),
    Answered("304", answer(first=b"HTTP/1.1 304 Not Modified"), ok(status=304)),
    Answered("304 with a length", sized(b"hello", first=b"HTTP/1.1 304 Not Modified")[:-5],
             ok(status=304)),
    Answered("304, chunked", answer(b"Transfer-Encoding: chunked", first=b"HTTP/1.1 304 No"),
             ok(status=304)),
    Answered("205 with a length", sized(b"hello", first=b"HTTP/1.1 205 Reset"),
             ok(b"hello", status=205)),
    Answered("an error with a body", sized(b"hello", first=b"HTTP/1.1 500 No"),
             ok(b"hello", status=500)),
    Answered("a redirect with a body", sized(b"hello", first=b"HTTP/1.1 302 There"),
             ok(b"hello", status=302)),
    Answered("length with zeros", answer(b"Content-Length: 0005") + b"hello", ok(b"hello")),
    Answered("a large body", sized(b"x" * 100_000), ok(b"x" * 100_000)),
]  # fmt: skip

_SHORT = [
    Answered("nothing at all", b"", BAD, "close"),
    Answered("nothing but a reset", b"", BAD, "abort"),
    Answered("half a status line", b"HTTP/1.1 2", BAD, "close"),
    Answered("half a head", b"HTTP/1.1 200 OK\r\nContent-Le", BAD, "close"),
    Answered("all but the empty line", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", BAD, "close"),
    Answered("less than the length", answer(b"Content-Length: 9") + b"hello", BAD, "close"),
    Answered("less than the length, reset", answer(b"Content-Length: 9") + b"hello", BAD, "abort"),
    Answered("nothing of the length", answer(b"Content-Length: 9"), BAD, "close"),
    Answered("less than the length, to HTTP/1.0", answer(b"Content-Length: 9") + b"hello", BAD,
             "close", OLD),
    Answered("less than a long length", LONG + b"hello", cut(b"hello"), "close"),
    Answered("less than a long length, reset", LONG + b"hello", cut(b"hello"), "abort"),
    Answered("nothing of a long length", LONG, cut(b""), "close"),
    Answered("less than a long length, to HTTP/1.0", LONG + b"hello", cut(b"hello"), "close", OLD),
    Answered("no chunk", CHUNKED, cut(b""), "close"),
    Answered("half a chunk", CHUNKED + b"5\r\nhel", cut(b"hel"), "close"),
    Answered("no last chunk", CHUNKED + b"5\r\nhello\r\n", cut(b"hello"), "close"),
    Answered("half a last chunk", CHUNKED + b"5\r\nhello\r\n0", cut(b"hello"), "close"),
    Answered("no empty line at the end", CHUNKED + b"5\r\nhello\r\n0\r\n", cut(b"hello"), "close"),
    Answered("half a trailer", CHUNKED + b"5\r\nhello\r\n0\r\nA: b", cut(b"hello"), "close"),
    Answered("half a chunk, to HTTP/1.0", CHUNKED + b"5\r\nhel", cut(b"hel"), "close", OLD),
    Answered("until the end, reset, to HTTP/1.0", answer() + b"hello", cut(b"hello"), "abort", OLD),
    Answered("an interim answer alone", answer(first=b"HTTP/1.1 103 Hints"), BAD, "close"),
    Answered("100 alone", answer(first=b"HTTP/1.1 100 Continue"), BAD, "close"),
]  # fmt: skip

_BROKEN_CHUNKS = [
    ("no size", b"\r\nhello\r\n0\r\n\r\n"), ("a sign", b"+5\r\nhello\r\n0\r\n\r\n"),
    ("0x", b"0x5\r\nhello\r\n0\r\n\r\n"), ("a space before", b" 5\r\nhello\r\n0\r\n\r\n"),
    ("LF", b"5\nhello\r\n0\r\n\r\n"), ("too large", b"f" * 16 + b"\r\nhello\r\n0\r\n\r\n"),
    ("a comma", b"5,\r\nhello\r\n0\r\n\r\n"), ("an empty extension", b"5;\r\nhello\r\n0\r\n\r\n"),
    ("an open quote", b'5;a="b\r\nhello\r\n0\r\n\r\n'),
]  # fmt: skip
_CHUNKS = [
    *[Answered(f"chunk: {why}", CHUNKED + body, BAD, in_pieces=cut(b""))
      for why, body in _BROKEN_CHUNKS],
    Answered("chunk: too long", CHUNKED + b"4\r\nhello\r\n0\r\n\r\n", BAD,
             in_pieces=cut(b"hell")),
    Answered("chunk: ends with LF", CHUNKED + b"5\r\nhello\n0\r\n\r\n", BAD,
             in_pieces=cut(b"hello")),
    Answered("chunk: a second one without a size", CHUNKED + b"5\r\nhello\r\n;a\r\n", BAD,
             in_pieces=cut(b"hello")),
    Answered("trailer: folded", CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n", BAD,
             in_pieces=cut(b"hello")),
    Answered("trailer: no colon", CHUNKED + b"5\r\nhello\r\n0\r\nA\r\n\r\n", BAD,
             in_pieces=cut(b"hello")),
    Answered("trailer: an answer", CHUNKED + b"5\r\nhello\r\n0\r\n" + POISON, BAD,
             in_pieces=cut(b"hello")),
]  # fmt: skip

_INTERIM = [
    Answered("100, then the answer", answer(first=b"HTTP/1.1 100 Continue") + sized(b"hello"),
             ok(b"hello")),
    Answered("103, then the answer", answer(b"Link: a", first=b"HTTP/1.1 103 Hints")
             + sized(b"hello"), ok(b"hello")),
    Answered("several", answer(first=b"HTTP/1.1 100 A") * 3 + answer(first=b"HTTP/1.1 102 B") * 3
             + sized(b"hello"), ok(b"hello")),
    Answered("several, to HTTP/1.0", answer(first=b"HTTP/1.1 103 A") * 3 + sized(b"hello"),
             ok(b"hello", kept=False), request=OLD),
    Answered("too many", answer(first=b"HTTP/1.1 103 A") * 17 + sized(b"hello"), BAD),
    Answered("a code nobody knows", answer(first=b"HTTP/1.1 199 A") + sized(b"hello"),
             ok(b"hello")),
    Answered("with a body", sized(b"hello", first=b"HTTP/1.1 103 A") + sized(b"hello"), BAD),
    Answered("101, unasked", answer(b"Upgrade: h2c", b"Connection: upgrade",
             first=b"HTTP/1.1 101 Switching Protocols") + POISON, BAD),
    Answered("100, then a broken answer", answer(first=b"HTTP/1.1 100 A") + b"hello\r\n", BAD),
]  # fmt: skip

_BEHIND = [
    Answered("behind: an answer", sized(b"hello") + POISON, ok(b"hello", kept=False)),
    Answered("behind: text", sized(b"hello") + b"!", ok(b"hello", kept=False)),
    Answered("behind: a line end", sized(b"hello") + b"\r\n", ok(b"hello", kept=False)),
    Answered("behind: an answer, chunked", CHUNKED + HELLO + POISON, ok(b"hello", kept=False)),
    Answered("behind: a body after 204", answer(first=b"HTTP/1.1 204 No") + b"hello",
             ok(status=204, kept=False)),
    Answered("behind: a body with its length after 204", sized(b"hello", first=b"HTTP/1.1 204 No"),
             ok(status=204, kept=False)),
    Answered("behind: a length after 204, and no body",
             sized(b"hello", first=b"HTTP/1.1 204 No")[:-5],
             ok(status=204, kept=False)),
    Answered("behind: chunks after 204",
             answer(b"Transfer-Encoding: chunked", first=b"HTTP/1.1 204 No") + HELLO,
             ok(status=204, kept=False)),
    Answered("behind: a body after 304", sized(b"hello", first=b"HTTP/1.1 304 No"),
             ok(status=304, kept=False)),
    Answered("behind: an answer after 304", answer(first=b"HTTP/1.1 304 No") + POISON,
             ok(status=304, kept=False)),
    Answered("behind: a body after HEAD", sized(b"hello"), ok(kept=False), request=HEAD),
    Answered("behind: chunks after HEAD", CHUNKED + HELLO, ok(kept=False), request=HEAD),
    Answered("behind: an answer after HEAD", sized(b"")  + POISON, ok(kept=False), request=HEAD),
    Answered("behind: the end", sized(b"hello"), ok(b"hello", kept=False), "close"),
    Answered("behind: a reset", sized(b"hello"), ok(b"hello", kept=False), "abort"),
]  # fmt: skip

ANSWERED: list[Answered] = [*_FRAMING, *_SHORT, *_CHUNKS, *_INTERIM, *_BEHIND]
