"""Header fields that mean something to a proxy, and the rules of their values (pure).

`KNOWN` maps a lower-case name to a small number (`NAME` masks it) with the bit `CUT` for those that
are never passed on as they came. Used by the scanner alone.
"""

from __future__ import annotations

import re

NAME = 63
CUT = 64

KNOWN: dict[bytes, int] = {
    b"content-length": 1,
    b"connection": 2 | CUT,
    b"transfer-encoding": 3 | CUT,
    b"via": 4 | CUT,
    b"host": 5,
    b"l5d-dtab": 6 | CUT,
    b"l5d-ctx-dtab": 7 | CUT,
    b"expect": 8 | CUT,
    b"finagle-http-nack": 9,
    b"l5d-retryable": 10,
    b"retry-after": 11,
    # Hop by hop (RFC 9110 7.6.1), or ours to set.
    b"keep-alive": 32 | CUT,
    b"proxy-connection": 32 | CUT,
    b"proxy-authenticate": 32 | CUT,
    b"proxy-authorization": 32 | CUT,
    b"te": 32 | CUT,
    b"trailer": 32 | CUT,
    b"upgrade": 32 | CUT,
    b"x-forwarded-client-cert": 32 | CUT,
    b"l5d-dst-service": 32 | CUT,
    b"l5d-dst-client": 32 | CUT,
    b"l5d-dst-residual": 32 | CUT,
    b"l5d-success-class": 32 | CUT,
}

# Fields that frame, route or identify: a Connection option must not make them disappear.
MUST_STAY = frozenset(
    (
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"expect",
        b"cache-control",
        b"authorization",
    )
)

# The scanner runs this over the lower-cased block, which begins with the "\n" before the first field.
FIELD = re.compile(
    rb"\n(content-length|connection|via|host|transfer-encoding|te|trailer|upgrade|expect|retry-after"
    rb"|keep-alive|proxy-(?:connection|authenticate|authorization)|x-forwarded-client-cert"
    rb"|finagle-http-nack|l5d-(?:dtab|ctx-dtab|dst-[a-z]+|success-class|retryable)):([^\r]*+)"
)
TOKEN_LIST = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")

# RFC 3986 host and port, without userinfo; percent only with two hex digits.
HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]{2,45}+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*+)(?::[0-9]{0,5})?"
)
LENGTH = re.compile(rb"[0-9]{1,18}")


def parse_length(value: bytes) -> int:
    """A Content-Length, or -1 if it is not 1 to 18 digits."""
    return int(value) if LENGTH.fullmatch(value) else -1
