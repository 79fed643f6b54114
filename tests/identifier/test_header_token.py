"""`io.l5d.header.token`."""

from __future__ import annotations

import pytest
from tests.contracts.identifier import PREFIX, TRICKY, head, identifier_contract

from linkerd.identifier.header_token import HeaderToken, HeaderTokenConfig, HostToken
from linkerd.name.path import Path


@pytest.mark.parametrize("header", ["Host", "host", "My-Header"])
def test_keeps_the_contract(header: str) -> None:
    identifier_contract(HeaderTokenConfig(header=header).mk(PREFIX))


@pytest.mark.parametrize("value", [value for value in TRICKY if value])
def test_the_value_is_one_segment_verbatim(value: bytes) -> None:
    for identifier, request in [
        (HeaderTokenConfig().mk(PREFIX), head(host=value)),
        (HeaderTokenConfig(header="X-Y").mk(PREFIX), head(host=b"h", fields={b"x-y": value})),
    ]:
        key = identifier.key(request)
        assert key is not None
        assert identifier.name(key) == Path((b"svc", value))


@pytest.mark.parametrize("header", ["Host", "hOst", "x-y"])
def test_absence_is_told_with_the_configured_spelling(header: str) -> None:
    identifier = HeaderTokenConfig(header=header).mk(PREFIX)
    request = head(fields={b"x-y": b""})
    assert identifier.key(request) is None
    assert identifier.why(request) == f"{header} header is absent"


def test_the_host_is_taken_from_where_the_codec_has_it() -> None:
    assert type(HeaderTokenConfig().mk(PREFIX)) is HostToken
    assert type(HeaderTokenConfig(header="other").mk(PREFIX)) is HeaderToken


@pytest.mark.parametrize("name", ["", "a b", "a:", "ä", "a\n"])
def test_a_header_name_is_a_token(name: str) -> None:
    from linkerd.identifier.header_token import header_name_fault

    assert header_name_fault(name) is not None
    assert header_name_fault("x-Y_1") is None
