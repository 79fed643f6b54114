"""Certificates that peers show."""

from __future__ import annotations

from tests.support.certificates import leaf

from linkerd.net.tls_facts import parsed


def test_a_certificate() -> None:
    made = leaf("web.test")
    assert parsed(made.der) == made.certificate


def test_what_is_none() -> None:
    assert parsed(b"\x30\x03abc") is None
