from __future__ import annotations

import pytest

from linkerd.wire.status import own_head, reason


@pytest.mark.parametrize(
    ("status", "written"),
    [
        (200, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (204, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (205, b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
        (304, b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        (418, b"HTTP/1.1 418 I'm a Teapot\r\nContent-Length: 0\r\n\r\n"),
        (599, b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_a_head_of_our_own(status: int, written: bytes) -> None:
    head = own_head(status)
    assert head.passed_on(b"\r\n") == written
    assert (head.status, head.close, head.fault) == (status, False, "")


def test_every_final_status_has_a_head() -> None:
    for status in range(200, 600):
        head = own_head(status)
        assert (head.status, head.length) == (status, -1 if status in (204, 304) else 0)


def test_a_status_without_a_name() -> None:
    assert reason(299) == b""
