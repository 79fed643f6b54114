"""Addresses as RFC 7239 writes them."""

from __future__ import annotations

import pytest

from linkerd.labeler.base import literal


@pytest.mark.parametrize(
    ("ip", "shown"),
    [
        ("192.0.2.43", "192.0.2.43"),
        ("2001:db8::1", "[2001:db8::1]"),
        ("fe80::1%eth0", "[fe80::1]"),
        ("::ffff:192.0.2.43", "192.0.2.43"),
        ("0.0.0.0", ""),
        ("::", ""),
        ("", ""),
    ],
)
def test_literals(ip: str, shown: str) -> None:
    assert literal(ip) == shown
