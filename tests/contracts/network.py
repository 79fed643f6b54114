"""What every network does, whoever carries its streams.

In: a function that makes a `World` around a network. Out: a TestCase class with all rules. A rule
is a coroutine that gets the world; it waits by `until`, which looks after every event of a peer.
"""

from __future__ import annotations

import hashlib
import socket
from typing import TYPE_CHECKING, Any

from tests.support.memory import MemoryNetwork, Recorder, TestClient, TestServer
from twisted.internet import defer
from twisted.internet.error import ConnectingCancelledError
from twisted.trial import unittest

from linkerd.client.dial import text_of
from linkerd.net.connection import NO_TRANSPORT, Connection, Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

PATIENCE_S = 20.0
PIECE = bytes(range(256)) * 256  # 64 KiB


class World:
    """A network under test. `limit`: no more bytes than that are on their way between two ends."""

    limit = 16 * 1024 * 1024

    def __init__(self, network: Any) -> None:
        self.network = network
        self.servers: list[TestServer] = []

    def server(self, **how: Any) -> TestServer:
        """A listening server."""
        server = TestServer(self.network, watch=self.look, **how)
        self.servers.append(server)
        return server

    def client(self, server: TestServer) -> TestClient:
        """A client that dials it."""
        return TestClient(self.network, server.port, watch=self.look)

    async def pair(self, **how: Any) -> tuple[TestClient, Recorder]:
        """Two ends of an open stream."""
        server = self.server(**how)
        client = self.client(server)
        await self.until(lambda: client.connects and server.peers and server.peer.connects)
        return client, server.peer

    def black_hole(self) -> tuple[str, int]:
        """An address that does not answer a connect."""
        raise NotImplementedError

    def look(self) -> None:
        """Something happened."""

    async def until(self, what: Callable[[], object]) -> None:
        """Come back when it is so."""
        raise NotImplementedError

    async def settle(self) -> None:
        """Come back when all that is under way must have arrived."""
        server = self.server(on_data=lambda peer: peer.send(peer.take()))
        for _ in range(3):
            client = self.client(server)
            client.send(b"ping")
            await self.until(lambda client=client: client.received == b"ping")
            client.close()
            await self.until(lambda client=client: client.lost is not None)

    async def end(self) -> None:
        """Leave nothing behind."""
        for server in self.servers:
            for peer in server.peers:
                peer.abort()
            await server.stop()
            await self.until(lambda server=server: all(p.lost is not None for p in server.peers))
        self.network.close()


class MemoryWorld(World):
    """Virtual time: what does not happen by itself never will."""

    limit = 200_000

    def black_hole(self) -> tuple[str, int]:
        self.network.black_holes.add("192.0.2.1")
        return "192.0.2.1", 80

    async def until(self, what: Callable[[], object]) -> None:
        self.network.pump()
        end = self.network.clock.seconds() + PATIENCE_S
        while not what():
            assert self.network.clock.seconds() < end
            self.network.advance(0.01)


class RealWorld(World):
    """Real sockets on the real reactor."""

    def __init__(self, network: Any, reactor: Any) -> None:
        super().__init__(network)
        self.reactor = reactor
        self.waiting: list[tuple[Callable[[], object], defer.Deferred[None]]] = []
        self.sockets: list[socket.socket] = []

    def black_hole(self) -> tuple[str, int]:
        # Linux drops what would not fit into the backlog of those who wait to be accepted.
        listening = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.sockets.append(listening)
        address: tuple[str, int] = listening.getsockname()
        for _ in range(2):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(address)
            self.sockets.append(waiting)
        return address

    async def end(self) -> None:
        for each in self.sockets:
            each.close()
        await super().end()

    def look(self) -> None:
        waiting, self.waiting = self.waiting, []
        for what, deferred in waiting:
            if what():
                # Not at once: the test goes on behind the callback that we are in.
                self.reactor.callLater(0, deferred.callback, None)
            else:
                self.waiting.append((what, deferred))

    async def until(self, what: Callable[[], object]) -> None:
        if not what():
            deferred: defer.Deferred[None] = defer.Deferred(self._forget)
            self.waiting.append((what, deferred))
            await deferred.addTimeout(PATIENCE_S, self.reactor)

    def _forget(self, given_up: defer.Deferred[None]) -> None:
        self.waiting = [each for each in self.waiting if each[1] is not given_up]


