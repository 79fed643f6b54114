"""Framing fields and Host in disguise: every odd byte at every place where readers disagree."""

from __future__ import annotations

from tests.wire.corpus import fields
from tests.wire.corpus_streams import BAD, FINE, Stream
from tests.wire.through import Seen

# White space of some language, ends of lines, and bytes that are cut off or hidden somewhere.
BYTES = [0x00, 0x01, 0x04, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1F, 0x20, 0x7F, 0x85, 0xA0,
         0xFF]  # fmt: skip
BLANK = (0x09, 0x20)
HIGH = (0x85, 0xA0, 0xFF)

FIRST = b"POST / HTTP/1.1"
CHUNKED_BODY = b"5\r\nhello\r\n0\r\n\r\n"
PLACES = {
    "before the name": b"%cTransfer-Encoding: chunked",
    "in the name": b"Transfer%cEncoding: chunked",
    "before the colon": b"Transfer-Encoding%c: chunked",
    "before the value": b"Transfer-Encoding:%cchunked",
    "in the value": b"Transfer-Encoding: chun%cked",
    "behind the value": b"Transfer-Encoding: chunked%c",
    "in front, in another value": b"X: x%cTransfer-Encoding: chunked",
    "in front, behind CR": b"X: x\r%cTransfer-Encoding: chunked",
    "in front, before LF": b"X: x%c\nTransfer-Encoding: chunked",
    "behind, in its own value": b"Transfer-Encoding: chunked%cX: x",
    "behind, after CR": b"Transfer-Encoding: chunked\r%cX: x",
    "behind, before LF": b"Transfer-Encoding: chunked%c\nX: x",
}
REFUSED = ((400, 501),)


def codings() -> list[Stream]:
    """Transfer-Encoding in disguise, beside a Content-Length and alone."""
    found = []
    for place, pattern in PLACES.items():
        for byte in BYTES:
            line = pattern % byte
            alone = fields(line, first=FIRST) + CHUNKED_BODY
            both = fields(b"Content-Length: 15", line, first=FIRST) + CHUNKED_BODY
            name = f"coding: {byte:#04x} {place}"
            # A line end in full is no disguise: what follows is a line of its own.
            chunked = b"\r\n" in line or (
                place in ("before the value", "behind the value") and byte in BLANK
            )
            other = place == "in front, in another value" and byte in (*BLANK, *HIGH)
            if chunked:
                seen = (Seen(b"POST", b"/", b"hello"),)
                found.append(Stream(f"{name}, alone", alone, seen, (FINE,)))
            elif other:
                seen = (Seen(b"POST", b"/", b""),)
                found.append(Stream(f"{name}, alone", alone, seen, (FINE, BAD), closed=True))
            else:
                found.append(Stream(f"{name}, alone", alone, (), REFUSED, closed=True))
            if other:
                seen = (Seen(b"POST", b"/", CHUNKED_BODY),)
                found.append(Stream(f"{name}, and a length", both, seen, (FINE,)))
            else:
                found.append(Stream(f"{name}, and a length", both, (), REFUSED, closed=True))
    return found


def lengths() -> list[Stream]:
    """Content-Length in disguise."""
    found = []
    places = {
        "before the name": b"%cContent-Length: 5",
        "before the colon": b"Content-Length%c: 5",
        "before the value": b"Content-Length:%c5",
        "in the value": b"Content-Length: 0%c5",
        "behind the value": b"Content-Length: 5%c",
    }
    for place, pattern in places.items():
        for byte in BYTES:
            raw = fields(pattern % byte, first=FIRST) + b"hello"
            name = f"length: {byte:#04x} {place}"
            if place in ("before the value", "behind the value") and byte in BLANK:
                found.append(Stream(name, raw, (Seen(b"POST", b"/", b"hello"),), (FINE,)))
            else:
                found.append(Stream(name, raw, (), (BAD,), closed=True))
    return found


def hosts() -> list[Stream]:
    """Host in disguise."""
    found = []
    places = {
        "before the name": b"%cHost: web",
        "before the colon": b"Host%c: web",
        "before the value": b"Host:%cweb",
        "in the value": b"Host: we%cb",
        "behind the value": b"Host: web%c",
    }
    for place, pattern in places.items():
        for byte in BYTES:
            raw = fields(pattern % byte, host=b"")
            name = f"host: {byte:#04x} {place}"
            if place in ("before the value", "behind the value") and byte in BLANK:
                found.append(Stream(name, raw, (Seen(b"GET", b"/", b""),), (FINE,)))
            else:
                found.append(Stream(name, raw, (), (BAD,), closed=True))
    return found


NAMES = [
    b"Transfer_Encoding: chunked", b"TransferEncoding: chunked", b"X-Transfer-Encoding: chunked",
    b"Transfer-Encoding-: chunked", b"-Transfer-Encoding: chunked", b"Transfer-Encodin: chunked",
    b"Transfer-Encodingg: chunked", b"TE: chunked", b"Content-Encoding: chunked",
    b"Transfer.Encoding: chunked", b"Transfer--Encoding: chunked", b"_Transfer-Encoding: chunked",
    b"X: Transfer-Encoding: chunked", b"X:Transfer-Encoding:chunked",
]  # fmt: skip


def names() -> list[Stream]:
    """Fields that are only like a framing one: a Content-Length beside them holds."""
    found = []
    for line in NAMES:
        raw = fields(b"Content-Length: 15", line, first=FIRST) + CHUNKED_BODY
        seen = (Seen(b"POST", b"/", CHUNKED_BODY),)
        found.append(Stream(f"name: {line.decode()}", raw, seen, (FINE,)))
    for line in (b"Content_Length: 5", b"ContentLength: 5", b"X-Content-Length: 5",
                 b"Content-Length-: 5", b"Content-Lengt: 5", b"X: Content-Length: 5"):  # fmt: skip
        raw = fields(line, first=FIRST) + b"hello"
        seen = (Seen(b"POST", b"/", b""),)
        # No body: what follows is no request.
        found.append(Stream(f"name: {line.decode()}", raw, seen, (FINE,)))
    return found


DISGUISES: list[Stream] = [*codings(), *lengths(), *hosts(), *names()]
