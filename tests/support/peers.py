"""Small peers for tests of what listens and dials, on any network.

`TestClient` connects and collects; `TestServer` listens and gives a `Recorder` for each stream.
None of them drives the network: that is the part of the test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import defer

from linkerd.net.connection import Connection, Transport
from linkerd.net.endpoints import ConnectionFactory

if TYPE_CHECKING:
    from collections.abc import Callable


class Recorder(Connection):
    """A peer that keeps what it is told: `received`, `eof`, `lost` (None: still open)."""

    def __init__(self, on_data: Callable[[Recorder], None] | None = None) -> None:
        super().__init__()
        self.received = b""
        self.eof = False
        self.lost: str | None = None
        self.watch: Callable[[], None] | None = None
        self.connects = 0
        self.drains = 0
        self.gone = False
        self.error = ""
        self.on_data = on_data
        self.read = 0
        self.end_with_peer = False
        self._early: list[Callable[[], object]] = []

    def connected(self, transport: Transport) -> None:
        super().connected(transport)
        self.connects += 1
        early, self._early = self._early, []
        for step in early:
            step()
        self.tell()

    def tell(self) -> None:
        """Something happened: whoever watches may look."""
        if self.watch is not None:
            self.watch()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.on_data is not None:
            self.on_data(self)
        self.tell()

    def eof_received(self) -> None:
        if self.eof:
            raise AssertionError("eof_received twice")
        self.eof = True
        if self.end_with_peer:
            self.transport.close()
        self.tell()

    def drained(self) -> None:
        self.drains += 1
        self.tell()

    def peer_gone(self) -> None:
        self.gone = True
        self.tell()

    def connection_lost(self, why: str) -> None:
        if self.lost is not None:
            raise AssertionError("connection_lost twice")
        self.lost = why
        self.tell()

    # -- what a test lets it do; before the stream is open it is kept for then

    def send(self, data: bytes) -> None:
        """Write."""
        self._when_open(lambda: self.transport.write(data))

    def pause(self) -> None:
        """Stop reading."""
        self._when_open(lambda: self.transport.pause())

    def resume(self) -> None:
        """Read again."""
        self._when_open(lambda: self.transport.resume())

    def finish(self) -> None:
        """Half-close."""
        self._when_open(lambda: self.transport.finish())

    def close(self) -> None:
        """Close in good order."""
        self._when_open(lambda: self.transport.close())

    def abort(self) -> None:
        """Reset."""
        self._when_open(lambda: self.transport.abort())

    def take(self) -> bytes:
        """What was received since the last `take`."""
        received, self.received, self.read = self.received, b"", 0
        return received

    def _when_open(self, step: Callable[[], object]) -> None:
        if self.connects:
            step()
        else:
            self._early.append(step)


class TestClient(Recorder):
    """Connects to `ip`:`port` at once; `error` tells why there is no stream."""

    __test__ = False

    def __init__(
        self,
        network: Any,
        port: int,
        ip: str = "127.0.0.1",
        timeout_s: float = 3.0,
        watch: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.watch = watch
        self.failure: Any = None
        endpoint = network.client((ip, port), timeout_s)
        self.result: defer.Deferred[None] = endpoint.connect(Given(self)).addCallbacks(
            lambda _: None, self._failed
        )

    def _failed(self, failure: Any) -> None:
        self.failure = failure
        self.error = getattr(failure.value, "string", "") or type(failure.value).__name__
        self.tell()


class Given(ConnectionFactory):
    """Builds nothing: gives the connection that there is."""

    def __init__(self, connection: Connection) -> None:
        self.given = connection

    def connection(self) -> Connection:
        return self.given


class TestServer(ConnectionFactory):
    """Listens, and keeps one `Recorder` per stream in `peers`, the oldest first.

    `on_data(peer)` is called whenever a peer received something and may answer, close, reset or
    pause; `on_connect(peer)` when a stream opens. `refuse`: close every stream at once.
    """

    __test__ = False

    def __init__(
        self,
        network: Any,
        port: int = 0,
        ip: str = "127.0.0.1",
        on_data: Callable[[Recorder], None] | None = None,
        on_connect: Callable[[Recorder], None] | None = None,
        watch: Callable[[], None] | None = None,
    ) -> None:
        self.peers: list[Recorder] = []
        self.on_data = on_data
        self.on_connect = on_connect
        self.watch = watch
        self.refuse = False
        self.listening: Any = None
        network.server(ip, port).listen(self).addCallback(self._listens)

    def _listens(self, listening: Any) -> None:
        self.listening = listening

    @property
    def port(self) -> int:
        """The number of the port."""
        number: int = self.listening.getHost().port
        return number

    @property
    def peer(self) -> Recorder:
        """The newest stream."""
        return self.peers[-1]

    def connection(self) -> Recorder | None:
        if self.refuse:
            return None
        peer = Recorder(self.on_data)
        peer.watch = self.watch
        self.peers.append(peer)
        if self.on_connect is not None:
            on_connect = self.on_connect
            peer._when_open(lambda: on_connect(peer))
        return peer

    def stop(self) -> defer.Deferred[None]:
        """Listen no more; open streams stay."""
        return defer.maybeDeferred(self.listening.stopListening)


def answering(answer: bytes, end: bytes = b"\r\n\r\n") -> Callable[[Recorder], None]:
    """An `on_data` that answers each message, up to its `end`, with the same bytes."""

    def answer_all(peer: Recorder) -> None:
        while (at := peer.received.find(end, peer.read)) >= 0:
            peer.read = at + len(end)
            peer.send(answer)

    return answer_all
