"""The portable carrier: a hot `Connection` on any of Twisted's own transports.

`StockProtocol` is the one small adapter `Protocol`; it calls the same methods as the engine does.
Used where there is no epoll, under `LINKERD_ENGINE=twisted`, and for TLS on stock endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import tcp
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from zope.interface import implementer

from linkerd._typing import override
from linkerd.net.connection import NO_TRANSPORT, Transport
from linkerd.net.descriptors import unacknowledged
from linkerd.net.socket_options import DEFAULT_OPTIONS

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from linkerd.net.connection import Connection
    from linkerd.net.socket_options import SocketOptions
    from linkerd.net.stock_endpoints import ServedFactory

MOST_IN_BACKLOG = 1024


class StockTransport(Transport):
    """A Twisted transport, with the engine transport's face.

    Twisted keeps unsent bytes itself and says by its producer interface when there are too many.
    It ends nothing while a producer is registered, and never a stream whose two directions were
    shut one by one: `finishing` and `eof` tell which of them were.
    """

    __slots__ = ("eof", "finishing", "protocol", "under")

    def __init__(self, connection: Connection, under: Any, protocol: StockProtocol) -> None:
        super().__init__(connection)
        self.under = under
        self.protocol = protocol
        self.eof = False
        self.finishing = False
        self.peer = pair(under.getPeer())
        self.host = pair(under.getHost())

    def hand_over(self, connection: Connection) -> None:
        self.connection = connection
        self.protocol.hot = connection

    def write(self, data: bytes) -> bool:
        self.bytes_out += len(data)
        self.under.write(data)
        return not self.blocked

    def write_pair(self, first: bytes, second: bytes) -> bool:
        self.bytes_out += len(first) + len(second)
        self.under.writeSequence([first, second])
        return not self.blocked

    def flush(self) -> None:
        write = getattr(self.under, "doWrite", None)
        if write is not None:
            # What this says of a lost connection, the reactor will find out.
            write()

    def sent(self) -> int:
        under = self.under
        kept = len(getattr(under, "dataBuffer", b"")) - getattr(under, "offset", 0)
        return self.bytes_out - kept - getattr(under, "_tempDataLen", 0)

    def acknowledged(self) -> int:
        return self.sent() - unacknowledged(self.under.fileno()) if self.blocked else -1

    def has_ended(self) -> bool:
        return self.eof

    def pause(self) -> None:
        self.under.pauseProducing()

    def resume(self) -> None:
        if not self.eof:
            self.under.resumeProducing()

    def finish(self) -> None:
        if not self.finishing:
            self.finishing = True
            if not self.blocked:
                self.shut()

    def shut(self) -> None:
        """Carry out `finish`: Twisted would wait for ever for a producer."""
        self.under.unregisterProducer()
        self.under.loseWriteConnection()

    def close(self) -> None:
        self.under.unregisterProducer()
        self.under.loseConnection()

    def abort(self) -> None:
        self.under.abortConnection()


def pair(address: object) -> tuple[str, int]:
    """(ip, port) of a Twisted address; empty for kinds that have none."""
    return getattr(address, "host", ""), getattr(address, "port", 0)


@implementer(IHalfCloseableProtocol, IPushProducer)
class StockProtocol(Protocol):
    """Drives a hot `Connection` from Twisted's callbacks."""

    def __init__(self, connection: Connection, options: SocketOptions = DEFAULT_OPTIONS) -> None:
        self.hot = connection
        self.options = options
        self.carrier: Transport = NO_TRANSPORT
        self.shut = False
        self.served: ServedFactory | None = None

    @override
    def connectionMade(self) -> None:
        under: Any = self.transport
        under.registerProducer(self, True)
        if hasattr(under, "setTcpNoDelay"):
            under.setTcpNoDelay(self.options.no_delay)
            if self.options.keep_alive:
                under.setTcpKeepAlive(True)
        self.carrier = StockTransport(self.hot, under, self)
        if self.served is not None:
            self.served.accepted(under.fileno())
        self.hot.connected(self.carrier)

    @override
    def dataReceived(self, data: bytes) -> None:
        self.carrier.bytes_in += len(data)
        self.hot.data_received(data)

    def readConnectionLost(self) -> None:  # noqa: N802 - IHalfCloseableProtocol
        """The peer will send no more."""
        if isinstance(self.carrier, StockTransport):
            self.carrier.eof = True
        if self.shut:
            self.carrier.close()
        else:
            self.hot.eof_received()

    def writeConnectionLost(self) -> None:  # noqa: N802 - IHalfCloseableProtocol
        """Our own half-close has been carried out."""
        self.shut = True
        if isinstance(self.carrier, StockTransport) and self.carrier.eof:
            self.carrier.close()

    @override
    def connectionLost(self, reason: Failure = connectionDone) -> None:
        ours = reason.check(ConnectionDone, ConnectionAborted) is not None
        try:
            self.hot.connection_lost("" if ours else "connection reset by peer")
        finally:
            self.hot.transport = NO_TRANSPORT

    def pauseProducing(self) -> None:  # noqa: N802 - IPushProducer
        """Twisted holds more unsent bytes than it likes."""
        if isinstance(self.carrier, StockTransport):
            self.carrier.blocked = True

    def resumeProducing(self) -> None:  # noqa: N802 - IPushProducer
        """All unsent bytes are gone."""
        if isinstance(self.carrier, StockTransport) and self.carrier.blocked:
            self.carrier.blocked = False
            if self.carrier.finishing:
                self.carrier.shut()
            else:
                self.hot.drained()

    def stopProducing(self) -> None:  # noqa: N802 - IPushProducer
        """The connection ends; `connectionLost` follows."""


def take_backlog(port: Any) -> None:
    """Accept what waits in the backlog of a port of Twisted's, which would just close."""
    if isinstance(port, tcp.Port):
        port.numberAccepts = MOST_IN_BACKLOG
        port.doRead()
