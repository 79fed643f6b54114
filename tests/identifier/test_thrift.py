"""Names of Thrift calls."""

from __future__ import annotations

import pytest

from linkerd.errors import Unidentified
from linkerd.identifier.thrift import ThriftIdentifier
from linkerd.name.path import Path
from linkerd.wire.thrift_message import ThriftMessage
from linkerd.wire.ttwitter import RequestHeader


@pytest.mark.parametrize(
    ("name", "destination", "with_method", "expected"),
    [
        (b"find", b"", False, "/svc"),
        (b"find", b"", True, "/svc/find"),
        (b"Users:find", b"", False, "/svc/Users"),
        (b"Users:find", b"", True, "/svc/Users/find"),
        (b"find", b"/a/b", False, "/svc/a/b"),
        (b"Users:find", b"/a", True, "/svc/a/Users/find"),
    ],
)
def test_name(name: bytes, destination: bytes, with_method: bool, expected: str) -> None:
    identifier = ThriftIdentifier(Path.of("svc"), with_method)
    message = ThriftMessage(True)
    message.name = name
    header = RequestHeader()
    header.destination = destination
    key = identifier.key(message, header if destination else None)
    assert identifier.name(key).show() == expected


@pytest.mark.parametrize("key", [b"\0/a b", b"no-slash\0", b"/\xff\0"])
def test_no_path(key: bytes) -> None:
    with pytest.raises(Unidentified, match="is not a path"):
        ThriftIdentifier(Path.of("svc"), True).name(key)
