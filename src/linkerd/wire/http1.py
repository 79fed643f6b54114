"""Heads of HTTP/1.x messages: one strict scanner for both roles, and what is passed on.

In come the bytes of a connection, out comes a `RequestHead` or a `ResponseHead`: facts about the
message and the original bytes with the places to cut. A head that needs no change is passed on as
it was written, so order and spelling of its fields survive; framing is always decided here. Nothing
ambiguous gets through: what RFC 9110 and 9112 do not allow is refused, never repaired.

`scan` answers with the offset behind the head, 0 if the head is not complete, or a negative status
code; `fault` then says why. Owned by the connection that scans.
"""

from __future__ import annotations

import re

from linkerd.wire.fields import CUT, FIELD, HOST, MUST_STAY, TOKEN

REQUEST_LINE = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++) ([\x21\x22\x24-\x7e]++) HTTP/([0-9])\.([0-9])\r\n"
)
STATUS_LINE = re.compile(
    rb"HTTP/([0-9])\.([0-9]) ([1-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*+)?+\r\n"
)
FIELDS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+\r\n)*+\r\n")
PARTIAL = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++(?::[\t\x20-\x7e\x80-\xff]*+\r?)?)?")
ABSOLUTE = re.compile(rb"(https?)://([^/?@]*+)([/?][^#]*+)?", re.IGNORECASE)
AUTHORITY = re.compile(rb"[^/?#@]++:[0-9]{1,5}+")

EMPTY: list[int] = []


class Limits:
    """How large a head may be: bytes of the first line, bytes of the fields, number of fields."""

    __slots__ = ("fields", "head", "line")

    def __init__(self, line: int = 8192, head: int = 16384, fields: int = 100) -> None:
        self.line = line
        self.head = head
        self.fields = fields


class Head:
    """What both kinds of head have.

    `raw[begin:end]` is the head without the empty line that ends it, `first` the offset of its
    first field; `cuts` holds pairs of offsets to leave out. `length` is the Content-Length or -1.
    """

    __slots__ = (
        "begin",
        "chunked",
        "close",
        "cuts",
        "end",
        "fault",
        "first",
        "keep_alive",
        "length",
        "lower",
        "nominated",
        "raw",
        "version",
        "via",
    )

    def __init__(self) -> None:
        self.raw = b""
        self.lower = b""
        self.begin = 0
        self.first = 0
        self.end = 0
        self.version = 11
        self.length = -1
        self.chunked = False
        self.close = False
        self.keep_alive = False
        self.via = b""
        self.cuts = EMPTY
        self.nominated = b""
        self.fault = ""

    def refuse(self, status: int, why: str) -> int:
        """Remember why; the caller answers with what this gives."""
        self.fault = why
        return -status

    def get(self, name: bytes) -> bytes:
        """The first value of a field, by lower-case name; b"" if there is none. Slow."""
        at = self.lower.find(b"\n" + name + b":")
        if at < 0:
            return b""
        begin = self.first - 1 + at + len(name) + 2
        return self.raw[begin : self.raw.index(b"\r", begin)].strip(b" \t")

    def scan_fields(self, data: bytes, first: int, limits: Limits) -> int:
        """Check every field, note those that matter here; the offset behind, 0, or < 0."""
        found = FIELDS.match(data, first)
        if found is None:
            return incomplete(self, data, first, limits)
        end = found.end() - 2
        if end - first > limits.head or data.count(b"\n", first, end) > limits.fields:
            return self.refuse(431, "the header fields are too large or too many")
        self.raw = data
        self.first = first
        self.end = end
        shift = first - 1
        self.lower = lower = data[shift:end].lower()
        for match in FIELD.finditer(lower):
            name, value = match.groups()
            if name == b"content-length":
                value = value.strip(b" \t")
                if self.length >= 0 or not value.isdigit() or len(value) > 18:
                    return self.refuse(400, "Content-Length is not one number")
                self.length = int(value)
            elif value == b" keep-alive" and name == b"connection":
                self.keep_alive = True
                self.cut(match.start() + first, match.end() + first + 1)
            else:
                at = match.start(2) + shift
                written = data[at : at + len(value)].strip(b" \t")
                status = self.note(name, written)
                if status:
                    return self.refuse(status, self.fault)
                if name in CUT:
                    self.cut(match.start() + first, match.end() + first + 1)
        if self.nominated and not self.cut_nominated():
            return self.refuse(400, self.fault)
        return end + 2

    def cut(self, begin: int, end: int) -> None:
        """Leave these bytes out when the head is passed on."""
        if self.cuts is EMPTY:
            self.cuts = [begin, end]
        else:
            self.cuts.append(begin)
            self.cuts.append(end)

    def note(self, name: bytes, value: bytes) -> int:
        """Take one field in; 0, or the status to refuse with. Extended by the subclasses."""
        if name == b"connection":
            self.note_connection(value.lower())
        elif name == b"via":
            self.via = self.via + b", " + value if self.via else value
        elif name == b"transfer-encoding":
            if self.chunked:
                self.fault = "more than one Transfer-Encoding"
                return 400
            if value.lower() != b"chunked":
                self.fault = "a transfer coding other than chunked"
                return 501
            self.chunked = True
        return 0

    def note_connection(self, value: bytes) -> None:
        """The options of a Connection field (RFC 9110 7.6.1)."""
        if value == b"close":
            self.close = True
        elif value == b"keep-alive":
            self.keep_alive = True
        else:
            self.nominated = self.nominated + b"," + value

    def cut_nominated(self) -> bool:
        """Leave out the fields that Connection names; False if it names one that must stay."""
        for option in self.nominated.split(b","):
            name = option.strip(b" \t")
            if name == b"close":
                self.close = True
            elif name == b"keep-alive":
                self.keep_alive = True
            elif name in MUST_STAY or (name and not TOKEN.fullmatch(name)):
                self.fault = "Connection names a field that is not hop-by-hop"
                return False
            elif name and name not in CUT:
                self.cut_all(name)
        return True

    def cut_all(self, name: bytes) -> None:
        """Leave out every field of that name, and keep the cuts in order."""
        mark = b"\n" + name + b":"
        shift = self.first - 1
        at = self.lower.find(mark)
        while at >= 0:
            stop = self.lower.index(b"\n", at + 1)
            self.cut(at + 1 + shift, stop + 1 + shift)
            at = self.lower.find(mark, stop)
        pairs = sorted(zip(self.cuts[::2], self.cuts[1::2], strict=True))
        self.cuts = [offset for pair in pairs for offset in pair]

    def fields_kept(self) -> bytes:
        """The field lines that are passed on."""
        cuts = self.cuts
        if not cuts:
            return self.raw[self.first : self.end]
        return self.without_cuts(self.first)

    def without_cuts(self, begin: int) -> bytes:
        """The head from `begin` on, without what is to be left out."""
        raw = self.raw
        cuts = self.cuts
        if len(cuts) == 2:
            return raw[begin : cuts[0]] + raw[cuts[1] : self.end]
        pieces = []
        for i in range(0, len(cuts), 2):
            pieces.append(raw[begin : cuts[i]])
            begin = cuts[i + 1]
        pieces.append(raw[begin : self.end])
        return b"".join(pieces)


