"""Header fields that mean something to a proxy, and the rules of their values (pure).

`FIELD` finds them in a lower-cased block of fields; `CUT` are those that are never passed on as
they came. Used by the scanner and by the chunked reader.
"""

from __future__ import annotations

import re

# The scanner runs this over the lower-cased block, which begins with the "\n" before the first
# field. What it does not find is none of a proxy's business.
FIELD = re.compile(
    rb"\n(content-length|connection|via|host|transfer-encoding|te|trailer|upgrade|expect|retry-after"
    rb"|keep-alive|proxy-(?:connection|authenticate|authorization)|x-forwarded-client-cert"
    rb"|finagle-http-nack|l5d-(?:dtab|ctx-dtab|dst-service|dst-client|dst-residual|success-class"
    rb"|retryable)):([^\r]*+)"
)

# Hop by hop (RFC 9110 7.6.1), read here, or ours to set.
CUT = frozenset(
    (
        b"connection",
        b"transfer-encoding",
        b"via",
        b"expect",
        b"l5d-dtab",
        b"l5d-ctx-dtab",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"upgrade",
        b"x-forwarded-client-cert",
        b"l5d-dst-service",
        b"l5d-dst-client",
        b"l5d-dst-residual",
        b"l5d-success-class",
    )
)

# Fields that frame, route or identify: a Connection option must not make them disappear.
MUST_STAY = frozenset(
    (b"host", b"content-length", b"expect", b"cache-control", b"authorization", b"cookie")
)

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++")

# RFC 3986 host and port, without userinfo; percent only with two hex digits.
HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]{2,45}+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*+)(?::[0-9]{0,5})?"
)
