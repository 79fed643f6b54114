"""The one place where errors become HTTP answers.

In comes an error of the catalogue, out goes a complete HTTP/1.1 answer as bytes. The body begins
with Linkerd's exact text; what we can add follows after an empty line. `l5d-err` carries code and
text, encoded as Linkerd does it (form encoding, ISO-8859-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from linkerd.errors import CATALOGUE

if TYPE_CHECKING:
    from linkerd.errors import RequestError

REASONS = {
    400: b"Bad Request",
    408: b"Request Timeout",
    413: b"Content Too Large",
    414: b"URI Too Long",
    417: b"Expectation Failed",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    505: b"HTTP Version Not Supported",
}

MAX_BODY = 5 * 1024 * 1024

# Which code a refused request gets, by status.
REFUSALS = {
    408: "L5D-3006",
    414: "L5D-3002",
    431: "L5D-3003",
    505: "L5D-3004",
    501: "L5D-3005",
}


def encode_error(text: str, limit: int) -> bytes:
    """A header value that any text fits in, at most `limit` bytes, never cut inside an escape."""
    value = quote_plus(text.encode("latin-1", "replace"), safe="*-._").replace("~", "%7E")
    if len(value) > limit:
        value = value[:limit]
        at = value.rfind("%")
        if at > limit - 3:
            value = value[:at]
    return value.encode("ascii")


def error_answer(error: RequestError, close: bool, bodyless: bool, max_header: int) -> bytes:
    """The answer for an error of ours. `bodyless`: the request was a HEAD."""
    body = error_text(error).encode("utf-8")[:MAX_BODY]
    lines = [
        b"HTTP/1.1 %d %b" % (error.status, REASONS[error.status]),
        b"content-type: text/plain; charset=utf-8",
        b"content-length: %d" % len(body),
        b"l5d-err: " + encode_error(f"{error.code} {error.message}", max_header),
    ]
    if error.retryable:
        lines.append(b"l5d-retryable: true")
    if close:
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if bodyless else body)


def error_text(error: RequestError) -> str:
    """Linkerd's text, and behind an empty line our code, reasoning and advice."""
    entry = CATALOGUE[error.code]
    gap = "\n" if error.message.endswith("\n") else "\n\n"
    text = f"{error.message}{gap}{error.code}: {entry.title}"
    if error.reasoning:
        text += f"\n{error.reasoning}"
    return f"{text}\n{entry.next_step}\n"


def refusal(status: int, why: str) -> bytes:
    """The answer to what is not HTTP: it says the rule, and the connection closes behind it."""
    code = REFUSALS.get(status, "L5D-3001")
    body = f"{code}: {why}\n".encode()
    return (
        b"HTTP/1.1 %d %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
        b"connection: close\r\n\r\n%b" % (status, REASONS[status], len(body), body)
    )
