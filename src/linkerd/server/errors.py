"""The one place where errors become HTTP answers.

In comes an error of the catalogue, out goes a complete HTTP/1.1 answer as bytes. The body begins
with Linkerd's exact text; what we can add follows after an empty line. `l5d-err` carries code and
text, encoded as Linkerd does it (form encoding, ISO-8859-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from linkerd.catalogue import CATALOGUE
from linkerd.wire.status import reason

if TYPE_CHECKING:
    from linkerd.errors import RequestError
    from linkerd.wire.head import Limits

TOO_LARGE = "the request body is larger than maxRequestBodyKB allows"

# Which code a refused request gets, by status.
REFUSALS = {
    405: "L5D-3010",
    408: "L5D-3006",
    413: "L5D-3009",
    414: "L5D-3002",
    431: "L5D-3003",
    505: "L5D-3004",
    501: "L5D-3005",
}


# The one method that can be refused where others are taken is CONNECT; a 405 has to name some that
# are (RFC 9110 15.5.6).
ALLOW = b"allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE\r\n"


def encode_error(text: str, limit: int) -> bytes:
    """A header value that any text fits in, at most `limit` bytes, never cut inside an escape."""
    # Encoding never makes it shorter, and a text may be very long.
    text = text[:limit]
    value = quote_plus(text.encode("latin-1", "replace"), safe="*-._").replace("~", "%7E")
    if len(value) > limit:
        value = value[:limit]
        at = value.rfind("%")
        if at > limit - 3:
            value = value[:at]
    return value.encode("ascii")


def error_answer(error: RequestError, close: bool, bodyless: bool, limits: Limits) -> bytes:
    """The answer for an error of ours. `bodyless`: the request was a HEAD.

    Its body is cut at `limits.error` bytes, and the value of `l5d-err` at a quarter of
    `limits.head`, so that a client with the same limits takes the head.
    """
    if error.plain:
        return plain_answer(error.status, error.message, close, bodyless, error.fields)
    body = error_text(error).encode("utf-8")
    if len(body) > limits.error:
        # Not in the middle of a character.
        body = body[: limits.error].decode("utf-8", "ignore").encode("utf-8")
    lines = [
        b"HTTP/1.1 %d %b" % (error.status, reason(error.status)),
        b"content-type: text/plain; charset=utf-8",
        b"content-length: %d" % len(body),
        b"l5d-err: " + encode_error(f"{error.code} {error.message}", limits.head // 4),
    ]
    if error.retryable:
        lines.append(b"l5d-retryable: true")
    if close:
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if bodyless else body)


def cleared_answer(error: RequestError, close: bool, bodyless: bool) -> bytes:
    """The answer for an error of ours by a server with `clearContext`: its status, and no more."""
    text = error.message if error.plain else ""
    return plain_answer(error.status, text, close, bodyless, error.fields)


def plain_answer(status: int, text: str, close: bool, bodyless: bool, fields: bytes = b"") -> bytes:
    """An answer of ours that says nothing of naming; `fields` are complete field lines."""
    body = text.encode("utf-8")
    head = b"HTTP/1.1 %d %b\r\n" % (status, reason(status))
    if body:
        head += b"content-type: text/plain; charset=utf-8\r\n"
    head += b"content-length: %d\r\n" % len(body) + fields
    if close:
        head += b"connection: close\r\n"
    return head + b"\r\n" + (b"" if bodyless else body)


def error_text(error: RequestError) -> str:
    """Linkerd's text, and behind an empty line our code, reasoning and advice."""
    entry = CATALOGUE[error.code]
    gap = "\n" if error.message.endswith("\n") else "\n\n"
    text = f"{error.message}{gap}{error.code}: {entry.title}"
    if error.reasoning:
        text += f"\n{error.reasoning}"
    return f"{text}\n{entry.next_step}\nMore: linkerd help {error.code}\n"


def refusal(status: int, why: str, bodyless: bool = False, cleared: bool = False) -> bytes:
    """The answer to what is not HTTP: it says the rule, and the connection closes behind it.

    `cleared`: the server has `clearContext`, so the status has to do.
    """
    allowed = ALLOW if status == 405 else b""
    if cleared:
        return plain_answer(status, "", True, bodyless, allowed)
    code = REFUSALS.get(status, "L5D-3001")
    body = f"{code}: {why}\n".encode()
    head = (
        b"HTTP/1.1 %d %b\r\n%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
        b"connection: close\r\n\r\n" % (status, reason(status), allowed, len(body))
    )
    return head if bodyless else head + body
