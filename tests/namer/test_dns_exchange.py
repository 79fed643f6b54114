"""One question to one name server."""

from __future__ import annotations

import errno
import socket
from types import SimpleNamespace
from typing import Any

from tests.support.dns import a, reply
from twisted.internet import defer, error
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.names import dns
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer import dns_exchange
from linkerd.namer.dns_conf import Server
from linkerd.namer.dns_exchange import TcpExchange, UdpExchange, ask
from linkerd.namer.dns_message import A, NoAnswer, Question
from linkerd.namer.dns_wire import reply_of

WEB = Question("web.test", A)
GOOD = reply(WEB, a("web.test", "10.0.0.1")).toStr()
CUT = reply(WEB, truncated=True).toStr()
SERVER = Server("10.0.0.53", 5353)


class Socket:
    """A datagram socket; `inbox` holds what arrives."""

    def __init__(self, family: int, type: int) -> None:
        self.family = family
        self.inbox: list[bytes | OSError] = []
        self.sent: list[bytes] = []
        self.peer: Any = None
        self.closed = False

    def setblocking(self, blocking: bool) -> None:
        assert not blocking

    def connect(self, peer: Any) -> None:
        self.peer = peer
        if self.peer[1] == 1:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def fileno(self) -> int:
        return 5

    def getsockopt(self, level: int, option: int) -> int:
        return errno.ECONNREFUSED

    def recv(self, size: int) -> bytes:
        if not self.inbox:
            raise BlockingIOError
        data = self.inbox.pop(0)
        if isinstance(data, OSError):
            raise data
        return data

    def close(self) -> None:
        self.closed = True


