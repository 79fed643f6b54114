"""The text of an address file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.namer.endpoints import Target
from linkerd.namer.fs_addresses import MalformedAddress, read_addresses


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("", []),
        ("\n\n  \n\t\n# only\n", []),
        ("127.0.0.1 8080", [Target("127.0.0.1", 8080)]),
        ("127.0.0.1 8080\n", [Target("127.0.0.1", 8080)]),
        ("  web\t1   # c\r\nb 65535#x\r\n", [Target("web", 1), Target("b", 65535)]),
        ("a 1 * 0.5\nb 2 * 3\n", [Target("a", 1, 0.5), Target("b", 2, 3.0)]),
        (
            "a 1 * .5\nb 2 * 1e2\nc 3 * 0\n",
            [Target("a", 1, 0.5), Target("b", 2, 100), Target("c", 3, 0)],
        ),
        ("::1 80\n", [Target("::1", 80)]),
        ("a 0080\n", [Target("a", 80)]),
        ("a 1\na 1\n", [Target("a", 1), Target("a", 1)]),
    ],
)
def test_good(text: str, targets: list[Target]) -> None:
    assert read_addresses(text.encode()) == tuple(targets)


@pytest.mark.parametrize(
    "line",
    [
        "127.0.0.1", "127.0.0.1:80", "a b", "a 0", "a 65536", "a -1", "a 1 2", "a 1 * ", "a 1 * x",
        "a 1 *2", "a 1* 2", "a 1 * -1", "a 1 * nan", "a 1 * inf", "a 1 * 1e999", "a 1 * 1 1",
        "256.1.1.1 80", "a..b 80", "http://a 80", "a १", "a 1.0", "-a 80",
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


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        targets = read_addresses(content)
    except MalformedAddress:
        return
    assert all(0 < target.port < 65536 for target in targets)
