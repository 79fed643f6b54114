from __future__ import annotations

import pytest

from linkerd.labeler.ip import Ip


@pytest.mark.parametrize(
    ("ip", "node"),
    [("192.0.2.43", b"192.0.2.43"), ("2001:db8::1", b'"[2001:db8::1]"'), ("0.0.0.0", b"unknown")],
)
def test_the_address_without_its_port(ip: str, node: bytes) -> None:
    assert Ip().label((ip, 80), (("", 0), 0.0)) == node
