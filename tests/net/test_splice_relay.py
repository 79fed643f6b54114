"""Whatever comes, in bulk past this process: both ways at once, in order, to the last byte."""

from __future__ import annotations

import random  # noqa: TID251 - data to compare
import socket

from tests.net.rig import Rig
from twisted.trial import unittest

from linkerd.net import splice
from linkerd.net.connection import Connection
from linkerd.net.splice import CHUNK, Pipes
from linkerd.net.transport import RESET, SocketTransport

DATA = random.Random(2).randbytes(5_000_000)


class Half(Connection):
    """Passes on what it hears to `to`, as raw connections do."""

    def __init__(self) -> None:
        super().__init__()
        self.to: SocketTransport | None = None
        self.heard = 0
        self.lost: str | None = None
        self.gone = False

    def data_received(self, data: bytes) -> None:
        assert self.to is not None
        self.heard += len(data)
        if not self.to.write(data):
            self.transport.pause()
        elif len(data) >= CHUNK:
            self.transport.relay_to(self.to)

    def drained(self) -> None:
        assert self.to is not None
        self.to.resume()

    def eof_received(self) -> None:
        assert self.to is not None
        self.to.finish()

    def peer_gone(self) -> None:
        self.gone = True

    def connection_lost(self, why: str) -> None:
        self.lost = why
        if self.to is not None and not why:
            self.to.finish()


class RelayTest(unittest.SynchronousTestCase):
    def setUp(self) -> None:
        self.rig = Rig()
        self.addCleanup(self.rig.close)
        self.left, self.right = Half(), Half()
        one, self.client = self.rig.pair(self.left)
        other, self.server = self.rig.pair(self.right)
        self.left.to, self.right.to = other, one
        self.ours, self.theirs = one, other
        self.client.setblocking(False)
        self.server.setblocking(False)

    def pipes(self) -> Pipes:
        pipes = self.rig.engine.pipes
        assert pipes is not None
        return pipes

    def step(
        self, sock: socket.socket, unsent: memoryview, got: bytearray, read: int
    ) -> memoryview:
        """Send and receive a little."""
        if unsent:
            try:
                unsent = unsent[sock.send(unsent) :]
            except BlockingIOError:
                pass
        try:
            got += sock.recv(read)
        except BlockingIOError:
            pass
        return unsent

    def exchange(self, up: bytes, down: bytes, read: int = 1 << 20) -> None:
        """Move `up` from the client and `down` from the server, and compare."""
        there, back = bytearray(), bytearray()
        upwards, downwards = memoryview(up), memoryview(down)
        for _ in range(50_000):
            upwards = self.step(self.client, upwards, back, read)
            downwards = self.step(self.server, downwards, there, read)
            self.rig.engine.turn(0)
            if len(there) >= len(up) and len(back) >= len(down):
                break
        assert there == up
        assert back == down

    def test_bulk_goes_past_this_process(self) -> None:
        self.exchange(DATA, b"")
        assert self.left.heard < len(DATA) // 4
        assert (self.ours.bytes_in, self.theirs.bytes_out) == (len(DATA), len(DATA))

    def test_both_ways_at_once(self) -> None:
        self.exchange(DATA, DATA[::-1])

    def test_a_slow_reader(self) -> None:
        self.exchange(DATA, b"", read=20_000)
        assert self.left.heard < len(DATA) // 2

    def test_slow_readers_on_both_sides(self) -> None:
        self.exchange(DATA[:2_000_000], DATA[2_000_000:4_000_000], read=9_000)

    def test_behind_bulk_small_pieces_go_as_before(self) -> None:
        self.exchange(DATA, b"")
        for turn in range(20):
            self.exchange(b"question %d" % turn, b"answer %d" % turn)
        assert self.ours.pulling is None
        assert self.theirs.feeding is None

    def test_at_rest_no_pipe_is_held(self) -> None:
        self.exchange(DATA, DATA)
        self.rig.turn_all()
        assert self.pipes().used == 0

    def test_while_the_reader_rests_nothing_spins(self) -> None:
        for _ in range(300):
            try:
                self.client.send(DATA)
            except BlockingIOError:
                pass
            self.rig.engine.turn(0)
        assert self.rig.turn_all() == 0
        assert self.pipes().used == 1

    def test_an_end_behind_bulk_is_passed_on_behind_it(self) -> None:
        self.client.setblocking(True)
        self.fill()
        self.client.shutdown(socket.SHUT_WR)
        sent = self.sent
        got = self.drain()
        assert len(got) == sent
        assert got == (DATA * 3)[:sent]
        assert self.right.lost is None
        self.server.close()
        self.rig.turn_until(lambda: self.left.lost is not None and self.right.lost is not None)
        assert (self.left.lost, self.right.lost) == ("", "")

    def fill(self) -> None:
        """Have the client write until nothing goes on any more."""
        self.client.setblocking(False)
        self.sent = 0
        data = memoryview(DATA * 3)
        for _ in range(400):
            try:
                self.sent += self.client.send(data[self.sent :])
            except BlockingIOError:
                pass
            self.rig.engine.turn(0)

    def drain(self) -> bytes:
        """What the server gets to its end."""
        got = bytearray()
        for _ in range(50_000):
            self.rig.engine.turn(0)
            try:
                data = self.server.recv(1 << 20)
            except BlockingIOError:
                continue
            if not data:
                break
            got += data
        return bytes(got)

    def test_a_client_that_leaves_while_its_bytes_wait(self) -> None:
        """It closes in good order, and we had said our last: what it said still arrives."""
        self.server.shutdown(socket.SHUT_WR)
        self.rig.turn_all()
        self.fill()
        self.client.close()
        self.rig.turn_all()
        assert len(self.drain()) == self.sent

    def test_a_reset_in_the_middle_is_told(self) -> None:
        self.exchange(DATA, b"")
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.client.close()
        self.rig.turn_until(lambda: self.left.lost is not None)
        assert self.left.lost == "connection reset by peer"
        assert self.pipes().used == 0

    def test_a_reader_that_is_gone_ends_the_writer_too(self) -> None:
        self.exchange(DATA, b"")
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.server.close()
        for _ in range(300):
            try:
                self.client.send(DATA)
            except BlockingIOError:
                pass
            self.rig.engine.turn(0)
        assert self.right.lost is not None
        assert self.pipes().used == 0

    def test_without_a_pipe_all_goes_through_this_process(self) -> None:
        self.patch(splice, "MOST_PIPES", 0)
        self.exchange(DATA, DATA)
        assert self.left.heard == len(DATA)

    def test_where_the_system_cannot_nothing_changes(self) -> None:
        self.patch(splice, "CAN_SPLICE", False)
        self.exchange(DATA, b"")
        assert self.left.heard == len(DATA)
