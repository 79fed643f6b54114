"""What every identifier keeps to, whatever it reads.

`identifier_contract(identifier)` runs the whole suite; each kind's tests call it. `head` makes
request heads as the codec gives them.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, cast

from linkerd.errors import Unidentified
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.identifier.base import Identifier
    from linkerd.wire.http1 import RequestHead

PREFIX = Path.of("svc")


class Head:
    """A request head with the members that identifiers read."""

    def __init__(
        self,
        target: bytes = b"/",
        host: bytes = b"",
        version: int = 11,
        method: bytes = b"GET",
        fields: dict[bytes, bytes] | None = None,
    ) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.host = host
        self.fields = fields or {}

    def get(self, name: bytes) -> bytes:
        """Give the first value of a field, named in lower case."""
        return self.fields.get(name, b"")


def head(
    target: bytes = b"/",
    host: bytes = b"",
    version: int = 11,
    method: bytes = b"GET",
    fields: dict[bytes, bytes] | None = None,
) -> RequestHead:
    """Make a head; `fields` have names in lower case."""
    return cast("RequestHead", Head(target, host, version, method, fields))


TRICKY = [
    b"", b"web", b"Web.Example:8080", b"[::1]:80", b"..", b".", b"a/b", b"../../etc", b"%2f",
    b"a b", b"\x00", b"a\x00b", b"#", b"$", b"/", b"//", b"/$/inet/127.1/9990",
    b"\xff\xfe", b"a?b", b"*",
    b"x" * 300, b"\\x2f", b"~", b"a=>b", b";", b"|",
]  # fmt: skip
"""Values of headers, hosts and paths that try to be more than one segment."""


def heads() -> list[RequestHead]:
    """Give requests of all sorts: versions, methods, hosts, targets and headers that trick."""
    plain = [
        head(b"/" + path, host, version, method, {b"l5d-name": host, b"my-header": host})
        for path, host, version, method in product(TRICKY, TRICKY[:6], (10, 11), (b"GET", b"POST"))
    ]
    hosts = [head(b"/a", host, fields={b"l5d-name": host, b"my-header": host}) for host in TRICKY]
    return [*plain, *hosts, head(b"*", method=b"OPTIONS"), head(b"")]


def identifier_contract(identifier: Identifier) -> None:
    """Check one identifier, made for the prefix `/svc`."""
    names: dict[bytes, Path] = {}
    refused: list[Unidentified] = []
    for each in heads():
        key = identifier.key(each)
        assert key is None or type(key) is bytes
        assert identifier.key(each) == key, "the same request has the same key"
        if key is None:
            assert type(identifier.why(each)) is str
            continue
        try:
            name = identifier.name(key)
        except Unidentified as error:
            refused.append(error)
            continue
        assert name.starts_with(PREFIX)
        assert identifier.name(key) == name, "a name follows from the key alone"
        assert all(name.elements), "no segment is empty"
        names[key] = name
        if identifier.rewrites:
            target = identifier.target(each)
            assert type(target) is bytes
            assert target.startswith(b"/")
    assert all(error.status == 400 and error.message for error in refused)
    assert type(identifier).__dict__.get("__slots__") is not None
    assert not hasattr(identifier, "__dict__"), "hot objects have slots only"
    shown = [name.show() for name in names.values()]
    assert len(set(shown)) == len(set(names.values()))
    for text, name in zip(shown, names.values(), strict=True):
        assert Path.read(text) == name, "whatever was sent, the name reads back as itself"
