"""Long answers: as fast as the client takes them, and not at all for one who takes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.admin.test_site import Caller
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from linkerd.admin.config import AdminConfig
from linkerd.admin.sending import PIECE
from linkerd.net.socket_options import SocketOptions

if TYPE_CHECKING:
    from conftest import FakeView

NAME = "n" * 1000
METRICS = b"GET /admin/metrics.json?q=many HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Full(StringTransport):
    """Says stop at each write, as a socket does whose other end takes nothing."""

    aborted = False

    def write(self, data: bytes) -> None:
        super().write(data)
        if len(data) >= PIECE:
            self.producer.pauseProducing()

    def abortConnection(self) -> None:
        self.aborted = True


class SlowCaller(Caller):
    """Is owed several pieces, and takes one whenever it is told to."""

    transport: Any

    def __init__(self, view: FakeView, write_ms: int | None = None) -> None:
        for number in range(3 * PIECE // len(NAME)):
            view.metrics.counter("many", f"{NAME}{number}")
        options = SocketOptions(write_timeout_ms=write_ms)
        super().__init__(view, AdminConfig(socket_options=options))
        self.transport = Full()
        self.channel = self.site.buildProtocol(None)
        self.channel.makeConnection(self.transport)

    def ask(self) -> None:
        self.send(METRICS)
        self.clock.advance(0)

    def take(self) -> None:
        self.transport.producer.resumeProducing()


def test_it_waits_for_the_client(view: FakeView) -> None:
    caller = SlowCaller(view)
    caller.ask()
    lengths = [len(caller.transport.value())]
    for _ in range(3):
        caller.clock.advance(50.0)
        caller.take()
        lengths.append(len(caller.transport.value()))
    assert lengths[0] < PIECE + 2000
    assert lengths == sorted(set(lengths))
    got = caller.taken()
    assert len(got.body) == int(got.headers["Content-Length"]) > 3 * PIECE
    assert caller.get("/admin/ping").body == "pong"
    caller.clock.advance(60.5)
    assert not caller.transport.aborted


@pytest.mark.parametrize(("write_ms", "patience_s"), [(None, 60.0), (2000, 2.0), (90_000, 90.0)])
def test_a_client_that_takes_nothing_is_given_up(
    view: FakeView, write_ms: int | None, patience_s: float
) -> None:
    caller = SlowCaller(view, write_ms)
    caller.ask()
    caller.take()
    caller.clock.advance(patience_s - 0.1)
    assert not caller.transport.aborted
    caller.clock.advance(0.2)
    assert caller.transport.aborted


def test_a_client_that_goes_leaves_nothing_behind(view: FakeView) -> None:
    caller = SlowCaller(view)
    caller.ask()
    caller.transport.producer.stopProducing()
    caller.channel.connectionLost(Failure(ConnectionDone()))
    caller.take()
    caller.clock.advance(100.0)
    assert not caller.transport.aborted
