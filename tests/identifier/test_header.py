"""`io.l5d.header`."""

from __future__ import annotations

import pytest
from tests.contracts.identifier import PREFIX, head, identifier_contract

from linkerd.errors import Unidentified
from linkerd.identifier.header import HeaderConfig
from linkerd.name.path import Path


def test_keeps_the_contract() -> None:
    identifier_contract(HeaderConfig().mk(PREFIX))


def test_the_value_is_read_as_a_path() -> None:
    identifier = HeaderConfig().mk(PREFIX)
    key = identifier.key(head(fields={b"l5d-name": b"/a/\\x62/c"}))
    assert key is not None
    assert identifier.name(key) == Path.of("svc", "a", "b", "c")


def test_the_header_may_be_another() -> None:
    identifier = HeaderConfig(header="My-Name").mk(PREFIX)
    assert identifier.key(head(fields={b"my-name": b"/a"})) == b"/a"


def test_absence() -> None:
    identifier = HeaderConfig().mk(PREFIX)
    assert identifier.key(head(host=b"web")) is None
    assert identifier.why(head()) == "l5d-name header is absent"


@pytest.mark.parametrize("value", [b"web", b"/a/", b"//", b"/a b", b"/\xe4", b"/a\\x2"])
def test_what_is_no_path_fails_with_the_syntax_error(value: bytes) -> None:
    identifier = HeaderConfig().mk(PREFIX)
    key = identifier.key(head(fields={b"l5d-name": value}))
    assert key is not None
    with pytest.raises(Unidentified, match=r" expected but .* found at ") as caught:
        identifier.name(key)
    assert caught.value.code == "L5D-1001"