class RequestHead(Head):
    """The head of a request.

    `target` is in origin form (or `*`), `host` the authority the request is for. `scheme` is set
    when the request line had one. `dtab` and `ctx_dtab` are the values of the l5d headers.
    """

    __slots__ = ("ctx_dtab", "dtab", "expect", "host", "hosts", "method", "scheme", "target")

    def __init__(self) -> None:
        super().__init__()
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
            return why_not_request(self, data, begin, limits)
        first = found.end()
        if first - begin > limits.line:
            return self.refuse(414, "the request line is too long")
        method, target, major, minor = found.groups()
        self.begin = begin
        self.method = method
        self.target = target
        if major != b"1":
            return self.refuse(505, "the version is not HTTP/1")
        self.version = 10 if minor == b"0" else 11
        end = self.scan_fields(data, first, limits)
        if end <= 0:
            return end
        if self.chunked and (self.length >= 0 or self.version == 10):
            return self.refuse(400, "Transfer-Encoding with Content-Length or in HTTP/1.0")
        if self.hosts != 1 and (self.version == 11 or self.hosts):
            return self.refuse(400, "not exactly one Host")
        if target[0] != 47 or method == b"CONNECT":
            return self.other_form(end)
        return end

    def note(self, name: bytes, value: bytes) -> int:
        if name == b"host":
            self.hosts += 1
            self.host = value
            if HOST.fullmatch(value) is None:
                self.fault = "Host is not a host name and port"
                return 400
        elif name == b"l5d-dtab":
            self.dtab = self.dtab + b";" + value if self.dtab else value
        elif name == b"l5d-ctx-dtab":
            self.ctx_dtab = self.ctx_dtab + b";" + value if self.ctx_dtab else value
        elif name == b"expect":
            if value.lower() != b"100-continue":
                self.fault = "an expectation other than 100-continue"
                return 417
            self.expect = self.version == 11
        else:
            return super().note(name, value)
        return 0

    def other_form(self, end: int) -> int:
        """Targets that do not begin with a slash (RFC 9112 3.2): the offset, or minus a status."""
        target = self.target
        if self.method == b"CONNECT":
            if AUTHORITY.fullmatch(target) is None:
                return self.refuse(400, "CONNECT without host:port")
            return self.refuse(501, "CONNECT is not supported yet")
        if target == b"*":
            return end if self.method == b"OPTIONS" else self.refuse(400, "* is for OPTIONS only")
        form = ABSOLUTE.fullmatch(target)
        if form is None:
            return self.refuse(400, "the request target is neither a path nor an http URI")
        self.scheme = form[1]
        authority = form[2]
        if not authority or HOST.fullmatch(authority) is None:
            return self.refuse(400, "the authority of the request target is not host:port")
        rest = form[3] or b""
        if rest[:1] != b"/":
            rest = b"*" if self.method == b"OPTIONS" and not rest else b"/" + rest
        self.target = rest
        self.host = authority
        self.cut_all(b"host")
        return end

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
    """The head of a response. `nack` and `retryable` are what Finagle and Linkerd peers say."""

    __slots__ = ("nack", "retryable", "status")

    def __init__(self) -> None:
        super().__init__()
        self.status = 0
        self.nack = False
        self.retryable = False

    def scan(self, data: bytes, begin: int, limits: Limits) -> int:
        """Read a response head at `begin`: offset behind it, 0 (incomplete), or -502."""
        found = STATUS_LINE.match(data, begin)
        if found is None:
            return why_not_response(self, data, begin, limits)
        first = found.end()
        major, minor, status = found.groups()
        if major != b"1":
            return self.refuse(502, "the answer's version is not HTTP/1")
        self.version = 10 if minor == b"0" else 11
        self.begin = begin
        self.status = int(status)
        end = self.scan_fields(data, first, limits)
        if end <= 0:
            return self.refuse(502, self.fault) if end else 0
        if self.chunked and (self.length >= 0 or self.version == 10):
            return self.refuse(502, "Transfer-Encoding with Content-Length or in HTTP/1.0")
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

    def passed_on(self, added: bytes) -> bytes:
        """The head as the client gets it, always as HTTP/1.1 (RFC 9110 2.5)."""
        raw = self.raw
        if self.version == 11 and raw[self.begin + 7] == 49:
            if not self.cuts:
                return raw[self.begin : self.end] + added
            return self.without_cuts(self.begin) + added
        line = b"HTTP/1.1" + raw[self.begin + 8 : self.first]
        return line + self.fields_kept() + added


