"""Address literals and names that can be looked up."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.namer.literal import address_of, may_be_dns_name


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("LocalHost", "127.0.0.1"),
        ("10.1.2.3", "10.1.2.3"),
        ("127.1", "127.0.0.1"),
        ("10.1.256", "10.1.1.0"),
        ("10.65536", "10.1.0.0"),
        ("2130706433", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
    ],
)
def test_literals(host: str, address: str) -> None:
    found = address_of(host)
    assert found is not None
    assert ipaddress.ip_address(found) == ipaddress.ip_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "256.1.1.1", "1.2.3.256", "1.2.3.4.5", "1.2.65536", "1.16777216", "4294967296",
        "01.2.3.4", "0x7f.1", "1..2", ".1", "1.", "-1", "+1", "1 ", "१.1.1.1", ":", "::1::", "[::1",
        "1.2.3.4\n", "web", "localhost.", "a.b",
    ],
)  # fmt: skip
def test_no_literals(host: str) -> None:
    assert address_of(host) is None


@given(st.ip_addresses(v=4))
def test_full_ipv4_is_itself(address: ipaddress.IPv4Address) -> None:
    assert address_of(str(address)) == str(address)
    assert address_of(str(int(address))) == str(address)


@pytest.mark.parametrize(
    "host", ["web", "a-b.example", "a.example.", "_srv.x", "x1", "1a.com", "xn--a"]
)
def test_dns_names(host: str) -> None:
    assert may_be_dns_name(host)


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "a..b", "-a", "a-", "a b", "a\x00b", "a/b", "ä", "256.1.1.1", "01.2.3.4",
        "1.2.3.4.5", "x." * 130, "y" * 64, "a\n", "\ufffd", "a:b",
    ],
)  # fmt: skip
def test_never_dns_names(host: str) -> None:
    assert not may_be_dns_name(host)
