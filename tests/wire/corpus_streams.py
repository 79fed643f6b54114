"""What clients send on one connection: whole requests, rests of requests, and what they hide.

Each stream says which requests a back end must see, complete and once, which statuses the client
gets, and whether its connection is closed then. All is for the default limits.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.wire.corpus import CHUNKED, fields, line, post
from tests.wire.through import Seen

FINE = (200,)
BAD = (400,)


class Stream(NamedTuple):
    """What a client sends. `answers` has the statuses allowed for each answer.

    `end`: the client closes its sending side behind it.
    """

    name: str
    raw: bytes
    seen: tuple[Seen, ...]
    answers: tuple[tuple[int, ...], ...]
    closed: bool = False
    end: bool = False


GET = line(b"GET / HTTP/1.1")
INNER = line(b"GET /inner HTTP/1.1")
ROOT = Seen(b"GET", b"/", b"")
HIDDEN = Seen(b"GET", b"/inner", b"")
LENGTH = b"Content-Length: %d"


def posted(body: bytes, target: bytes = b"/") -> Seen:
    """A POST at the back end."""
    return Seen(b"POST", target, body)


def sized(body: bytes, *lines: bytes, method: bytes = b"POST", version: bytes = b"1.1") -> bytes:
    """A request with this body, by Content-Length."""
    first = method + b" / HTTP/" + version
    return fields(LENGTH % len(body), *lines, first=first) + body


def chunks(*pieces: bytes, trailers: bytes = b"") -> bytes:
    """A chunked POST."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in pieces)
    return CHUNKED + body + b"0\r\n" + trailers + b"\r\n"


def good(name: str, raw: bytes, *seen: Seen, closed: bool = False) -> Stream:
    """All of it reaches the back end."""
    return Stream(name, raw, seen, (FINE,) * len(seen), closed)


def unfinished(name: str, raw: bytes) -> Stream:
    """A request that the client leaves without an end: nobody sees it, and nobody answers."""
    return Stream(f"unfinished: {name}", raw, (), (), True, True)


