"""The text of an address file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.addr import Address
from linkerd.namer.endpoints import Target
from linkerd.namer.fs_addresses import PIECE, MalformedAddress, read_addresses
from linkerd.namer.literal import address_of


@pytest.mark.parametrize(
    ("text", "literal", "named"),
    [
        ("", [], []),
        ("\n\n  \n\t\n# only\n", [], []),
        ("127.0.0.1 8080", [Address("127.0.0.1", 8080)], []),
        ("127.0.0.1 8080\n", [Address("127.0.0.1", 8080)], []),
        (" \t10.0.0.1\t1   # c\r\n10.0.0.2 65535#x\r\n10.0.0.3 3\r\n",
         [Address("10.0.0.1", 1), Address("10.0.0.2", 65535), Address("10.0.0.3", 3)], []),
        ("10.0.0.1 1 * 0.5\n10.0.0.2 2 * 3 # c\n",
         [Address("10.0.0.1", 1, 0.5), Address("10.0.0.2", 2, 3.0)], []),
        ("10.0.0.1 1 * .5\n10.0.0.2 2 * 1e2\n10.0.0.3 3 * 0\n",
         [Address("10.0.0.1", 1, 0.5), Address("10.0.0.2", 2, 100.0), Address("10.0.0.3", 3, 0.0)],
         []),
        ("10.0.0.1 0080\n127.1 9\n", [Address("10.0.0.1", 80), Address("127.0.0.1", 9)], []),
        ("10.0.0.1 1\n10.0.0.1 1\n", [Address("10.0.0.1", 1)], []),
        ("::1 80\n[2001:DB8:0:0::1] 1\n2001:db8:0::2 2\n::ffff:10.0.0.1 3\nfe80::1%eth0 4\n",
         [Address("::1", 80), Address("2001:db8::1", 1), Address("2001:db8::2", 2),
          Address("::ffff:a00:1", 3), Address("fe80::1%eth0", 4)], []),
        ("web 1\n10.0.0.1 1\n\u2003b\u00a02 * 0.5\nweb 1\n", [Address("10.0.0.1", 1)],
         [Target("web", 1), Target("b", 2, 0.5), Target("web", 1)]),
        ("localhost 5\n", [Address("127.0.0.1", 5)], []),
    ],
)  # fmt: skip
def test_good(text: str, literal: list[Address], named: list[Target]) -> None:
    assert read_addresses(text.encode()) == (frozenset(literal), tuple(named))


@pytest.mark.parametrize(
    "line",
    [
        "127.0.0.1", "127.0.0.1:80", "a b", "a 0", "a 65536", "a -1", "a 1 2", "a 1 * ", "a 1 * x",
        "a 1 *2", "a 1* 2", "a 1 * -1", "a 1 * nan", "a 1 * inf", "a 1 * 1e999", "a 1 * 1 1",
        "256.1.1.1 80", "10.0.0.1 65536", "10.0.0.1 0", "10.0.0.1 1 * ", "10.0.0.1 1 2",
        "1::2::3 1", "a..b 80", "http://a 80", "a १", "a 1.0", "-a 80",
    ],
)  # fmt: skip
def test_malformed(line: str) -> None:
    with pytest.raises(MalformedAddress) as caught:
        read_addresses(f"10.0.0.1 80\n {line}\nb 1\n".encode())
    assert str(caught.value) == f"malformed address: {line.strip()}"


def test_a_bad_line_is_shown_short_and_without_control_characters() -> None:
    with pytest.raises(MalformedAddress) as caught:
        read_addresses(b"\x1b[31m\x00\xff" + b"x" * 10_000)
    text = str(caught.value)
    assert len(text) < 200
    assert text.isprintable()


def test_a_long_file_leaves_the_interpreter_to_others_now_and_then() -> None:
    text = "".join([f"10.0.{i >> 8}.{i & 255} 80\n" for i in range(3 * PIECE)])
    rests: list[None] = []
    literal, _ = read_addresses(text.encode(), lambda: rests.append(None))
    assert (len(literal), len(rests)) == (3 * PIECE, 3)


_hosts = st.one_of(
    st.ip_addresses().map(str), st.sampled_from(["::ffff:0:1", "::2", "1.2.3", "x", "::1.2.3.4"])
)


@given(_hosts)
def test_literals_are_what_they_are_elsewhere(host: str) -> None:
    address = address_of(host)
    literal, named = read_addresses(f"{host} 80 * 1.5".encode())
    expected = frozenset() if address is None else frozenset([Address(address, 80, 1.5)])
    assert literal == expected
    assert [target.host for target in named] == ([host] if address is None else [])


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        literal, named = read_addresses(content)
    except MalformedAddress:
        return
    ports = [each.port for each in literal] + [each.port for each in named]
    assert all(0 < port < 65536 for port in ports)
