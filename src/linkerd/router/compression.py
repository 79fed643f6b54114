"""Compression of answers for clients that ask for it (`compressionLevel`).

In comes an answer, out goes the same one with its body in gzip or deflate, if the request's
Accept-Encoding prefers that and nothing speaks against it (RFC 9110 8.4, 12.5.3). Every piece of a
streamed body is passed on at once. Owned by the router.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from linkerd.net.exchange import NO_BODY
from linkerd.router.shaped import Answer, AnswerFilter, BodyCoder

if TYPE_CHECKING:
    from linkerd.wire.http1 import ResponseHead

TEXTUAL = re.compile(
    rb"text/.*|image/svg\+xml|application/(?:(?:x-)?javascript|json|(?:(?:atom|rss|xhtml)\+)?xml)"
)
"""The media types that Linkerd takes for text."""
NORMAL_LEVEL = 6

LEAST = 128
"""A body known to be shorter hardly becomes shorter still."""
MOST = 262144
"""A body that is here as a whole is compressed in one turn of the reactor, if it is not longer."""
MOST_CODINGS = 20

# Half the window and memory that zlib takes by default: 128 KiB for each answer on its way.
WINDOW = 14
MEMORY = 7
GZIP = 16
WEIGHT = re.compile(rb"[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*")


class Compression(AnswerFilter):
    """Compresses answers; level -1 is for texts only, at zlib's level 6."""

    __slots__ = ("level", "textual")

    def __init__(self, level: int) -> None:
        self.textual = level < 0
        self.level = NORMAL_LEVEL if level < 0 else level

    def answer(self, answer: Answer) -> None:
        if not self.is_worth_it(answer):
            return
        head = answer.head
        coding = preferred_coding(answer.request.values(b"accept-encoding"))
        if coding:
            tag = head.get(b"etag")
            answer.encode(Deflater(self.level, coding == b"gzip"))
            head.cut_named({b"accept-ranges", b"etag"})
            head.add_line(b"Content-Encoding: " + coding + b"\r\n")
            if tag:
                head.add_line(b"ETag: " + weak(tag) + b"\r\n")
        if b"accept-encoding" not in b",".join(head.values(b"vary")).lower():
            head.add_line(b"Vary: Accept-Encoding\r\n")

    def is_worth_it(self, answer: Answer) -> bool:
        """Whether this answer may be compressed at all, whoever asks for it."""
        head = answer.head
        if answer.framing == NO_BODY or 0 <= head.length < LEAST:
            return False
        if answer.complete and not LEAST <= len(answer.body) <= MOST:
            return False
        return may_be_encoded(head) and not (self.textual and not is_text(head))


class Deflater(BodyCoder):
    """One body in gzip (RFC 1952), or in zlib's format, which HTTP calls deflate."""

    __slots__ = ("stream",)

    def __init__(self, level: int, gzip: bool) -> None:
        self.stream = zlib.compressobj(
            level, zlib.DEFLATED, WINDOW + GZIP if gzip else WINDOW, MEMORY
        )

    def data(self, data: bytes) -> bytes:
        return self.stream.compress(data) + self.stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self, data: bytes) -> bytes:
        return self.stream.compress(data) + self.stream.flush()


def may_be_encoded(head: ResponseHead) -> bool:
    """Whether an answer's content is the whole of something, and free to be transformed."""
    lower = head.lower
    return not (
        head.status == 206
        or b"\ncontent-encoding:" in lower
        or b"\ncontent-range:" in lower
        or b"no-transform" in b",".join(head.values(b"cache-control")).lower()
    )


def is_text(head: ResponseHead) -> bool:
    """Whether an answer says that it is some kind of text."""
    media_type = head.get(b"content-type").split(b";", 1)[0].strip(b" \t").lower()
    return TEXTUAL.fullmatch(media_type) is not None


def preferred_coding(accepted: list[bytes]) -> bytes:
    """What the values of Accept-Encoding prefer: b"gzip", b"deflate", or b"" for neither."""
    weights: dict[bytes, float] = {}
    for item in b",".join(accepted).split(b",", MOST_CODINGS)[:MOST_CODINGS]:
        coding, _, parameter = item.partition(b";")
        weights[coding.strip(b" \t").lower()] = weight_of(parameter)
    others = weights.get(b"*", 0.0)
    gzip = weights.get(b"gzip", weights.get(b"x-gzip", others))
    deflate = weights.get(b"deflate", others)
    best = max(gzip, deflate)
    if best == 0.0 or best < weights.get(b"identity", 0.0):
        return b""
    return b"gzip" if gzip == best else b"deflate"


def weight_of(parameter: bytes) -> float:
    """The weight of a coding: 1 unless it is given, 0 if it cannot be read."""
    if not parameter:
        return 1.0
    found = WEIGHT.fullmatch(parameter)
    return float(found[1]) if found is not None else 0.0


def weak(tag: bytes) -> bytes:
    """The entity tag of the same content in other bytes (RFC 9110 8.8.1)."""
    return tag if tag.startswith(b"W/") else b"W/" + tag


__all__ = ["Compression", "Deflater", "preferred_coding"]
