"""Header fields that mean something to a proxy, and the rules of their values (pure).

`FIELD` finds them in a lower-cased block of fields; `CUT` are those that are never passed on as
they came. Used by the scanner and by the chunked reader.
"""

from __future__ import annotations

import re

# The scanner runs this over the lower-cased block, which begins with the "\n" before the first
# field. What it does not find is none of a proxy's business.
FIELD = re.compile(
    rb"\n(content-length|connection|via|h(?:ost|ttp2-settings)|transfer-encoding|te|trailer|upgrade"
    rb"|expect|retry-after|keep-alive|proxy-(?:connection|authenticate|authorization)"
    rb"|x-forwarded-client-cert|finagle-http-(?:nack|retryable-request)"
    rb"|l5d-(?:dtab|ctx-dtab|dst-service|dst-client|dst-residual|success-class|retryable)"
    rb"):([^\r]*+)"
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
        b"http2-settings",
        b"x-forwarded-client-cert",
        b"finagle-http-retryable-request",
        b"l5d-dst-service",
        b"l5d-dst-client",
        b"l5d-dst-residual",
        b"l5d-success-class",
    )
)

# What proxies of this kind tell each other; found in the same block as `FIELD`.
CONTEXT = b"\nl5d-"
CONTEXT_FIELD = re.compile(rb"\n(l5d-[^:]*+):")

# What says something about a body, and is wrong about another one.
ABOUT_BODY = frozenset(
    (
        b"content-length",
        b"content-encoding",
        b"content-digest",
        b"content-md5",
        b"digest",
        b"repr-digest",
    )
)

# What may stand in trailers too, and is wrong about a body in another coding.
DIGESTS = ABOUT_BODY - {b"content-length", b"content-encoding"}

# Fields that frame, route, identify or describe: a Connection option must not make them disappear.
MUST_STAY = frozenset(
    (
        b"host",
        b"content-length",
        b"expect",
        b"cache-control",
        b"authorization",
        b"cookie",
        b"set-cookie",
        b"content-type",
        b"content-encoding",
        b"content-range",
        b"range",
    )
)

# More that has no place behind a body (RFC 9110 6.5.1): a recipient that merges trailers into the
# head would act on what nobody checked there.
NOT_IN_TRAILERS = frozenset(
    (
        b"age",
        b"content-location",
        b"date",
        b"expires",
        b"forwarded",
        b"location",
        b"max-forwards",
        b"pragma",
        b"retry-after",
        b"vary",
        b"warning",
        b"www-authenticate",
    )
)

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++")

# A protocol that a connection may be upgraded to (RFC 9110 7.8), and those that are HTTP again: in
# a tunnel their requests would pass unread.
PROTOCOL = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++(?:/[!#$%&'*+\-.^_`|~0-9A-Za-z]++)?")
HTTP = re.compile(rb"h2|http(?:/|\Z)", re.IGNORECASE)

# A whole block of fields with the empty line behind it, and a line of it that has no end yet.
FIELDS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+\r\n)*+\r\n")
PARTIAL = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++(?::[\t\x20-\x7e\x80-\xff]*+\r?)?)?")

# IPv6 addresses as RFC 3986 has them: no zone, an IPv4 address only at the end.
_GROUP = rb"[0-9A-Fa-f]{1,4}"
_BYTE = rb"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_TAIL = rb"(?:%b:%b|%b(?:\.%b){3})" % (_GROUP, _GROUP, _BYTE, _BYTE)
_GROUPS = rb"(?:%b:)" % _GROUP
_IPV6 = b"|".join(
    [
        rb"%b{6}%b" % (_GROUPS, _TAIL),
        rb"::%b{5}%b" % (_GROUPS, _TAIL),
        *[
            rb"(?:%b{0,%d}%b)?::%b{%d}%b" % (_GROUPS, before, _GROUP, _GROUPS, 4 - before, _TAIL)
            for before in range(5)
        ],
        rb"(?:%b{0,5}%b)?::%b" % (_GROUPS, _GROUP, _GROUP),
        rb"(?:%b{0,6}%b)?::" % (_GROUPS, _GROUP),
    ]
)

# RFC 3986 host and port, without userinfo; percent only with two hex digits. Empty is allowed; a
# port without a host is not, and neither is one above 65535.
HOST = re.compile(
    rb"(?!:)(?:\[(?:%b)\]|[A-Za-z0-9\-._~!$&'()*+,;=]*+"
    rb"(?:%%[0-9A-Fa-f][0-9A-Fa-f][A-Za-z0-9\-._~!$&'()*+,;=]*+)*+)"
    rb"(?::(?:[0-5]?[0-9]{0,4}|6(?:[0-4][0-9]{3}|5(?:[0-4][0-9]{2}|5(?:[0-2][0-9]|3[0-5])))))?"
    % _IPV6
)
