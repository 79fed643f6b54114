"""Twisted endpoints whose streams the engine carries: listening and connecting.

They have the interfaces of Twisted's stock endpoints, so what listens and what dials does not know
which of the two it has. A factory gives a hot `Connection` by `connection(peer)`; see
`ConnectionFactory`.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, Any

from twisted.internet import defer, interfaces
from twisted.internet.error import CannotListenError, ConnectError
from twisted.internet.protocol import Factory
from zope.interface import classImplements

from linkerd._typing import override
from linkerd.logger import make_logger
from linkerd.net.addresses import address_of, is_ip, zoned
from linkerd.net.connection import Connection, Source
from linkerd.net.descriptors import EXHAUSTED, is_free
from linkerd.net.engine import READ, WRITE
from linkerd.net.errors import reason
from linkerd.net.shedding import Shedding
from linkerd.net.socket_options import DEFAULT_OPTIONS
from linkerd.net.stock import StockProtocol
from linkerd.net.transport import SocketTransport
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.address import IPv4Address, IPv6Address

    from linkerd.net.engine import Engine
    from linkerd.net.wheel import Wheel

ACCEPTS_PER_EVENT = 64
MOST_IN_BACKLOG = 65536
# Not blocking from the first.
STREAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK

log = make_logger()


class ConnectionFactory(Factory):
    """Builds one hot `Connection` per stream.

    The engine calls `connection`; Twisted's stock transports get the same object behind a small
    adapter `Protocol`.
    """

    noisy = False
    options = DEFAULT_OPTIONS
    """What the sockets of its streams are like."""

    def connection(self) -> Connection | None:
        """A connection for a new stream, or None to refuse it."""
        raise NotImplementedError

    def make_room(self) -> None:
        """Newcomers wait because descriptors are short: close what can be spared."""

    @override
    def buildProtocol(self, addr: interfaces.IAddress | None) -> StockProtocol | None:
        connection = self.connection()
        return None if connection is None else StockProtocol(connection, self.options)


class DialFailed(ConnectError):
    """No stream; `string` is the cause in few words, the same whoever carries."""

    def __init__(self, why: str) -> None:
        super().__init__(string=why)  # type: ignore[no-untyped-call]
        self.string = why


class HandshakeFailed(DialFailed):
    """There was a stream, but no TLS on it."""


class NoDescriptor(DialFailed):
    """No stream because this process has no descriptor for it: the endpoint was never asked."""


def new_connection(factory: ConnectionFactory) -> Connection | None:
    """What the factory gives; None, and a traceback in the log, if it fails."""
    try:
        return factory.connection()
    except Exception:
        log.failure("No connection could be made for a new stream: {log_failure}")
        return None


def begin(engine: Engine, transport: SocketTransport) -> None:
    """Start a transport; a connection that fails at once ends alone, not with who made it."""
    try:
        transport.start()
    except Exception:
        engine.contain(transport)


class EnginePort(Source):
    """A listening socket on the engine; Twisted's `IListeningPort`.

    It is the `Acceptor` of its `Shedding`.
    """

    def __init__(
        self, engine: Engine, wheel: Wheel, sock: socket.socket, factory: ConnectionFactory
    ) -> None:
        super().__init__(sock.fileno())
        self.engine = engine
        self.wheel = wheel
        self.sock = sock
        self.factory = factory
        self.address = sock.getsockname()[:2]
        self.turn = -1
        self.sort = int(sock.family), int(sock.type), sock.proto
        self.anywhere = self.address[0] in ("0.0.0.0", "::")
        self.label = f"{self.address[0]}:{self.address[1]}"
        self.shedding = Shedding(self, wheel, engine.clock)
        self.stopped: defer.Deferred[None] = defer.Deferred()

    def readable(self) -> None:
        """Accept one, for to ask in vain costs much; many while they come turn after turn."""
        turns = self.engine.turns
        self.accept(ACCEPTS_PER_EVENT if turns == self.turn + 1 else 1)
        self.turn = turns

    def accept(self, most: int) -> None:
        """Accept what waits, at most so many."""
        bound = self.engine.descriptors.accepted
        for _ in range(most):
            try:
                number, peer = self.sock._accept()  # type: ignore[attr-defined]
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in EXHAUSTED:
                    self.shedding.begin(reason(error))
                    return
                continue
            sock = socket.socket(*self.sort, number)
            self.accepted(sock, peer[:2])
            if number >= bound:
                self.shedding.begin(f"{number} file descriptors are in use")
                return

    def ready(self, events: int) -> None:
        self.readable()

    def fail(self, why: str) -> None:
        """A failed accept must not stop the port."""

    def accepted(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        """Give a new socket its connection."""
        connection = new_connection(self.factory)
        if connection is None:
            sock.close()
            return
        sock.setblocking(False)
        self.factory.options.on_stream(sock)
        transport = SocketTransport(self.engine, sock, connection)
        transport.peer = peer
        transport.host = sock.getsockname()[:2] if self.anywhere else self.address
        begin(self.engine, transport)

    # -- a shortage of descriptors

    def hold(self) -> None:
        """Let newcomers wait in the backlog."""
        self.engine.forget(self)

    def resume(self) -> None:
        """Accept again."""
        self.engine.watch(self, READ)

    def is_closed(self) -> bool:
        """Whether `stopListening` has been called."""
        return self.fd < 0

    def make_room(self) -> None:
        """Ask whom the connections belong to."""
        self.factory.make_room()

    def has_room(self) -> bool:
        """Whether another client may be accepted."""
        return is_free(self.engine.descriptors.accepted)

    startListening = resume  # noqa: N815 - IListeningPort

    def stopListening(self) -> defer.Deferred[None]:  # noqa: N802 - IListeningPort
        """Take what is already in the backlog, then close; fires when that is done."""
        if self.fd >= 0:
            self.accept(MOST_IN_BACKLOG)
            self.engine.forget(self)
            self.fd = -1
            self.engine.discard(self)
        return self.stopped

    def close(self) -> None:
        """Close the socket itself: for the engine, behind the events at hand."""
        self.sock.close()
        if not self.stopped.called:
            self.stopped.callback(None)

    def getHost(self) -> IPv4Address | IPv6Address:  # noqa: N802 - IListeningPort
        """The address in use, also where port 0 was asked for."""
        return address_of(self.address)


classImplements(EnginePort, interfaces.IListeningPort)


class EngineServerEndpoint:
    """Listens on an address, or on a socket that somebody else bound (`sock`)."""

    def __init__(
        self,
        engine: Engine,
        wheel: Wheel,
        ip: str,
        port: int,
        backlog: int,
        sock: socket.socket | None = None,
    ) -> None:
        self._engine = engine
        self._wheel = wheel
        self._ip = ip
        self._port = port
        self._backlog = backlog
        self._sock = sock

    def listen(self, factory: Any) -> defer.Deferred[Any]:
        """Fires with the port; fails with Twisted's `CannotListenError`."""
        try:
            port = self.make_port(self._sock or self._bind(), factory)
        except OSError as error:
            return defer.fail(CannotListenError(self._ip, self._port, error))
        port.sock.setblocking(False)
        port.startListening()
        return defer.succeed(port)

    def make_port(self, sock: socket.socket, factory: ConnectionFactory) -> EnginePort:
        """Accept on a socket that listens."""
        return EnginePort(self._engine, self._wheel, sock, factory)

    def _bind(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in self._ip else socket.AF_INET)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self._ip, self._port))
            sock.listen(self._backlog)
        except OSError:
            sock.close()
            raise
        return sock