_PIPELINES = [
    good("two requests", GET + INNER, ROOT, HIDDEN),
    good("ten requests", GET * 10, *[ROOT] * 10),
    good("a body, then a request", sized(b"hello") + INNER, posted(b"hello"), HIDDEN),
    good("a request as a body", sized(INNER), posted(INNER)),
    good("a request as a body, then one", sized(INNER) + GET, posted(INNER), ROOT),
    good("a chunked request, then one", chunks(b"hello") + INNER, posted(b"hello"), HIDDEN),
    good("a request as a chunk", chunks(INNER) + GET, posted(INNER), ROOT),
    good("the end of a body as a chunk", chunks(b"0\r\n\r\n" + INNER),
         posted(b"0\r\n\r\n" + INNER)),
    good("GET with a body", sized(INNER, method=b"GET"), Seen(b"GET", b"/", INNER)),
    good("HEAD with a body", sized(b"hello", method=b"HEAD") + GET, Seen(b"HEAD", b"/", b"hello"),
         ROOT),
    good("DELETE with a body", sized(INNER, method=b"DELETE"), Seen(b"DELETE", b"/", INNER)),
    good("OPTIONS with a body", sized(b"hello", method=b"OPTIONS"),
         Seen(b"OPTIONS", b"/", b"hello")),
    good("PUT without a body", line(b"PUT / HTTP/1.1") + GET, Seen(b"PUT", b"/", b""), ROOT),
    good("POST without a body", line(b"POST / HTTP/1.1") + INNER, posted(b""), HIDDEN),
    good("length 0, then a request", sized(b"") + INNER, posted(b""), HIDDEN),
    good("GET, chunked", fields(b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n" + GET,
         Seen(b"GET", b"/", b"hello"), ROOT),
    good("an empty chunked body", chunks() + GET, posted(b""), ROOT),
    good("many small chunks", chunks(*[b"x"] * 300) + GET, posted(b"x" * 300), ROOT),
    good("a large body", sized(b"x" * 100_000) + GET, posted(b"x" * 100_000), ROOT),
    good("a large chunk", chunks(b"x" * 100_000) + GET, posted(b"x" * 100_000), ROOT),
    good("a body just above what is buffered", sized(b"x" * 5121) + GET, posted(b"x" * 5121), ROOT),
    good("an empty line between", GET + b"\r\n" + INNER, ROOT, HIDDEN),
    good("empty lines before", b"\r\n\r\n" + GET, ROOT),
    good("an empty line behind a body", sized(b"hello") + b"\r\n" + GET, posted(b"hello"), ROOT),
    good("an empty line behind the last chunk", chunks(b"hello") + b"\r\n" + GET,
         posted(b"hello"), ROOT),
    good("close, then another", fields(b"Connection: close") + INNER, ROOT, closed=True),
    good("close among others, then another", fields(b"Connection: x, CLOSE ,y") + INNER, ROOT,
         closed=True),
    good("close in a second field", fields(b"Connection: x", b"connection: close") + INNER, ROOT,
         closed=True),
    good("close and keep-alive", fields(b"Connection: keep-alive, close") + INNER, ROOT,
         closed=True),
    good("a body and close, then another", sized(b"hello", b"Connection: close") + INNER,
         posted(b"hello"), closed=True),
    good("closed is not close", fields(b"Connection: closed") + INNER, ROOT, HIDDEN),
    good("HTTP/1.0, then another", line(b"GET / HTTP/1.0") + INNER, ROOT, closed=True),
    good("HTTP/1.0 kept", fields(b"Connection: Keep-Alive", first=b"GET / HTTP/1.0") + INNER,
         ROOT, HIDDEN),
    good("HTTP/1.0 with close", fields(b"Connection: close", first=b"GET / HTTP/1.0") + INNER,
         ROOT, closed=True),
    good("HTTP/1.0 with a body", sized(b"hello", version=b"1.0") + INNER, posted(b"hello"),
         closed=True),
    good("HTTP/1.0, POST without a length", line(b"POST / HTTP/1.0") + b"hello", posted(b""),
         closed=True),
    good("HTTP/1.0 with Expect", sized(b"hello", b"Expect: 100-continue", version=b"1.0"),
         posted(b"hello"), closed=True),
    good("the client says no more", GET, ROOT),
    good("h2c is not spoken", fields(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
         b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA") + INNER, ROOT, HIDDEN),
    good("an upgrade that is not agreed to", fields(b"Connection: Upgrade", b"Upgrade: websocket")
         + INNER, ROOT, HIDDEN),
    good("an upgrade with a body", sized(b"hello", b"Connection: Upgrade", b"Upgrade: websocket")
         + INNER, posted(b"hello"), HIDDEN),
    good("an upgrade with chunks", fields(b"Transfer-Encoding: chunked", b"Connection: Upgrade",
         b"Upgrade: websocket", first=b"POST / HTTP/1.1") + b"5\r\nhello\r\n0\r\n\r\n" + INNER,
         posted(b"hello"), HIDDEN),
    good("expect, and the body with it", sized(b"hello", b"Expect: 100-continue") + GET,
         posted(b"hello"), ROOT),
    good("expect without a body", fields(b"Expect: 100-continue") + GET, ROOT, ROOT),
    good("expect with length 0", sized(b"", b"Expect: 100-continue") + INNER, posted(b""), HIDDEN),
    good("expect, chunked", fields(b"Expect: 100-Continue", b"Transfer-Encoding: chunked",
         first=b"POST / HTTP/1.1") + b"5\r\nhello\r\n0\r\n\r\n" + GET, posted(b"hello"), ROOT),
]  # fmt: skip

_BODIES = [
    good("chunk: an extension", CHUNKED + b"5;a\r\nhello\r\n0;b\r\n\r\n" + GET, posted(b"hello"),
         ROOT),
    good("chunk: values of extensions", CHUNKED + b'5;a=b;c="d;\\"\xe9";e\r\nhello\r\n0\r\n\r\n',
         posted(b"hello")),
    good("chunk: an extension that is a chunk", CHUNKED + b'5;a="0"\r\nhello\r\n0\r\n\r\n' + GET,
         posted(b"hello"), ROOT),
    good("chunk: white space around an extension", CHUNKED + b"5 ; a = b\r\nhello\r\n0\r\n\r\n",
         posted(b"hello")),
    good("chunk: zeros before the size", CHUNKED + b"00005\r\nhello\r\n000\r\n\r\n" + GET,
         posted(b"hello"), ROOT),
    good("chunk: capital digits", CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n", posted(b"0123456789")),
    good("chunk: small digits", CHUNKED + b"a\r\n0123456789\r\n0\r\n\r\n", posted(b"0123456789")),
    good("chunk: line ends inside", chunks(b"\r\n", b"\r\n\r\n", b"\n") + GET,
         posted(b"\r\n\r\n\r\n\n"), ROOT),
    good("trailer: one", chunks(b"hello", trailers=b"A: b\r\n") + GET, posted(b"hello"), ROOT),
    good("trailer: a length", chunks(b"hello", trailers=b"Content-Length: 99\r\n") + INNER,
         posted(b"hello"), HIDDEN),
    good("trailer: a coding", chunks(b"hello", trailers=b"Transfer-Encoding: chunked\r\n") + GET,
         posted(b"hello"), ROOT),
    good("trailer: Host", chunks(b"hello", trailers=b"Host: other\r\n") + GET, posted(b"hello"),
         ROOT),
    good("trailer: Connection", chunks(b"hello", trailers=b"Connection: close\r\n") + GET,
         posted(b"hello"), ROOT),
    good("length: zeros before", fields(b"Content-Length: 010", first=b"POST / HTTP/1.1")
         + b"0123456789" + GET, posted(b"0123456789"), ROOT),
    good("length: white space around", fields(b"Content-Length: \t 5\t ", first=b"POST / HTTP/1.1")
         + b"hello" + GET, posted(b"hello"), ROOT),
    good("coding: other case", fields(b"TRANSFER-encoding: ChUnKeD", first=b"POST / HTTP/1.1")
         + b"5\r\nhello\r\n0\r\n\r\n" + GET, posted(b"hello"), ROOT),
    good("coding: named by Connection", fields(b"Transfer-Encoding: chunked",
         b"Connection: transfer-encoding", first=b"POST / HTTP/1.1")
         + b"5\r\nhello\r\n0\r\n\r\n" + GET, posted(b"hello"), ROOT),
]  # fmt: skip

_GARBAGE = [
    Stream("behind: text", GET + b"hello\r\n", (ROOT,), (FINE, BAD), True),
    Stream("behind: a NUL", GET + b"\0", (ROOT,), (FINE, BAD), True),
    Stream("behind: LF", GET + b"\n" + INNER, (ROOT,), (FINE, BAD), True),
    Stream("behind: a space", GET + b" " + INNER, (ROOT,), (FINE, BAD), True),
    Stream("behind: more body than the length", sized(b"hello") + b"!!\r\n\r\n",
           (posted(b"hello"),), (FINE, BAD), True),
    Stream("behind: more body, then a request", sized(b"hello") + b"!" + line(b" GET / HTTP/1.1"),
           (posted(b"hello"),), (FINE, BAD), True),
    Stream("behind: more chunks", chunks(b"hello") + b"5\r\nhello\r\n0\r\n\r\n",
           (posted(b"hello"),), (FINE, BAD), True),
    Stream("behind: a body without a length", line(b"POST / HTTP/1.1") + b"a=b&c=d\r\n\r\n",
           (posted(b""),), (FINE, BAD), True),
    Stream("behind: preface of HTTP/2", GET + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (ROOT,),
           (FINE, (505,)), True),
    Stream("behind: a TLS hello", GET + b"\x16\x03\x01\x02\0\x01\0", (ROOT,), (FINE, BAD), True),
    Stream("behind: a request without Host", GET + b"GET / HTTP/1.1\r\n\r\n", (ROOT,), (FINE, BAD),
           True),
    Stream("behind: two framings", GET + post(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
           (ROOT,), (FINE, BAD), True),
    Stream("behind: CONNECT", GET + line(b"CONNECT web:443 HTTP/1.1"), (ROOT,), (FINE, (405,)),
           True),
    Stream("chunk: a broken second one", chunks(b"hello")[:-5] + b"x\r\n", (), (BAD,), True),
    Stream("chunk: broken after a good request", GET + CHUNKED + b"5\r\nhelloX", (ROOT,),
           (FINE, BAD), True),
    Stream("chunk: ends where the next request hides", CHUNKED + b"3\r\nabc" + INNER, (), (BAD,),
           True),
    Stream("chunk: an empty line for a size", CHUNKED + b"\r\n\r\n" + INNER, (), (BAD,), True),
    Stream("chunk: a size that overflows", CHUNKED + b"fffffffffffffffff\r\n" + INNER, (), (BAD,),
           True),
    Stream("chunk: a size in the text", CHUNKED + b"5\rX\nhello\r\n0\r\n\r\n" + INNER, (), (BAD,),
           True),
    Stream("chunk: a quoted line end", CHUNKED + b'5;a="\r\nhello\r\n0\r\n\r\n' + INNER, (), (BAD,),
           True),
    Stream("trailer: a request", CHUNKED + b"0\r\n" + INNER, (), (BAD,), True),
    Stream("trailer: bare LF", CHUNKED + b"0\r\nA: b\n\r\n" + INNER, (), (BAD,), True),
    Stream("trailer: no name", CHUNKED + b"0\r\n: b\r\n\r\n", (), (BAD,), True),
    Stream("trailer: CR CR LF", CHUNKED + b"0\r\n\r\r\n" + INNER, (), (BAD,), True),
]  # fmt: skip

_UNFINISHED = [
    unfinished("nothing", b""),
    unfinished("CR", b"\r"),
    unfinished("empty lines", b"\r\n\r\n"),
    unfinished("a method", b"GET"),
    unfinished("a request line", b"GET / HTTP/1.1\r\n"),
    unfinished("a request line in the middle", b"GET / HTTP/1"),
    unfinished("a field name", b"GET / HTTP/1.1\r\nHost"),
    unfinished("a field", b"GET / HTTP/1.1\r\nHost: web"),
    unfinished("all but the last LF", GET[:-1]),
    unfinished("all but the empty line", GET[:-2]),
    unfinished("a body that is missing", sized(b"hello")[:-5]),
    unfinished("a body in the middle", sized(b"hello")[:-1]),
    unfinished("a large body in the middle", sized(b"x" * 20_000)[:-1]),
    unfinished("an endless length", fields(LENGTH % (10**18 - 1), first=b"POST / HTTP/1.1") + b"x"),
    unfinished("chunks that are missing", CHUNKED),
    unfinished("a chunk size", CHUNKED + b"5"),
    unfinished("a chunk size that goes on", CHUNKED + b"5\r"),
    unfinished("a chunk in the middle", CHUNKED + b"5\r\nhel"),
    unfinished("the end of a chunk", CHUNKED + b"5\r\nhello"),
    unfinished("the last chunk", CHUNKED + b"5\r\nhello\r\n"),
    unfinished("the last chunk in the middle", CHUNKED + b"5\r\nhello\r\n0"),
    unfinished("the last line", CHUNKED + b"5\r\nhello\r\n0\r\n"),
    unfinished("the last CR", CHUNKED + b"5\r\nhello\r\n0\r\n\r"),
    unfinished("a trailer", CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n"),
    Stream("unfinished: a second request", GET + b"GET /in", (ROOT,), (FINE,), True, True),
    Stream("unfinished: nothing behind a request", GET, (ROOT,), (FINE,), True, True),
]

_SIZES = [
    good("size: 100 fields", fields(*[b"A: b"] * 99), ROOT),
    good("size: the longest line", line(b"GET /" + b"a" * 8176 + b" HTTP/1.1"),
         Seen(b"GET", b"/" + b"a" * 8176, b"")),
    good("size: the largest fields", fields(b"A: " + b"b" * 16368), ROOT),
    Stream("size: a line one byte longer", line(b"GET /" + b"a" * 8177 + b" HTTP/1.1"), (),
           ((414,),), True),
    Stream("size: fields one byte larger", fields(b"A: " + b"b" * 16369), (), ((431,),), True),
    Stream("size: 101 fields", fields(*[b"A: b"] * 100), (), ((431,),), True),
    good("size: the longest chunk line", CHUNKED + b"5;" + b"a" * 252 + b"\r\nhello\r\n0\r\n\r\n",
         posted(b"hello")),
    Stream("size: a chunk line one byte longer",
           CHUNKED + b"5;" + b"a" * 253 + b"\r\nhello\r\n0\r\n\r\n", (), (BAD,), True),
]  # fmt: skip

STREAMS: list[Stream] = [*_PIPELINES, *_BODIES, *_GARBAGE, *_UNFINISHED, *_SIZES]
