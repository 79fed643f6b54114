"""One question to one name server: over UDP, and over TCP if the reply does not fit.

In: server and question. Out: the server's reply, or `NoAnswer`. Each question goes out from a
socket of its own, so with a port and an id that nobody can guess (RFC 5452); the kernel lets in
only what the server sends, and tells at once if nothing listens there.

Twisted's `Resolver` is not used: it passes a server over only if that is silent, gives up no TCP
connection that hangs, knows neither search list nor options nor EDNS, and Twisted's UDP ports write
two lines to the log for each question.
"""

from __future__ import annotations

import os
import secrets
import socket
from typing import TYPE_CHECKING, Any, TypeAlias

from twisted.internet import defer, protocol
from twisted.internet.interfaces import IReadDescriptor
from twisted.protocols.basic import Int16StringReceiver
from zope.interface import implementer

from linkerd._typing import override
from linkerd.namer.dns_message import NoAnswer, Question
from linkerd.namer.dns_wire import query_of, reply_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred
    from twisted.names.dns import Message
    from twisted.python.failure import Failure

    from linkerd.namer.dns_conf import Server

    Read: TypeAlias = Callable[[bytes], Message | None]

_DATAGRAM = 65536
_FLAGS = socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)


async def ask(
    reactor: Any, server: Server, question: Question, edns: bool, limit_s: float
) -> Message:
    """Ask one server and wait at most `limit_s` seconds, and as long again for TCP.

    Raises NoAnswer.
    """
    number = secrets.randbelow(1 << 16)
    query = query_of(number, question, edns)

    def read(data: bytes) -> Message | None:
        return reply_of(data, number, question)

    reply = await UdpExchange(reactor, server, query, read, limit_s).done
    if reply.trunc:
        reply = await TcpExchange(reactor, server, query, read, limit_s).done
        if reply.trunc:
            raise NoAnswer("cuts its reply off over TCP, too")
    return reply


class _Exchange:
    """What both have in common: `done` has one outcome, and then nothing is left open."""

    def __init__(self, reactor: Any, limit_s: float) -> None:
        self.done: Deferred[Message] = defer.Deferred(lambda _: self._end())
        self._timer = reactor.callLater(limit_s, self._fail, "is silent", True)

    def _answered(self, reply: Message) -> None:
        self._end()
        self.done.callback(reply)

    def _fail(self, why: str, silent: bool = False) -> None:
        self._end()
        self.done.errback(NoAnswer(why, silent))

    def _end(self) -> None:
        if self._timer.active():
            self._timer.cancel()
        self._close()

    def _close(self) -> None:
        raise NotImplementedError


@implementer(IReadDescriptor)
class UdpExchange(_Exchange):
    """A query as a datagram; datagrams that are no reply to it are ignored."""

    def __init__(
        self,
        reactor: Any,
        server: Server,
        query: bytes,
        read: Read,
        limit_s: float,
        mk_socket: Callable[[int, int], socket.socket] = socket.socket,
    ) -> None:
        super().__init__(reactor, limit_s)
        self._reactor = reactor
        self._read = read
        self._socket: socket.socket | None = None
        family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        try:
            self._socket = mk_socket(family, _FLAGS)
            self._socket.setblocking(False)
            self._socket.connect(server)
            self._socket.send(query)
        except OSError as error:
            self._fail(_reason(error))
        else:
            reactor.addReader(self)

    def fileno(self) -> int:
        """Descriptor that the reactor waits for."""
        return -1 if self._socket is None else self._socket.fileno()

    def doRead(self) -> None:  # noqa: N802 - IReadDescriptor
        """Take one datagram; the reactor comes back for the next."""
        if self._socket is None:
            return
        try:
            data = self._socket.recv(_DATAGRAM)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(_reason(error))
            return
        reply = self._read(data)
        if reply is not None:
            self._answered(reply)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - IReadDescriptor
        """The reactor has seen an error on the socket, which is how a refusal comes with epoll."""
        if self._socket is not None:
            number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._fail(_reason(OSError(number, os.strerror(number))))

    def logPrefix(self) -> str:  # noqa: N802 - ILoggingContext
        """Name in Twisted's log."""
        return "dns"

    @override
    def _close(self) -> None:
        if self._socket is not None:
            self._reactor.removeReader(self)
            self._socket.close()
            self._socket = None


class TcpExchange(_Exchange):
    """A query on a connection of its own."""

    def __init__(
        self, reactor: Any, server: Server, query: bytes, read: Read, limit_s: float
    ) -> None:
        super().__init__(reactor, limit_s)
        self.query = query
        self._read = read
        self._over = False
        self._connected = True
        self._connector = reactor.connectTCP(
            server.host, server.port, _Factory(self), timeout=limit_s + 1
        )

    def received(self, data: bytes) -> None:
        """The server has sent a message."""
        reply = self._read(data)
        if self._over:
            return
        if reply is None:
            self._fail("sends nonsense over TCP")
        else:
            self._answered(reply)

    def lost(self, why: str) -> None:
        """There is no connection, or no more."""
        self._connected = False
        if not self._over:
            self._fail(why)

    @override
    def _close(self) -> None:
        self._over = True
        if self._connected:
            self._connector.disconnect()


class _Stream(Int16StringReceiver):
    """Messages with their lengths before them (RFC 1035 §4.2.2)."""

    def __init__(self, exchange: TcpExchange) -> None:
        self._exchange = exchange

    @override
    def connectionMade(self) -> None:
        sent: Any = self
        sent.sendString(self._exchange.query)

    @override
    def stringReceived(self, string: bytes) -> None:
        self._exchange.received(string)

    @override
    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self._exchange.lost(f"closes the connection: {reason.getErrorMessage()}")


class _Factory(protocol.ClientFactory):
    """Makes the one stream."""

    noisy = False

    def __init__(self, exchange: TcpExchange) -> None:
        self._exchange = exchange

    @override
    def buildProtocol(self, addr: object) -> _Stream:
        return _Stream(self._exchange)

    @override
    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self._exchange.lost(f"refuses TCP: {reason.getErrorMessage()}")


def _reason(error: OSError) -> str:
    return f"is out of reach: {error.strerror or error}"


__all__ = ["TcpExchange", "UdpExchange", "ask"]
