"""Connections named by their PROXY header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.identifier.test_arrival import arrival
from tests.identifier.test_connection import SVC, named

from linkerd.errors import Unidentified
from linkerd.identifier.proxy_protocol import ByProxyProtocol
from linkerd.wire.proxy_protocol import ProxyHeader

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival

HEADER = ProxyHeader(40, ("192.0.2.1", 1), ("2001:db8::2", 5432), authority="db.example")


def proxied(header: ProxyHeader = HEADER) -> Arrival:
    seen = arrival()
    seen.take_proxy(header)
    return seen


def test_by_destination() -> None:
    assert named(ByProxyProtocol(SVC, False), proxied()) == "/svc/2001:db8::2/5432"


def test_by_authority() -> None:
    assert named(ByProxyProtocol(SVC, True), proxied()) == "/svc/db.example"


@pytest.mark.parametrize("seen", [arrival(), proxied(ProxyHeader(16, local=True))])
@pytest.mark.parametrize("authority", [False, True])
def test_nothing_told_is_no_name(seen: Arrival, authority: bool) -> None:
    assert named(ByProxyProtocol(SVC, authority), seen) is None


@pytest.mark.parametrize("key", ["ä", "a b"])
def test_an_authority_that_is_no_segment(key: str) -> None:
    with pytest.raises(Unidentified):
        ByProxyProtocol(SVC, True).name(key.encode())
