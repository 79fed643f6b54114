"""Connections named by our port."""

from __future__ import annotations

from tests.identifier.test_arrival import arrival
from tests.identifier.test_connection import SVC, named

from linkerd.identifier.server_port import ServerPort
from linkerd.wire.proxy_protocol import ProxyHeader


def test_the_port_is_the_name_whatever_a_header_says() -> None:
    seen = arrival()
    seen.take_proxy(ProxyHeader(40, ("192.0.2.1", 1), ("192.0.2.2", 5432)))
    assert named(ServerPort(SVC), seen) == "/svc/4145"
