"""Calls as people write them."""

from __future__ import annotations

import pytest

from linkerd.identifier.thrift import ThriftIdentifier
from linkerd.name.path import Path
from linkerd.router.call_text import read_call
from linkerd.router.request_text import BadRequestText

PLAIN = ThriftIdentifier(Path.of("svc"), False)
METHODS = ThriftIdentifier(Path.of("svc"), True)


@pytest.mark.parametrize(
    ("identifier", "text", "name"),
    [
        (PLAIN, "find", "/svc"),
        (METHODS, " find ", "/svc/find"),
        (METHODS, "Users:find", "/svc/Users/find"),
        (PLAIN, "/svc/any", "/svc/any"),
    ],
)
def test_names(identifier: ThriftIdentifier, text: str, name: str) -> None:
    written = read_call(text, identifier)
    assert written.name is not None
    assert written.name.show() == name
    assert written.head is None


@pytest.mark.parametrize("text", ["GET /", "", "/a//b", "a b"])
def test_what_is_no_call(text: str) -> None:
    with pytest.raises(BadRequestText):
        read_call(text, METHODS)
