"""Status codes in words, and heads of answers that no endpoint gave.

In comes a status code, out goes its reason phrase or a `ResponseHead` that goes the way of any
other. Slow paths only; pure.
"""

from __future__ import annotations

from linkerd.wire.http1 import Limits, ResponseHead

REASONS = {
    200: b"OK",
    201: b"Created",
    202: b"Accepted",
    203: b"Non-Authoritative Information",
    204: b"No Content",
    205: b"Reset Content",
    206: b"Partial Content",
    207: b"Multi-Status",
    300: b"Multiple Choices",
    301: b"Moved Permanently",
    302: b"Found",
    303: b"See Other",
    304: b"Not Modified",
    305: b"Use Proxy",
    307: b"Temporary Redirect",
    308: b"Permanent Redirect",
    400: b"Bad Request",
    401: b"Unauthorized",
    402: b"Payment Required",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    406: b"Not Acceptable",
    407: b"Proxy Authentication Required",
    408: b"Request Timeout",
    409: b"Conflict",
    410: b"Gone",
    411: b"Length Required",
    412: b"Precondition Failed",
    413: b"Content Too Large",
    414: b"URI Too Long",
    415: b"Unsupported Media Type",
    416: b"Range Not Satisfiable",
    417: b"Expectation Failed",
    418: b"I'm a Teapot",
    421: b"Misdirected Request",
    422: b"Unprocessable Content",
    423: b"Locked",
    424: b"Failed Dependency",
    425: b"Too Early",
    426: b"Upgrade Required",
    428: b"Precondition Required",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    451: b"Unavailable For Legal Reasons",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
    505: b"HTTP Version Not Supported",
    507: b"Insufficient Storage",
    511: b"Network Authentication Required",
}

LIMITS = Limits()


def reason(status: int) -> bytes:
    """The reason phrase, b"" if the code has none (RFC 9112 4 allows that)."""
    return REASONS.get(status, b"")


def own_head(status: int) -> ResponseHead:
    """The head of an answer without content; `status` is a final one, from 200 to 599."""
    head = ResponseHead()
    length = b"" if status in (204, 304) else b"Content-Length: 0\r\n"
    head.scan(b"HTTP/1.1 %d %b\r\n%b\r\n" % (status, reason(status), length), 0, LIMITS)
    return head


__all__ = ["REASONS", "own_head", "reason"]
