"""Connections on which no byte moves, in memory."""

from __future__ import annotations

from typing import Any

from tests.support.memory import RESET, MemoryNetwork, Recorder, TestClient, TestServer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.net.liveness import Liveness, liveness_of
from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions
from linkerd.telemetry.metrics import Scope


class LivenessCase(SynchronousTestCase):
    def watched(self, window: int = 65536, **limits: int) -> tuple[TestClient, Recorder]:
        """A client, and the server's end of its stream, which is watched."""
        self.network = MemoryNetwork(window=window)
        self.scope = Scope()
        options = SocketOptions(**limits)
        clock = self.network.clock.seconds
        liveness: Any = liveness_of(options, self.network.wheel, clock, self.scope)
        assert isinstance(liveness, Liveness)
        server = TestServer(self.network, 80, on_connect=liveness.watch)
        client = TestClient(self.network, 80)
        self.network.pump()
        return client, server.peer

    def count(self, name: str) -> float:
        return self.scope.counter(name).value

    def test_nothing_is_watched_by_default(self) -> None:
        network = MemoryNetwork()
        scope = Scope()
        clock = network.clock.seconds
        self.assertIsNone(liveness_of(DEFAULT_OPTIONS, network.wheel, clock, scope))
        self.assertEqual(list(scope.walk()), [])

    def test_a_peer_that_says_nothing(self) -> None:
        client, _ = self.watched(read_timeout_ms=4000)
        self.network.advance(3.9)
        self.assertIsNone(client.lost)
        self.network.advance(1.5)
        self.assertEqual(client.lost, RESET)
        self.assertEqual((self.count("read_timeout"), self.count("write_timeout")), (1, 0))

    def test_a_byte_now_and_then_is_enough(self) -> None:
        client, peer = self.watched(read_timeout_ms=4000)
        for _ in range(10):
            self.network.advance(2.9)
            client.send(b"x")
        self.network.advance(0.1)
        self.assertEqual((client.lost, peer.received), (None, b"x" * 10))

    def test_what_we_say_does_not_count(self) -> None:
        client, peer = self.watched(read_timeout_ms=4000)
        for _ in range(6):
            peer.send(b"x")
            self.network.advance(1.0)
        self.assertEqual(client.lost, RESET)

    def test_a_peer_that_takes_nothing(self) -> None:
        client, peer = self.watched(window=100, write_timeout_ms=4000)
        client.pause()
        peer.send(b"x" * 1000)
        self.network.advance(3.9)
        self.assertIsNone(peer.lost)
        self.network.advance(1.5)
        self.assertEqual(peer.lost, "")
        self.assertEqual((self.count("read_timeout"), self.count("write_timeout")), (0, 1))

    def test_a_peer_that_takes_slowly(self) -> None:
        client, peer = self.watched(window=100, write_timeout_ms=4000)
        client.pause()
        peer.send(b"x" * 1000)
        for _ in range(8):
            self.network.advance(2.5)
            client.resume()
            self.network.pump()
            client.pause()
        self.assertIsNone(peer.lost)

    def test_nothing_to_take_is_no_fault(self) -> None:
        client, peer = self.watched(write_timeout_ms=4000)
        peer.send(b"x")
        self.network.advance(100.0)
        self.assertEqual((peer.lost, client.received), (None, b"x"))

    def test_a_connection_that_is_gone_is_forgotten(self) -> None:
        client, peer = self.watched(read_timeout_ms=4000)
        client.abort()
        self.network.advance(0.1)
        self.assertEqual(peer.lost, RESET)
        self.network.advance(4.0)
        self.assertEqual(self.network.wheel.armed, 0)
