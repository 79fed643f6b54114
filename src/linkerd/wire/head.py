"""What both kinds of HTTP/1.x head have in common: their fields, checked and cut. HOT.

In come the bytes of a connection and where the fields begin; out come the facts that frame and
route the message, and the places to cut before it is passed on. Owned by the connection that scans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.wire.fields import (
    CONTEXT,
    CONTEXT_FIELD,
    CUT,
    FIELD,
    FIELDS,
    HTTP,
    MUST_STAY,
    PROTOCOL,
    TOKEN,
)
from linkerd.wire.incomplete import incomplete_fields

if TYPE_CHECKING:
    import re

EMPTY: list[int] = []
# As long as `CONTEXT`, and in no name that anybody looks for.
HIDDEN = b"\n\0\0\0\0"


UNLIMITED = 1 << 62


class Limits:
    """How large the parts of a message may be, in bytes; `fields` is how many fields there may be.

    `line` is the first line and `head` all fields together; `chunk_line` is the line before a
    chunk, `trailers` all fields behind a chunked body, `body` the content of a request, and `error`
    that of an error of ours.
    `upgrade` and `connect` tell whether a connection may become a tunnel by Upgrade or CONNECT.
    """

    __slots__ = (
        "body",
        "chunk_line",
        "connect",
        "error",
        "fields",
        "head",
        "line",
        "trailers",
        "upgrade",
    )

    def __init__(
        self,
        line: int = 8192,
        head: int = 16384,
        fields: int = 100,
        chunk_line: int = 256,
        trailers: int = 8192,
        body: int = UNLIMITED,
        upgrade: bool = True,
        connect: bool = False,
        error: int = 5242880,
    ) -> None:
        self.line = line
        self.head = head
        self.fields = fields
        self.chunk_line = chunk_line
        self.trailers = trailers
        self.body = body
        self.error = error
        self.upgrade = upgrade
        self.connect = connect


class Head:
    """What both kinds of head have.

    `raw[begin:end]` is the head without the empty line that ends it, `first` the offset of its
    first field; `cuts` holds pairs of offsets to leave out. `length` is the Content-Length or -1.
    `upgrade` lists the protocols of Upgrade that may be passed on, with commas; with a body none
    may.
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
        "upgrade",
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
        self.upgrade = b""
        self.fault = ""

    def refuse(self, status: int, why: str) -> int:
        """Remember why; the caller answers with what this gives."""
        self.fault = why
        return -status

    def via_line(self) -> bytes:
        """The Via field as it is passed on: what there was, and this proxy (RFC 9110 7.6.3)."""
        own = b"1.0 linkerd\r\n" if self.version == 10 else b"1.1 linkerd\r\n"
        return b"Via: " + self.via + b", " + own if self.via else b"Via: " + own

    def get(self, name: bytes) -> bytes:
        """The first value of a field, by lower-case name; b"" if there is none. Slow."""
        at = self.lower.find(b"\n" + name + b":")
        if at < 0:
            return b""
        begin = self.first - 1 + at + len(name) + 2
        return self.raw[begin : self.raw.index(b"\r", begin)].strip(b" \t")

    def values(self, name: bytes) -> list[bytes]:
        """All values of a field, by lower-case name, in their order. Slow."""
        found = []
        mark = b"\n" + name + b":"
        at = self.lower.find(mark)
        while at >= 0:
            begin = self.first - 1 + at + len(mark)
            found.append(self.raw[begin : self.raw.index(b"\r", begin)].strip(b" \t"))
            at = self.lower.find(mark, at + len(mark))
        return found

    def scan_fields(self, data: bytes, first: int, limits: Limits) -> int:
        """Check every field, note those that matter here; the offset behind, 0, or < 0."""
        found = FIELDS.match(data, first)
        if found is None:
            return incomplete_fields(self, data, first, limits)
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
                if value < b"1" and value != b"0":
                    self.blank_zeros(match.start(2) + shift, value)
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
        if self.nominated:
            if not self.cut_nominated():
                return self.refuse(400, self.fault)
            if not limits.upgrade or self.chunked or self.length > 0:
                # With a body it would be a matter of opinion where the other protocol begins.
                self.upgrade = b""
        return end + 2

    def blank_zeros(self, begin: int, digits: bytes) -> None:
        """Write spaces for the zeros before a length, which somebody may read as octal. Slow."""
        raw = self.raw
        at = raw.index(digits, begin)
        zeros = len(digits) - len(digits.lstrip(b"0") or b"0")
        self.raw = raw[:at] + b" " * zeros + raw[at + zeros :]

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
            if value:
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
            if b"\nclose:" in self.lower:
                # Nobody has such a field, but it is named here like any other.
                self.nominated = self.nominated + b",close"
        elif value == b"keep-alive":
            self.keep_alive = True
        else:
            self.nominated = self.nominated + b"," + value

    def cut_nominated(self) -> bool:
        """Leave out the fields that Connection names; False if it names one that must stay."""
        names = set()
        for option in self.nominated.split(b","):
            name = option.strip(b" \t")
            if name == b"close":
                self.close = True
                names.add(name)
            elif name == b"keep-alive":
                self.keep_alive = True
            elif name == b"upgrade":
                self.note_upgrade()
            elif name in MUST_STAY or (name and not TOKEN.fullmatch(name)):
                self.fault = "Connection names a field that is not hop-by-hop"
                return False
            elif name and name not in CUT:
                names.add(name)
        if names:
            self.cut_named(names)
        return True

    def note_upgrade(self) -> None:
        """The protocols that this hop is asked for (RFC 9110 7.8). Slow."""
        if self.version == 11:
            protocols = b",".join(self.values(b"upgrade")).split(b",")
            names = [protocol.strip(b" \t") for protocol in protocols]
            self.upgrade = b", ".join(
                [name for name in names if PROTOCOL.fullmatch(name) and not HTTP.match(name)]
            )

    def cut_named(self, names: set[bytes]) -> None:
        """Leave out every field of these names, and keep the cuts in order."""
        cuts = self.cuts
        pairs = list(zip(cuts[::2], cuts[1::2], strict=True))
        lower = self.lower
        shift = self.first - 1
        begin = 1
        while begin < len(lower):
            stop = lower.index(b"\n", begin) + 1
            if lower[begin : lower.index(b":", begin)] in names:
                pairs.append((begin + shift, stop + shift))
            begin = stop
        pairs.sort()
        self.cuts = [offset for pair in pairs for offset in pair]

    def take_out(self, pattern: re.Pattern[bytes]) -> list[tuple[bytes, bytes]]:
        """Leave out every field that is found, and give their names and values in order. Slow.

        A pattern looks like `FIELD`: line feed, name, colon, value.
        """
        raw = self.raw
        first = self.first
        shift = first - 1
        found = []
        pairs = []
        for match in pattern.finditer(self.lower):
            begin, end = match.span(2)
            found.append((match[1], raw[begin + shift : end + shift].strip(b" \t")))
            pairs.append((match.start() + first, end + shift + 2))
        if pairs:
            cuts = self.cuts
            if cuts:
                pairs += zip(cuts[::2], cuts[1::2], strict=True)
                pairs.sort()
            self.cuts = [offset for pair in pairs for offset in pair]
        return found

    def cut_context(self) -> None:
        """Leave out every field whose name begins with `l5d-`, and forget it. Slow."""
        names = set(CONTEXT_FIELD.findall(self.lower))
        if names:
            self.cut_named(names - CUT)
            self.lower = self.lower.replace(CONTEXT, HIDDEN)

    def add_line(self, line: bytes) -> None:
        """Put a complete field line behind the others. Slow."""
        self.raw = self.raw[: self.end] + line
        self.end = len(self.raw)

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