class Reactor(MemoryReactorClock):
    """A reactor that keeps readers."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: list[Any] = []

    def addReader(self, reader: Any) -> None:
        self.reading.append(reader)

    def removeReader(self, reader: Any) -> None:
        if reader in self.reading:
            self.reading.remove(reader)


def read(data: bytes) -> dns.Message | None:
    return reply_of(data, 7, WEB)


class Udp(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = Reactor()
        self.sockets: list[Socket] = []

    def open(self, server: Server = SERVER) -> UdpExchange:
        def mk(family: int, type: int) -> Any:
            self.sockets.append(Socket(family, type))
            return self.sockets[-1]

        return UdpExchange(self.reactor, server, b"query", read, 2.0, mk)

    def arrive(self, *inbox: bytes | OSError) -> None:
        """Let things arrive, and the reactor look at the socket that many times."""
        self.sockets[0].inbox += inbox
        for _ in inbox:
            for reader in tuple(self.reactor.reading):
                reader.doRead()

    def all_is_closed(self) -> None:
        self.assertEqual(self.reactor.reading, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertTrue(all(each.closed for each in self.sockets))

    def test_the_reply_is_given(self) -> None:
        exchange = self.open()
        self.assertEqual(self.sockets[0].sent, [b"query"])
        self.assertEqual(self.sockets[0].peer, ("10.0.0.53", 5353))
        self.assertEqual(self.sockets[0].family, socket.AF_INET)
        self.assertEqual(exchange.fileno(), 5)
        self.arrive(GOOD)
        self.assertEqual(len(self.successResultOf(exchange.done).answers), 1)
        self.all_is_closed()

    def test_ipv6(self) -> None:
        self.open(Server("::1")).done.addErrback(lambda _: None)
        self.assertEqual(self.sockets[0].family, socket.AF_INET6)

    def test_other_datagrams_are_ignored(self) -> None:
        exchange = self.open()
        for reader in self.reactor.reading:
            reader.doRead()
        other = reply(Question("other.test", A)).toStr()
        self.arrive(b"", b"nonsense", other, GOOD)
        self.assertEqual(len(self.successResultOf(exchange.done).answers), 1)

    def test_silence(self) -> None:
        exchange = self.open()
        self.reactor.advance(1.9)
        self.assertNoResult(exchange.done)
        self.reactor.advance(0.2)
        fault = self.failureResultOf(exchange.done, NoAnswer).value
        self.assertEqual((str(fault), fault.silent), ("is silent", True))
        self.all_is_closed()

    def test_nobody_listens_there(self) -> None:
        exchange = self.open()
        self.arrive(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))
        fault = self.failureResultOf(exchange.done, NoAnswer).value
        self.assertEqual(str(fault), "is out of reach: Connection refused")
        self.assertFalse(fault.silent)
        self.all_is_closed()

    def test_no_way_there(self) -> None:
        exchange = self.open(Server("10.0.0.53", 1))
        self.failureResultOf(exchange.done, NoAnswer)
        self.all_is_closed()

    def test_nobody_listens_there_and_epoll_tells_of_it(self) -> None:
        exchange = self.open()
        exchange.connectionLost(Failure(error.ConnectionLost()))
        fault = self.failureResultOf(exchange.done, NoAnswer).value
        self.assertEqual(str(fault), "is out of reach: Connection refused")
        self.all_is_closed()

    def test_cancelled(self) -> None:
        exchange = self.open()
        exchange.done.cancel()
        self.failureResultOf(exchange.done, defer.CancelledError)
        self.all_is_closed()


class Tcp(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = Reactor()
        self.exchange = TcpExchange(self.reactor, SERVER, b"query", read, 2.0)
        self.host, self.port, self.factory, _, _ = self.reactor.tcpClients[0]
        self.transport = StringTransport()

    def connect(self) -> Any:
        stream = self.factory.buildProtocol(None)
        stream.makeConnection(self.transport)
        return stream

    def is_closed(self) -> bool:
        disconnected: bool = self.reactor.connectors[0]._disconnected
        return disconnected and not self.reactor.getDelayedCalls()

    def test_the_reply_is_given(self) -> None:
        stream = self.connect()
        self.assertEqual((self.host, self.port), SERVER)
        self.assertEqual(self.transport.value(), b"\0\x05query")
        whole = len(GOOD).to_bytes(2, "big") + GOOD
        stream.dataReceived(whole[:9])
        self.assertNoResult(self.exchange.done)
        stream.dataReceived(whole[9:] + whole)
        self.assertEqual(len(self.successResultOf(self.exchange.done).answers), 1)
        self.assertTrue(self.is_closed())

    def test_nonsense(self) -> None:
        self.connect().dataReceived(b"\0\x01x")
        self.failureResultOf(self.exchange.done, NoAnswer)
        self.assertTrue(self.is_closed())

    def test_silence(self) -> None:
        stream = self.connect()
        self.reactor.advance(2.1)
        self.assertTrue(self.failureResultOf(self.exchange.done, NoAnswer).value.silent)
        self.assertTrue(self.is_closed())
        stream.connectionLost(Failure(error.ConnectionDone()))

    def test_it_closes_before_it_answers(self) -> None:
        self.connect().connectionLost(Failure(error.ConnectionDone()))
        self.failureResultOf(self.exchange.done, NoAnswer)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_it_refuses(self) -> None:
        self.factory.clientConnectionFailed(None, Failure(error.ConnectionRefusedError()))
        self.failureResultOf(self.exchange.done, NoAnswer)
        self.assertFalse(self.reactor.connectors[0]._disconnected, "Twisted would object")
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_cancelled(self) -> None:
        self.exchange.done.cancel()
        self.failureResultOf(self.exchange.done, defer.CancelledError)
        self.assertTrue(self.is_closed())


class Ask(SynchronousTestCase):
    """Both, one after the other."""

    def setUp(self) -> None:
        self.said: list[tuple[str, bytes]] = []
        self.patch(dns_exchange, "UdpExchange", self.exchange("udp"))
        self.patch(dns_exchange, "TcpExchange", self.exchange("tcp"))
        self.udp = self.tcp = GOOD

    def exchange(self, how: str) -> Any:
        def mk(reactor: Any, server: Server, query: bytes, *rest: Any) -> Any:
            self.said.append((how, query))
            message = dns.Message()
            message.fromStr(self.udp if how == "udp" else self.tcp)
            return SimpleNamespace(done=defer.succeed(message))

        return mk

    def ask(self) -> dns.Message:
        asked = defer.Deferred.fromCoroutine(ask(None, SERVER, WEB, True, 1.0))
        return self.successResultOf(asked)

    def test_udp_is_enough(self) -> None:
        self.assertEqual(len(self.ask().answers), 1)
        self.assertEqual([how for how, _ in self.said], ["udp"])

    def test_what_is_cut_off_is_asked_for_over_tcp(self) -> None:
        self.udp = CUT
        self.assertEqual(len(self.ask().answers), 1)
        self.assertEqual([how for how, _ in self.said], ["udp", "tcp"])

    def test_what_is_cut_off_over_tcp_too_is_no_answer(self) -> None:
        self.udp = self.tcp = CUT
        asked = defer.Deferred.fromCoroutine(ask(None, SERVER, WEB, True, 1.0))
        self.assertIn("over TCP, too", str(self.failureResultOf(asked, NoAnswer).value))

    def test_ids_cannot_be_guessed(self) -> None:
        for _ in range(20):
            self.ask()
        self.assertGreater(len({query[:2] for _, query in self.said}), 15)
