"""The rest of an answer that nobody wants; how it comes to that is in the tests of nacks."""

from __future__ import annotations

import pytest
from tests.client.test_http import Talk

from linkerd.client.remainder import MOST, PATIENCE_S, read_remainder

CHUNKED = b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
LAST = b"0\r\n\r\n"


def begun(said: bytes = CHUNKED) -> Talk:
    """A conversation whose answer is a remainder from now on."""
    talk = Talk()
    talk.hear(said)
    read_remainder(talk.connection, -1)
    return talk


@pytest.mark.parametrize(("more", "kept"), [(MOST, True), (MOST + 1, False)])
def test_a_short_one_keeps_the_connection(more: int, kept: bool) -> None:
    talk = begun()
    talk.hear(b"%x\r\n" % more + b"y" * more + b"\r\n" + LAST)
    assert talk.pooled == kept
    assert bool(talk.world.endpoint.open) == kept


def test_one_that_is_slow_does_not() -> None:
    talk = begun()
    talk.world.network.advance(PATIENCE_S + 0.2)
    assert talk.world.endpoint.open == 0


def test_one_that_has_come_is_not_waited_for() -> None:
    talk = begun()
    talk.hear(LAST)
    talk.world.network.advance(PATIENCE_S + 0.2)
    assert talk.pooled


def test_a_body_without_end_is_not_read() -> None:
    talk = begun(b"HTTP/1.1 503 No\r\n\r\nx")
    talk.world.network.pump()
    assert talk.world.endpoint.open == 0
