"""Heads of HTTP/1.x messages: a strict scanner for both roles, and what is passed on. HOT.

In come the bytes of a connection, out comes a `RequestHead` or a `ResponseHead`: facts about the
message and the original bytes with the places to cut. A head that needs no change is passed on as
it was written, so order and spelling of its fields survive; framing is always decided here. Nothing
ambiguous gets through: what RFC 9110 and 9112 do not allow is refused, never repaired.

`scan` answers with the offset behind the head, 0 if the head is not complete, or a negative status
code; `fault` then says why. Owned by the connection that scans.
"""

from __future__ import annotations

import re

from linkerd.wire.fields import ABOUT_BODY, HOST
from linkerd.wire.head import Head, Limits
from linkerd.wire.incomplete import incomplete_request, incomplete_response

__all__ = ["Limits", "RequestHead", "ResponseHead"]

REQUEST_LINE = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++) ([\x21\x22\x24-\x7e]++) HTTP/([0-9]\.[0-9])\r\n"
)
STATUS_LINE = re.compile(
    rb"HTTP/([0-9]\.[0-9]) ([1-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*+)?\r\n"
)
ABSOLUTE = re.compile(rb"(https?)://([^/?@]++)([/?][^#]*+)?", re.IGNORECASE)
# A status line with its second space, which a sender must write even without a reason (RFC 9112 4).
SHORTEST = len(b"HTTP/1.1 200 \r\n")
CONNECT = b"CONNECT"
PORT = re.compile(rb":0*+[1-9][0-9]*+\Z")


class RequestHead(Head):
    """The head of a request.

    `target` is in origin form (or `*`), `host` the authority the request is for; with CONNECT both
    are its host and port. `scheme` is set when the request line had one. `upgrade` is not empty if
    the answer may make a tunnel of the connection; with CONNECT it is that word. `dtab` and
    `ctx_dtab` are the values of the l5d headers, each a dtab of its own, with line feeds between
    them.
    """

    __slots__ = ("ctx_dtab", "dtab", "expect", "host", "hosts", "method", "scheme", "target")

    def __init__(self) -> None:
        Head.__init__(self)
        self.method = b""
        self.target = b""
        self.host = b""
        self.hosts = 0
        self.scheme = b""
        self.expect = False
        self.dtab = b""
        self.ctx_dtab = b""

    def scan(self, data: bytes, begin: int, limits: Limits) -> int:
        """Read a request head at `begin`: offset behind it, 0 (incomplete), or minus a status."""
        found = REQUEST_LINE.match(data, begin)
        if found is None:
            return incomplete_request(self, data, begin, limits)
        first = found.end()
        if first - begin > limits.line:
            return self.refuse(414, "the request line is too long")
        method, target, version = found.groups()
        self.begin = begin
        self.method = method
        self.target = target
        if version != b"1.1":
            if version[0] != 49:
                return self.refuse(505, "the version is not HTTP/1")
            if version == b"1.0":
                self.version = 10
        end = self.scan_fields(data, first, limits)
        if end <= 0:
            return end
        if self.chunked and (self.length >= 0 or self.version == 10):
            return self.refuse(400, "Transfer-Encoding with Content-Length or in HTTP/1.0")
        if self.hosts != 1 and (self.version == 11 or self.hosts):
            return self.refuse(400, "not exactly one Host")
        if target[0] != 47 or method == b"CONNECT":
            return self.other_form(end, limits)
        return end

    def note(self, name: bytes, value: bytes) -> int:
        if name == b"host":
            self.hosts += 1
            self.host = value
            if HOST.fullmatch(value) is None:
                self.fault = "Host is not a host name and port"
                return 400
        elif name == b"l5d-dtab":
            self.dtab = self.dtab + b"\n" + value if self.dtab else value
        elif name == b"l5d-ctx-dtab":
            self.ctx_dtab = self.ctx_dtab + b"\n" + value if self.ctx_dtab else value
        elif name == b"expect":
            if value.lower() != b"100-continue":
                self.fault = "an expectation other than 100-continue"
                return 417
            self.expect = self.version == 11
        else:
            return super().note(name, value)
        return 0

    def other_form(self, end: int, limits: Limits) -> int:
        """Targets that do not begin with a slash (RFC 9112 3.2): the offset, or minus a status."""
        target = self.target
        if self.method == CONNECT:
            return self.authority_form(end, limits)
        if target == b"*":
            return end if self.method == b"OPTIONS" else self.refuse(400, "* is for OPTIONS only")
        form = ABSOLUTE.fullmatch(target)
        if form is None:
            return self.refuse(400, "the request target is neither a path nor an http URI")
        self.scheme = form[1]
        authority = form[2]
        if HOST.fullmatch(authority) is None:
            return self.refuse(400, "the authority of the request target is not host:port")
        rest = form[3] or b""
        if rest[:1] != b"/":
            rest = b"*" if self.method == b"OPTIONS" and not rest else b"/" + rest
        self.target = rest
        self.host = authority
        self.cut_named({b"host"})
        return end

    def authority_form(self, end: int, limits: Limits) -> int:
        """The target of CONNECT (RFC 9110 9.3.6): the offset, or minus a status."""
        target = self.target
        if HOST.fullmatch(target) is None or PORT.search(target) is None:
            return self.refuse(400, "CONNECT without host:port")
        if not limits.connect:
            return self.refuse(405, "CONNECT is off here; `connectEnabled` turns it on")
        if self.chunked or self.length > 0:
            return self.refuse(400, "CONNECT with a body")
        self.upgrade = CONNECT
        self.host = target
        self.cut_named({b"host"})
        self.add_line(b"Host: " + target + b"\r\n")
        # What the client sends in the hope of a tunnel must not be read as a request if it gets
        # none.
        self.close = True
        return end

    def cut_context(self) -> None:
        super().cut_context()
        self.dtab = b""
        self.ctx_dtab = b""

    def passed_on(self, target: bytes, added: bytes) -> bytes:
        """The head as the endpoint gets it: `added` are complete field lines and the empty line."""
        if target is self.target and not self.scheme and self.raw[self.first - 3] <= 49:
            if not self.cuts:
                return self.raw[self.begin : self.end] + added
            return self.without_cuts(self.begin) + added
        version = b" HTTP/1.0\r\n" if self.version == 10 else b" HTTP/1.1\r\n"
        line = self.method + b" " + target + version
        if self.scheme:
            line += b"Host: " + self.host + b"\r\n"
        return line + self.fields_kept() + added


