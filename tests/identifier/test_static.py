"""`io.l5d.static`."""

from __future__ import annotations

from tests.contracts.identifier import PREFIX, head, identifier_contract

from linkerd.identifier.static import StaticConfig
from linkerd.name.path import Path


def test_keeps_the_contract() -> None:
    identifier_contract(StaticConfig(path=Path.read("/a/b")).mk(PREFIX))


def test_every_request_has_the_name() -> None:
    identifier = StaticConfig(path=Path.read("/a/b")).mk(PREFIX)
    for request in (head(), head(b"/x", b"h", 10)):
        key = identifier.key(request)
        assert key is not None
        assert identifier.name(key) == Path.read("/svc/a/b")
        assert identifier.why(request) == ""
