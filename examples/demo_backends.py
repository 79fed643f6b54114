"""Back ends for the examples: tiny HTTP/1.1 servers that say who they are, one of them slow.

`python examples/demo_backends.py` runs them until Ctrl-C; `examples/quickstart.py` runs them beside
the proxy. They understand just enough HTTP for a proxy that speaks it well: requests one after the
other on a connection that stays open. Their addresses are those in `examples/disco/`.
"""

# ruff: noqa: N802 - Twisted calls these methods by its own names
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import react
from twisted.protocols.basic import LineReceiver

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime


@dataclass(frozen=True)
class Backend:
    """One server: what it calls itself, where it listens on loopback, how long it thinks."""

    name: str
    port: int
    delay_s: float = 0.0


BACKENDS = (
    Backend("one", 18081),
    Backend("two", 18082),
    Backend("slow", 18083, delay_s=0.2),
)


class Greeting(LineReceiver):
    """One connection: answers each request with a line about the back end and the request."""

    def __init__(self, backend: Backend, clock: IReactorTime) -> None:
        self._backend = backend
        self._clock = clock
        self._head: list[bytes] = []
        self._body_left = 0

    def lineReceived(self, line: bytes) -> None:
        """Collect the head; at its empty line read the body, if one is announced, and answer."""
        if line:
            self._head.append(line)
            return
        fields = dict(_field(item) for item in self._head[1:])
        length = fields.get(b"content-length", b"0")
        if b"transfer-encoding" in fields:
            self._refuse()
        elif length.isdigit() and int(length):
            self._body_left = int(length)
            self.setRawMode()
        else:
            self._think()

    def rawDataReceived(self, data: bytes) -> None:
        """Drop the body."""
        taken = min(len(data), self._body_left)
        self._body_left -= taken
        if not self._body_left:
            self._think()
            self.setLineMode(data[taken:])

    def _refuse(self) -> None:
        assert self.transport is not None
        self.transport.write(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n")
        self.transport.loseConnection()

    def _think(self) -> None:
        request, self._head = self._head, []
        self.pauseProducing()
        self._clock.callLater(self._backend.delay_s, self._answer, request)

    def _answer(self, head: list[bytes]) -> None:
        request_line = head[0] if head else b""
        fields = dict(_field(item) for item in head[1:])
        body = b"%s: hello from back end %s, asked for %s as %s\n" % (
            request_line.partition(b" ")[0],
            self._backend.name.encode(),
            request_line.split(b" ")[1] if request_line.count(b" ") == 2 else b"?",
            fields.get(b"l5d-dst-service", b"itself, without a proxy"),
        )
        status = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
        shown = b"" if request_line.startswith(b"HEAD ") else body
        if self.transport is not None:
            self.transport.write(status % len(body) + shown)
        self.resumeProducing()


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


class Greetings(Factory):
    """Makes the connections of one back end."""

    def __init__(self, backend: Backend, clock: IReactorTime) -> None:
        self._backend = backend
        self._clock = clock

    def buildProtocol(self, addr: object) -> Greeting:
        """Take a connection."""
        return Greeting(self._backend, self._clock)


async def listen(reactor: Any) -> None:
    """Listen on every back end's port."""
    for backend in BACKENDS:
        endpoint = TCP4ServerEndpoint(reactor, backend.port, interface="127.0.0.1")
        await endpoint.listen(Greetings(backend, reactor))


async def main(reactor: Any) -> None:
    """Run until interrupted."""
    await listen(reactor)
    for backend in BACKENDS:
        print(f"back end {backend.name} on 127.0.0.1:{backend.port}", flush=True)
    await Deferred()


if __name__ == "__main__":
    react(main)
