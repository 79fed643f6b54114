"""An engine without a reactor, and connected pairs: our transport on one side, a bare socket on
the other. `turn_until` drives the engine by hand."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from linkerd.net.engine import Engine
from linkerd.net.transport import SocketTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.memory import Recorder

    from linkerd.net.connection import Connection

MOST_TURNS = 200


class Rig:
    """`now` is what the engine takes for the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.engine = Engine(lambda: self.now)
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.sockets: list[socket.socket] = [self.listening]

    def sockets_pair(self) -> tuple[socket.socket, socket.socket]:
        """Two ends of a TCP stream: non-blocking, and blocking with a time limit."""
        far = socket.create_connection(self.listening.getsockname(), timeout=5)
        near, _ = self.listening.accept()
        near.setblocking(False)
        self.sockets += [near, far]
        return near, far

    def pair(self, connection: Connection) -> tuple[SocketTransport, socket.socket]:
        """A transport with `connection` on it, and the peer's bare socket."""
        near, far = self.sockets_pair()
        transport = SocketTransport(self.engine, near, connection)
        transport.start()
        return transport, far

    def turn_until(self, what: Callable[[], object]) -> int:
        """Turn until it is so; gives the number of turns."""
        for turns in range(MOST_TURNS):
            if what():
                return turns
            self.engine.turn(0.05)
        raise AssertionError("it never came about")

    def turn_all(self) -> int:
        """Turn until nothing is ready; gives the number of turns."""
        for turns in range(MOST_TURNS):
            if not self.engine.turn(0):
                return turns
        raise AssertionError("the engine spins")

    def close(self) -> None:
        """Leave nothing behind."""
        self.engine.close()
        for each in self.sockets:
            each.close()


def ended(recorder: Recorder) -> Callable[[], bool]:
    """Whether the connection was told of its end, as a question to ask again."""
    return lambda: recorder.lost is not None
