"""Why we refuse what `h11` takes: a table, and the checks that every such case is in it."""

from __future__ import annotations

import re
from typing import Any

import h11

from linkerd.wire.chunked import ChunkedReader
from linkerd.wire.http1 import Limits, RequestHead, ResponseHead

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"


def seen(pattern: bytes) -> re.Pattern[bytes]:
    """A pattern over a head and the CR LF CR LF or LF LF behind it."""
    return re.compile(pattern, re.IGNORECASE)


# RFC 9112 lets us refuse each of these, and mostly says that we should or must.
REASONS = {
    "a line that ends with LF alone": seen(rb"(?<!\r)\n"),
    "a folded line": seen(rb"\n[\t ]"),
    "a control byte": seen(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)"),
    "a target that is not ASCII": seen(rb"\A[^\r\n]*[\x80-\xff][^\r\n]* HTTP/"),
    "a fragment": seen(rb"\A[^\r\n]*#"),
    "a target of no known form": seen(rb"\A%b (?!/|\*|https?://)" % TOKEN),
    "* with more behind it": seen(rb"\A%b \*(?! )" % TOKEN),
    "* with a method other than OPTIONS": seen(rb"\A(?!(?-i:OPTIONS) )%b \* " % TOKEN),
    "an absolute form without a good authority": seen(
        rb"\A%b https?://(?![A-Za-z0-9.\-]+(?::[0-9]{0,4})?[ /?])" % TOKEN
    ),
    "CONNECT": seen(rb"\ACONNECT "),
    "another version": seen(rb"\A[^\r\n]* HTTP/(?!1\.)|\AHTTP/(?!1\.)"),
    "a Host that is not host:port": seen(
        rb"\nhost:[\t ]*(?!(?:[A-Za-z0-9.\-]+(?::[0-9]{0,4})?)?[\t ]*\r)"
    ),
    "no Host, with a version above 1.1": seen(rb"\A[^\r\n]* HTTP/1\.[2-9]\r(?!(?s:.*)\nhost:)"),
    "several Hosts": seen(rb"\nhost:(?s:.*)\nhost:"),
    "an option of Connection that is not a token": seen(
        rb"\nconnection:(?![\t ]*(?:%b)?[\t ]*(?:,[\t ]*(?:%b)?[\t ]*)*\r)" % (TOKEN, TOKEN)
    ),
    "Connection names what must stay": seen(
        rb"\nconnection:[^\r]*\b(?:host|content-length|expect|cache-control|authorization|cookie"
        rb"|set-cookie|content-type|content-encoding|content-range|range)\b"
    ),
    "an expectation that nobody knows": seen(rb"\nexpect:[\t ]*(?!100-continue[\t ]*\r)"),
    "several lengths": seen(rb"\ncontent-length:(?s:.*)\ncontent-length:|\ncontent-length:[^\r]*,"),
    "a length of more than 18 digits": seen(rb"\ncontent-length:[\t ]*[0-9]{19}"),
    "a length and a coding": seen(
        rb"\ncontent-length:(?s:.*)\ntransfer-encoding:|\ntransfer-encoding:(?s:.*)\ncontent-length:"
    ),
    "a coding in HTTP/1.0": seen(rb"(?:\AHTTP/| HTTP/)1\.0[ \r](?s:.*)\ntransfer-encoding:"),
    "a status below 100": seen(rb"\AHTTP/1\.[0-9] 0"),
    "an interim answer with a body": seen(
        rb"\AHTTP/1\.[0-9] 1(?s:.*)\n(?:transfer-encoding:|content-length:[\t ]*0*[1-9])"
    ),
    "more than 100 fields": seen(rb"\A(?:[^\n]*\n){102}"),
    "a status line of HTTP/1.x without a space": seen(rb"\AHTTP/1\.[0-9] [0-9]{3}[^ \r]"),
}

# The same for chunked bodies.
BODY_REASONS = {
    "a size of more than 15 digits": seen(rb"(?:\A|\n)[0-9a-f]{16}"),
    "more than 32 trailers": seen(rb"(?:\n[^\n:]+:[^\n]*){33}"),
    "an extension that is not name=value": seen(rb"(?:\A|\n)[0-9a-f]+[\t ]*;"),
    "a trailer that is folded or has a control byte": seen(
        rb"\n[\t ]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n"
    ),
}


def head_of(data: bytes) -> bytes:
    """The head as the most lenient reader finds its end."""
    found = re.search(rb"\n\r?\n", data)
    return data[: found.end()] if found else data


def h11_takes(role: Any, data: bytes) -> bool:
    """Whether `h11` finds a head in it."""
    reader = h11.Connection(role, max_incomplete_event_size=1 << 20)
    if role is h11.CLIENT:
        reader.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
        reader.send(h11.EndOfMessage())
    try:
        reader.receive_data(data)
        found = reader.next_event()
    except h11.RemoteProtocolError:
        return False
    return isinstance(found, h11.Request | h11.Response | h11.InformationalResponse)


def check(data: bytes, request: bool) -> str:
    """If `h11` takes the head and we do not, the table has the reason; who takes it."""
    head = RequestHead() if request else ResponseHead()
    if head.scan(data, 0, Limits()) > 0:
        return "taken"
    if not h11_takes(h11.SERVER if request else h11.CLIENT, data):
        return "refused by both"
    first = head_of(data)
    assert [why for why, pattern in REASONS.items() if pattern.search(first)], head.fault
    return "refused, and not by h11"


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def check_body(body: bytes) -> None:
    """The same for the rest of a chunked request."""
    if ChunkedReader(Limits()).feed(body, 0) >= 0:
        return
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    try:
        reader.receive_data(HEAD + body)
        while True:
            found = reader.next_event()
            if found is h11.NEED_DATA:
                return
            if isinstance(found, h11.EndOfMessage):
                break
    except h11.RemoteProtocolError:
        return
    assert [why for why, pattern in BODY_REASONS.items() if pattern.search(body)]
