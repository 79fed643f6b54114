from __future__ import annotations

import pytest

from linkerd.labeler.ip_port import IpPort


@pytest.mark.parametrize(
    ("ip", "node"),
    [
        ("192.0.2.43", b'"192.0.2.43:80"'),
        ("2001:db8::1", b'"[2001:db8::1]:80"'),
        ("::", b"unknown"),
    ],
)
def test_the_address_and_its_port_are_quoted(ip: str, node: bytes) -> None:
    assert IpPort().label((ip, 80), (("", 0), 0.0)) == node