def incomplete(head: Head, data: bytes, first: int, limits: Limits) -> int:
    """Fields that do not match: wait for more, or refuse what can no longer become good."""
    if len(data) - first > limits.head and data.find(b"\r\n\r\n", first - 2) < 0:
        return head.refuse(431, "the header fields are too large")
    last = data.rfind(b"\n", first) + 1
    whole = data[first:last] if last else b""
    if whole.startswith(b"\r\n") or b"\r\n\r\n" in whole or FIELDS.match(whole + b"\r\n") is None:
        return head.refuse(400, why_not_fields(data, first))
    rest = data[first + len(whole) :]
    if rest != b"\r" and PARTIAL.fullmatch(rest) is None:
        return head.refuse(400, why_not_fields(rest, 0))
    return 0


def why_not_request(head: Head, data: bytes, begin: int, limits: Limits) -> int:
    """No request line: is it unfinished, too long, of another version, or wrong?"""
    stop = data.find(b"\n", begin)
    if stop < 0:
        if len(data) - begin > limits.line:
            return head.refuse(414, "the request line is too long")
        if re.fullmatch(rb"[\x21-\x7e]*+(?: [\x21-\x7e]*+){0,2}\r?", data[begin:]) is None:
            return head.refuse(400, "the request line is not HTTP/1")
        return 0
    line = data[begin:stop]
    if len(line) > limits.line:
        return head.refuse(414, "the request line is too long")
    if re.fullmatch(rb"[!-~]++ [!-~]++ HTTP/(?:[02-9]|[0-9]{2,})[0-9.]*+\r", line):
        return head.refuse(505, "the version is not HTTP/1")
    return head.refuse(400, "the request line is not HTTP/1")


def why_not_response(head: Head, data: bytes, begin: int, limits: Limits) -> int:
    """No status line: is it unfinished, or wrong?"""
    stop = data.find(b"\n", begin)
    if stop < 0 and len(data) - begin <= limits.line:
        start = data[begin : begin + 5]
        if b"HTTP/".startswith(start) or start == b"HTTP/":
            return 0
    return head.refuse(502, "the answer does not begin with an HTTP/1 status line")


def why_not_fields(data: bytes, first: int) -> str:
    """A short reason for the first line that is not a field."""
    begin = first
    while True:
        stop = data.find(b"\n", begin)
        line = data[begin : stop + 1] if stop >= 0 else data[begin:]
        if FIELDS.match(line + b"\r\n") is None or stop < 0:
            break
        begin = stop + 1
    if line[:1] in (b" ", b"\t"):
        return "a folded header line"
    if not line.endswith(b"\r\n"):
        return "a header line that does not end with CR LF"
    if b"\r" in line[:-2]:
        return "a bare CR in a header line"
    if b"\0" in line:
        return "a NUL in a header line"
    return "a header line that is not name:value"