class Dialing(Source):
    """A connect in progress; `result` fires with the hot `Connection`."""

    def __init__(
        self, endpoint: EngineClientEndpoint, factory: ConnectionFactory, sock: socket.socket
    ) -> None:
        super().__init__(sock.fileno())
        self.endpoint = endpoint
        self.factory = factory
        self.sock = sock
        self.result: defer.Deferred[Connection] = defer.Deferred(self.cancelled)
        self.limit = DialLimit(self)
        # Has whoever goes on with the socket stop that, where the dial is not all (TLS).
        self.abandon: Callable[[], None] | None = None

    def readable(self) -> None:
        self.ready(READ)

    def ready(self, events: int) -> None:
        """The kernel has an answer."""
        code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self.fail(reason(OSError(code, os.strerror(code))))
        elif self.fd >= 0:
            # Whoever goes on with the socket takes its place in the engine.
            del self.endpoint.engine.table[self.fd]
            self.over()
            self.endpoint.opened(self)

    def stop(self) -> bool:
        """Stop waiting; False if that had happened already."""
        if self.fd < 0:
            return False
        self.endpoint.engine.forget(self)
        self.over()
        return True

    def over(self) -> None:
        """Nothing is waited for any more."""
        self.limit.deadline = 0.0
        self.limit.dialing = None
        self.fd = -1

    def fail(self, why: str) -> None:
        if self.stop():
            self.endpoint.engine.discard(self.sock)
            self.result.errback(DialFailed(why))

    def cancelled(self, result: defer.Deferred[Connection]) -> None:
        """Nobody wants the stream any more."""
        if self.stop():
            self.endpoint.engine.discard(self.sock)
        elif self.abandon is not None:
            self.abandon()

    def open(self) -> None:
        """The stream is there: give it a connection."""
        engine = self.endpoint.engine
        connection = new_connection(self.factory)
        if connection is None:
            engine.discard(self.sock)
            self.result.errback(DialFailed("refused by the factory"))
            return
        transport = SocketTransport(engine, self.sock, connection)
        transport.peer = self.endpoint.address
        transport.host = self.sock.getsockname()[:2]
        transport.take_over(WRITE)
        begin(engine, transport)
        self.opened(transport)

    def opened(self, transport: SocketTransport) -> None:
        """The connection has been told."""
        if transport.fd < 0:
            self.result.errback(DialFailed("internal error"))
        else:
            self.result.callback(transport.connection)