class Bulk(Connection):
    """Sends `total` bytes as its peer takes them, and only counts and digests what it gets."""

    def __init__(self, total: int, look: Callable[[], None], stop_at: int = -1) -> None:
        super().__init__()
        self.total = total
        self.look = look
        self.stop_at = stop_at
        self.handed = 0
        self.counted = 0
        self.digest = hashlib.sha256()
        self.blocks = 0
        self.eof = False
        self.lost: str | None = None

    def connected(self, transport: Transport) -> None:
        super().connected(transport)
        self.drained()

    def drained(self) -> None:
        while self.handed < self.total:
            self.handed += len(PIECE)
            if not self.transport.write(PIECE):
                self.blocks += 1
                break
        self.look()

    def data_received(self, data: bytes) -> None:
        self.counted += len(data)
        self.digest.update(data)
        if 0 <= self.stop_at <= self.counted:
            self.stop_at = -1
            self.transport.pause()
        self.look()

    def eof_received(self) -> None:
        self.eof = True
        self.look()

    def connection_lost(self, why: str) -> None:
        assert self.lost is None
        self.lost = why
        self.look()


class BulkServer(TestServer):
    """Gives one `Bulk`."""

    bulk: Bulk

    def connection(self) -> Any:
        return self.bulk


# -- the rules


async def connects_and_echoes(world: World) -> None:
    client, peer = await world.pair(on_data=lambda peer: peer.send(peer.take()))
    client.send(b"hello")
    await world.until(lambda: client.received == b"hello")
    assert (client.connects, peer.connects) == (1, 1)
    assert client.transport.peer[1] == peer.transport.host[1] == world.servers[0].port
    assert client.transport.peer[0] == "127.0.0.1"
    assert peer.transport.peer == client.transport.host
    assert client.transport.bytes_out == client.transport.bytes_in == 5
    assert peer.transport.bytes_out == peer.transport.bytes_in == 5


async def refused(world: World) -> None:
    server = world.server()
    port = server.port
    await server.stop()
    client = TestClient(world.network, port, watch=world.look)
    await world.until(lambda: client.failure)
    assert text_of(client.failure) == "connection refused"
    assert client.connects == 0


async def a_connect_takes_its_time_only(world: World) -> None:
    ip, port = world.black_hole()
    client = TestClient(world.network, port, ip, timeout_s=0.2, watch=world.look)
    await world.settle()
    assert client.failure is None
    await world.until(lambda: client.failure)
    assert text_of(client.failure) == "connection timed out"


async def a_factory_may_refuse(world: World) -> None:
    server = world.server()
    server.refuse = True
    client = world.client(server)
    client.end_with_peer = True
    await world.until(lambda: client.lost is not None)
    assert server.peers == []


async def pieces_keep_their_order(world: World) -> None:
    client, peer = await world.pair()
    small, large = b"s" * 10, b"L" * 40_000
    sent = b""
    for first, second in ((small, large), (large, small), (small, small), (large, large)):
        client.transport.write_pair(first, second)
        client.transport.write(b"|")
        sent += first + second + b"|"
    await world.until(lambda: len(peer.received) == len(sent))
    assert peer.received == sent