class ResponseHead(Head):
    """The head of a response. `nack` and `retryable` are what Finagle and Linkerd peers say.

    `rewritten`: the status line cannot be passed on as it was written.
    """

    __slots__ = ("nack", "retryable", "rewritten", "status")

    def __init__(self) -> None:
        Head.__init__(self)
        self.status = 0
        self.nack = False
        self.retryable = False
        self.rewritten = False

    def scan(self, data: bytes, begin: int, limits: Limits) -> int:
        """Read a response head at `begin`: offset behind it, 0 (incomplete), or -502."""
        found = STATUS_LINE.match(data, begin)
        if found is None:
            return incomplete_response(self, data, begin, limits)
        first = found.end()
        size = first - begin
        if size > limits.line:
            return self.refuse(502, "the answer's status line is too long")
        version, status = found.groups()
        if version != b"1.1" or size < SHORTEST:
            self.rewritten = True
            if version[0] != 49:
                return self.refuse(502, "the answer's version is not HTTP/1")
            if version == b"1.0":
                self.version = 10
        self.begin = begin
        self.status = int(status)
        end = self.scan_fields(data, first, limits)
        if end <= 0:
            return self.refuse(502, self.fault) if end else 0
        if self.chunked and (self.length >= 0 or self.version == 10):
            return self.refuse(502, "Transfer-Encoding with Content-Length or in HTTP/1.0")
        if self.status < 205 and self.status != 200:
            return self.without_body(end)
        return end

    def without_body(self, end: int) -> int:
        """Take the framing off an answer without a body (RFC 9112 6.3): the offset, or -502."""
        status = self.status
        if status != 204 and status >= 200:
            return end
        if self.chunked or self.length > 0:
            if status != 204:
                return self.refuse(502, "an interim answer with a body")
            # Whether the peer sends one nevertheless, nobody knows: the connection ends here.
            self.close = True
            self.chunked = False
        if self.length >= 0:
            self.length = -1
            self.cut_named({b"content-length"})
        return end

    def note(self, name: bytes, value: bytes) -> int:
        if name == b"finagle-http-nack":
            self.nack = True
        elif name == b"l5d-retryable":
            self.retryable = value.lower() == b"true"
        elif name == b"retry-after":
            self.nack = self.nack or (self.status == 503 and value == b"0")
        else:
            return super().note(name, value)
        return 0

    def reframe(self, length: int) -> None:
        """Give the answer another body, of `length` bytes; -1: it has none. Slow."""
        self.cut_named(set(ABOUT_BODY))
        self.chunked = False
        self.length = length
        if length >= 0:
            self.add_line(b"Content-Length: %d\r\n" % length)

    def passed_on(self, added: bytes) -> bytes:
        """The head as the client gets it, always as HTTP/1.1 (RFC 9110 2.5)."""
        raw = self.raw
        if self.rewritten:
            begin = self.begin
            reason = b"\r\n" if self.first - begin < SHORTEST else raw[begin + 13 : self.first]
            line = b"HTTP/1.1" + raw[begin + 8 : begin + 12] + b" " + reason
            return line + self.fields_kept() + added
        if not self.cuts:
            return raw[self.begin : self.end] + added
        return self.without_cuts(self.begin) + added