class DialLimit(Timed):
    """The time a connect may take."""

    __slots__ = ("dialing",)

    def __init__(self, dialing: Dialing) -> None:
        super().__init__()
        # Cleared when the answer is there: the wheel lets go of a deadline only in its time.
        self.dialing: Dialing | None = dialing

    def expired(self, now: float) -> None:
        if self.dialing is not None:
            self.dialing.fail("connection timed out")


class EngineClientEndpoint:
    """Connects to an address; the Deferred fires with the hot `Connection`."""

    def __init__(
        self, engine: Engine, wheel: Wheel, address: tuple[str, int], timeout_s: float
    ) -> None:
        self.engine = engine
        self.wheel = wheel
        self.address = address
        self.timeout_s = timeout_s

    def connect(self, factory: Any) -> defer.Deferred[Any]:
        """Dial; fails with `DialFailed`."""
        ip = self.address[0]
        if not is_ip(ip):
            # The socket would ask the resolver, and block.
            return defer.fail(DialFailed("not an ip address"))
        try:
            where = zoned(self.address) if "%" in ip else self.address
            family = socket.AF_INET6 if ":" in ip else socket.AF_INET
            sock = socket.socket(family, STREAM)
        except OSError as error:
            kind = NoDescriptor if error.errno in EXHAUSTED else DialFailed
            return defer.fail(kind(reason(error)))
        if sock.fileno() >= self.engine.descriptors.dialled:
            sock.close()
            return defer.fail(NoDescriptor("too many open files"))
        factory.options.on_stream(sock)
        code = sock.connect_ex(where)
        if code not in (0, errno.EINPROGRESS):
            sock.close()
            return defer.fail(DialFailed(reason(OSError(code, os.strerror(code)))))
        dialing = Dialing(self, factory, sock)
        self.engine.watch(dialing, WRITE)
        self.wheel.arm(dialing.limit, self.engine.clock() + self.timeout_s)
        return dialing.result

    def opened(self, dialing: Dialing) -> None:
        """The other side has accepted; the engine still watches for WRITE."""
        dialing.open()


classImplements(EngineServerEndpoint, interfaces.IStreamServerEndpoint)
classImplements(EngineClientEndpoint, interfaces.IStreamClientEndpoint)
