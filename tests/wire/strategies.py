"""Hypothesis strategies: requests, answers and chunked bodies, good ones and nearly good ones."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = [b"Host", b"Connection", b"TE", b"Via", b"A", b"X-Hop", b"Content-Length", b"Expect",
         b"Transfer-Encoding", b"Cookie", b"l5d-dtab", b"Keep-Alive", b"a", b"Upgrade"]  # fmt: skip
VALUES = [b" web", b"web:80", b" close", b" keep-alive", b" close, a", b" a, X-Hop", b"", b" 5",
          b" 0", b" chunked", b" gzip", b" 100-continue", b"\t1.1 x ", b" \xff", b"te"]  # fmt: skip
FIRST = [b"GET / HTTP/1.1", b"POST /a?b HTTP/1.1", b"GET / HTTP/1.0", b"HEAD http://a/b HTTP/1.1",
         b"OPTIONS * HTTP/1.1", b"OPTIONS http://a HTTP/1.1", b"PUT /%2f HTTP/1.2"]  # fmt: skip
STATUS = [b"HTTP/1.1 200 OK", b"HTTP/1.0 404 ", b"HTTP/1.1 204", b"HTTP/1.1 304 No",
          b"HTTP/1.1 103 E", b"HTTP/1.3 503 Busy"]  # fmt: skip
JUNK = [b"", b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b"\0", b",", b"5", b"\xa0", b"x", b"@", b"#"]
BODIES = [
    b"",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"0\r\nA: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
]


@st.composite
def heads(draw: st.DrawFn, first: list[bytes]) -> bytes:
    """A head of plausible lines, with what follows it."""
    names = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=6))
    lines = [draw(st.sampled_from(first)), b"Host: web", *[n + b":" + v for n, v in names]]
    return b"\r\n".join(lines) + b"\r\n\r\n" + draw(st.sampled_from(BODIES))


@st.composite
def spoiled(draw: st.DrawFn, good: st.SearchStrategy[bytes]) -> bytes:
    """A message with at most three places changed."""
    data = draw(good)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        gone = draw(st.integers(0, 3))
        piece = draw(st.one_of(st.sampled_from(JUNK), st.binary(max_size=2)))
        data = data[:at] + piece + data[at + gone :]
    return data


@st.composite
def chunked_bodies(draw: st.DrawFn) -> bytes:
    """A well-formed chunked body with extensions and trailers."""
    chunks = draw(st.lists(st.binary(min_size=1, max_size=20), max_size=4))
    extensions = st.sampled_from([b"", b";a", b' ; a="b;c"', b" ", b"\t;b\t= c ;d"])
    out = b"".join(b"%x%b\r\n%b\r\n" % (len(c), draw(extensions), c) for c in chunks)
    trailers = draw(st.lists(st.sampled_from([b"A: b\r\n", b"Host: x\r\n", b"b:\r\n"]), max_size=3))
    return out + b"0" + draw(extensions) + b"\r\n" + b"".join(trailers) + b"\r\n"


requests = heads(FIRST)
answers = heads(STATUS)


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The bytes in any pieces, none of them empty."""
    places = sorted(draw(st.sets(st.integers(1, max(1, len(data) - 1)), max_size=8)))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True) if a < b]