async def bulk(world: World, from_client: bool) -> None:
    """A large transfer stands still while its reader pauses, and holds little meanwhile."""
    total = world.limit * 2
    sender = Bulk(total, world.look)
    reader = Bulk(0, world.look, stop_at=len(PIECE))
    server = BulkServer(world.network)
    world.servers.append(server)
    server.bulk, here = (reader, sender) if from_client else (sender, reader)
    endpoint = world.network.client(("127.0.0.1", server.port), 3.0)
    endpoint.connect(Carries(here))
    await world.until(lambda: sender.blocks and reader.counted)
    await world.settle()
    assert sender.handed < world.limit
    counted = reader.counted
    await world.settle()
    assert reader.counted == counted
    reader.transport.resume()
    await world.until(lambda: reader.counted >= sender.handed >= total)
    expected = hashlib.sha256(PIECE * (sender.handed // len(PIECE)))
    assert reader.digest.digest() == expected.digest()
    assert sender.transport.bytes_out == sender.handed == reader.transport.bytes_in
    sender.transport.close()
    await world.until(lambda: sender.lost == "" and reader.eof)
    reader.transport.close()
    await world.until(lambda: reader.lost == "")


async def bulk_from_client(world: World) -> None:
    await bulk(world, from_client=True)


async def bulk_from_server(world: World) -> None:
    await bulk(world, from_client=False)


async def client_half_closes(world: World) -> None:
    client, peer = await world.pair()
    client.send(b"all of it")
    client.finish()
    await world.until(lambda: peer.eof)
    assert peer.received == b"all of it"
    assert client.lost is peer.lost is None
    assert peer.transport.has_ended()
    assert not client.transport.has_ended()
    peer.send(b"answer")
    await world.until(lambda: client.received == b"answer")
    peer.close()
    await world.until(lambda: client.lost is not None and peer.lost is not None)
    assert (client.lost, peer.lost) == ("", "")
    assert peer.transport is client.transport is NO_TRANSPORT


async def server_finishes_and_the_peer_still_sends(world: World) -> None:
    client, peer = await world.pair()
    peer.send(b"last words")
    peer.finish()
    await world.until(lambda: client.eof)
    assert client.received == b"last words"
    client.send(b"and one more thing")
    await world.until(lambda: peer.received == b"and one more thing")
    client.close()
    await world.until(lambda: client.lost is not None and peer.lost is not None)
    assert (client.lost, peer.lost) == ("", "")


async def both_finish(world: World) -> None:
    """A stream whose two directions are over is gone, whoever was last."""
    client, peer = await world.pair()
    client.finish()
    await world.until(lambda: peer.eof)
    peer.send(b"bye")
    peer.finish()
    await world.until(lambda: client.lost is not None and peer.lost is not None)
    assert (client.lost, peer.lost) == ("", "")
    assert client.received == b"bye"


async def end_of_file_is_told_once(world: World) -> None:
    client, peer = await world.pair()
    client.finish()
    await world.until(lambda: peer.eof)
    peer.pause()
    peer.resume()
    await world.settle()
    assert peer.lost is None
    peer.send(b"still open")
    await world.until(lambda: client.received == b"still open")


async def finish_flushes_a_slow_stream(world: World) -> None:
    client, peer = await world.pair()
    client.pause()
    data = PIECE * (world.limit // len(PIECE))
    peer.send(data)
    peer.finish()
    client.resume()
    await world.until(lambda: client.eof)
    assert hashlib.sha256(client.received).digest() == hashlib.sha256(data).digest()
    client.send(b"thanks")
    await world.until(lambda: peer.received == b"thanks")


async def close_flushes(world: World) -> None:
    client, peer = await world.pair()
    client.pause()
    data = PIECE * (world.limit // len(PIECE))
    peer.send(data)
    peer.close()
    await world.settle()
    assert peer.lost is None
    client.resume()
    await world.until(lambda: client.eof)
    assert hashlib.sha256(client.received).digest() == hashlib.sha256(data).digest()
    assert peer.lost == ""


async def after_close_only_the_end_is_told(world: World) -> None:
    client, peer = await world.pair()
    peer.on_data = lambda peer: peer.close()
    client.send(b"one")
    await world.until(lambda: peer.received == b"one")
    client.send(b"two")
    await world.until(lambda: peer.lost is not None)
    assert (peer.received, peer.eof) == (b"one", False)


async def abort_resets(world: World) -> None:
    client, peer = await world.pair()
    peer.send(b"half of")
    await world.until(lambda: client.received)
    peer.abort()
    await world.until(lambda: client.lost is not None and peer.lost is not None)
    assert (client.lost, client.eof) == ("connection reset by peer", False)
    assert (peer.lost, peer.eof) == ("", False)


async def abort_does_not_wait_for_a_slow_reader(world: World) -> None:
    client, peer = await world.pair()
    client.pause()
    peer.send(PIECE * (world.limit // len(PIECE)))
    peer.abort()
    await world.until(lambda: peer.lost is not None)
    client.resume()
    await world.until(lambda: client.lost is not None)
    assert client.lost == "connection reset by peer"


async def what_came_before_a_reset_is_read(world: World) -> None:
    client, peer = await world.pair()
    client.pause()
    await world.settle()
    peer.send(b"x" * 20_000)
    await world.settle()
    peer.abort()
    await world.until(lambda: peer.lost is not None)
    await world.settle()
    assert (client.received, client.lost) == (b"", None)
    client.resume()
    await world.until(lambda: client.lost is not None)
    assert (len(client.received), client.lost) == (20_000, "connection reset by peer")


async def what_came_before_a_close_is_read(world: World) -> None:
    client, peer = await world.pair()
    client.pause()
    await world.settle()
    peer.send(b"x" * 20_000)
    peer.close()
    await world.until(lambda: peer.lost is not None)
    await world.settle()
    assert (client.received, client.lost) == (b"", None)
    client.resume()
    await world.until(lambda: client.eof)
    assert len(client.received) == 20_000


async def paused_is_silent(world: World) -> None:
    client, peer = await world.pair()
    peer.pause()
    await world.settle()
    client.send(b"early")
    client.finish()
    await world.settle()
    assert (peer.received, peer.eof) == (b"", False)
    peer.resume()
    await world.until(lambda: peer.eof)
    assert peer.received == b"early"


async def stopped_ports_refuse_and_streams_go_on(world: World) -> None:
    client, peer = await world.pair(on_data=lambda peer: peer.send(peer.take()))
    port = world.servers[0].port
    await world.servers[0].stop()
    late = TestClient(world.network, port, watch=world.look)
    await world.until(lambda: late.failure)
    client.send(b"still here")
    await world.until(lambda: client.received == b"still here")
    assert peer.lost is None


async def two_hundred_streams(world: World) -> None:
    server = world.server(on_data=lambda peer: peer.send(peer.take()))
    clients = [world.client(server) for _ in range(200)]
    for i, client in enumerate(clients):
        client.send(b"%d" % i)
    await world.until(lambda: all(client.received for client in clients))
    assert [client.received for client in clients] == [b"%d" % i for i in range(200)]
    for client in clients:
        client.close()
    await world.until(lambda: all(client.lost == "" for client in clients))
    for peer in server.peers:
        peer.close()
    await world.until(lambda: all(peer.lost == "" for peer in server.peers))


async def a_dial_can_be_cancelled(world: World) -> None:
    server = world.server()
    client = world.client(server)
    client.result.cancel()
    assert client.failure.check(defer.CancelledError, ConnectingCancelledError)
    await world.settle()
    assert client.connects == 0


class Carries(TestServer):
    """A client factory for a given connection."""

    def __init__(self, given: Connection) -> None:
        self.given = given

    def connection(self) -> Any:
        return self.given


NETWORK_CONTRACT = (
    a_connect_takes_its_time_only,
    a_dial_can_be_cancelled,
    a_factory_may_refuse,
    abort_does_not_wait_for_a_slow_reader,
    abort_resets,
    after_close_only_the_end_is_told,
    both_finish,
    bulk_from_client,
    bulk_from_server,
    client_half_closes,
    close_flushes,
    connects_and_echoes,
    end_of_file_is_told_once,
    finish_flushes_a_slow_stream,
    paused_is_silent,
    pieces_keep_their_order,
    refused,
    server_finishes_and_the_peer_still_sends,
    stopped_ports_refuse_and_streams_go_on,
    two_hundred_streams,
    what_came_before_a_close_is_read,
    what_came_before_a_reset_is_read,
)


def network_contract(
    make: Callable[[], World], rules: Sequence[Callable[[Any], Awaitable[None]]] = NETWORK_CONTRACT
) -> type[unittest.TestCase]:
    """A TestCase that puts every rule to a world of its own."""

    def test_of(rule: Callable[[World], Awaitable[None]]) -> Any:
        def test(self: unittest.TestCase) -> defer.Deferred[None]:
            async def run() -> None:
                world = make()
                try:
                    await rule(world)
                finally:
                    await world.end()

            return defer.Deferred.fromCoroutine(run())

        return test

    tests = {f"test_{rule.__name__}": test_of(rule) for rule in rules}
    return type("NetworkContract", (unittest.TestCase,), {**tests, "timeout": 60})


def memory_world(latency_s: float = 0.0) -> MemoryWorld:
    """A world in memory."""
    return MemoryWorld(MemoryNetwork(latency_s=latency_s))
