"""The adapter to Twisted's transports: the same calls, the same ends."""

from __future__ import annotations

from typing import Any

from tests.support.memory import Given, Recorder
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial import unittest

from linkerd.net.connection import NO_TRANSPORT
from linkerd.net.endpoints import ConnectionFactory
from linkerd.net.socket_options import SocketOptions
from linkerd.net.stock import StockProtocol, pair


class Under(StringTransport):
    """Twisted's side, with a record of what it was asked for."""

    def __init__(self) -> None:
        super().__init__(
            hostAddress=IPv4Address("TCP", "127.0.0.1", 80),
            peerAddress=IPv4Address("TCP", "192.0.2.1", 4711),
        )
        self.no_delay = False
        self.keep_alive = False
        self.calls: list[str] = []

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self.keep_alive = enabled

    def unregisterProducer(self) -> None:
        self.calls.append("unregister")
        if self.producer is not None:
            super().unregisterProducer()

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def loseWriteConnection(self) -> None:
        self.calls.append("lose write")

    def loseConnection(self) -> None:
        self.calls.append("lose")

    def abortConnection(self) -> None:
        self.calls.append("abort")


class StockTest(unittest.SynchronousTestCase):
    def setUp(self) -> None:
        self.recorder = Recorder()
        protocol: Any = Given(self.recorder).buildProtocol(None)
        self.protocol: StockProtocol = protocol
        self.under = Under()
        self.protocol.makeConnection(self.under)
        self.transport: Any = self.recorder.transport

    def lose(self, error: Exception) -> None:
        self.protocol.connectionLost(Failure(error))

    def test_a_stream_opens(self) -> None:
        assert self.recorder.connects == 1
        assert self.transport.peer == ("192.0.2.1", 4711)
        assert self.transport.host == ("127.0.0.1", 80)
        assert self.under.no_delay
        assert self.under.producer is self.protocol
        assert self.under.streaming
        assert self.transport.fd == -1

    def test_interfaces(self) -> None:
        assert IHalfCloseableProtocol.providedBy(self.protocol)
        assert IPushProducer.providedBy(self.protocol)

    def test_a_factory_may_refuse(self) -> None:
        class Refusing(ConnectionFactory):
            def connection(self) -> None:
                return None

        assert Refusing().buildProtocol(None) is None

    def test_bytes_both_ways_are_counted(self) -> None:
        self.protocol.dataReceived(b"hello")
        assert self.recorder.received == b"hello"
        assert self.transport.write(b"ab")
        assert self.transport.write_pair(b"cd", b"ef")
        assert self.under.value() == b"abcdef"
        assert (self.transport.bytes_in, self.transport.bytes_out) == (5, 6)

    def test_a_slow_peer(self) -> None:
        self.protocol.resumeProducing()
        assert self.recorder.drains == 0
        self.protocol.pauseProducing()
        assert not self.transport.write(b"x")
        assert not self.transport.write_pair(b"x", b"y")
        self.protocol.resumeProducing()
        assert self.recorder.drains == 1
        assert self.transport.write(b"x")

    def test_reading_stops_and_goes_on(self) -> None:
        self.transport.pause()
        self.transport.resume()
        assert self.under.calls == ["pause", "resume"]

    def test_a_producer_never_holds_an_end_up(self) -> None:
        self.transport.close()
        assert self.under.calls == ["unregister", "lose"]

    def test_half_closing_once(self) -> None:
        self.transport.finish()
        self.transport.finish()
        assert self.under.calls == ["unregister", "lose write"]

    def test_the_peer_ends_after_us(self) -> None:
        self.transport.finish()
        self.protocol.writeConnectionLost()
        assert "lose" not in self.under.calls
        self.protocol.readConnectionLost()
        assert self.under.calls[-1] == "lose"
        assert not self.recorder.eof, "the stream is over: connection_lost tells it"

    def test_we_end_after_the_peer(self) -> None:
        self.protocol.readConnectionLost()
        assert self.recorder.eof
        self.transport.finish()
        self.protocol.writeConnectionLost()
        assert self.under.calls[-1] == "lose"

    def test_end_of_file_is_not_read_again(self) -> None:
        self.protocol.readConnectionLost()
        self.transport.resume()
        assert "resume" not in self.under.calls

    def test_what_was_written_can_be_sent_at_once(self) -> None:
        self.transport.flush()
        self.under.doWrite = lambda: self.under.calls.append("send")
        self.transport.flush()
        assert self.under.calls == ["send"]

    def test_aborting(self) -> None:
        self.transport.abort()
        assert self.under.calls == ["abort"]

    def test_ends_have_the_engines_words(self) -> None:
        for error, why in (
            (ConnectionDone(), ""),
            (ConnectionAborted(), ""),
            (ConnectionLost(), "connection reset by peer"),
        ):
            with self.subTest(why=why):
                self.setUp()
                self.lose(error)
                assert self.recorder.lost == why
                assert self.recorder.transport is NO_TRANSPORT

    def test_a_failure_at_the_end_leaves_no_transport(self) -> None:
        self.recorder.lost = "already"
        with self.assertRaises(AssertionError):
            self.lose(ConnectionDone())
        assert self.recorder.transport is NO_TRANSPORT

    def test_options_of_a_stream(self) -> None:
        assert (self.under.no_delay, self.under.keep_alive) == (True, False)
        factory = Given(Recorder())
        factory.options = SocketOptions(no_delay=False, keep_alive=True)
        protocol: Any = factory.buildProtocol(None)
        under = Under()
        under.no_delay = True
        protocol.makeConnection(under)
        assert (under.no_delay, under.keep_alive) == (False, True)

    def test_before_the_stream_is_open_nothing_is_told(self) -> None:
        protocol = StockProtocol(self.recorder)
        protocol.pauseProducing()
        protocol.resumeProducing()
        protocol.stopProducing()
        assert self.recorder.drains == 0

    def test_kinds_of_addresses(self) -> None:
        assert pair(IPv4Address("TCP", "192.0.2.1", 80)) == ("192.0.2.1", 80)
        assert pair(UNIXAddress(b"/socket")) == ("", 0)
