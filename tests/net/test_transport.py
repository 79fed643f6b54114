"""The socket transport: nothing is lost, nothing spins, an idle one holds no buffer."""

from __future__ import annotations

import gc
import socket
import tracemalloc

from tests.net.rig import Rig, ended
from tests.support.memory import Recorder
from twisted.trial import unittest

from linkerd.net.connection import NO_TRANSPORT, Connection
from linkerd.net.engine import READ
from linkerd.net.splice import CHUNK
from linkerd.net.transport import HIGH_WATER, SocketTransport

RESET = b"\1\0\0\0\0\0\0\0"
TAIL = b"t" * 20_000
MUCH = b"m" * 12_000_000  # more than two kernels' buffers take


def reset(far: socket.socket) -> None:
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    far.close()


class TransportTest(unittest.SynchronousTestCase):
    def setUp(self) -> None:
        self.rig = Rig()
        self.addCleanup(self.rig.close)
        self.recorder = Recorder()
        self.transport, self.far = self.rig.pair(self.recorder)

    def drain(self, far: socket.socket) -> int:
        """Read the peer's side until the transport has sent all, or ended."""
        count = 0
        far.setblocking(False)
        for _ in range(100_000):
            self.rig.engine.turn(0)
            try:
                data = far.recv(1 << 20)
            except BlockingIOError:
                if not self.transport.out:
                    return count
                continue
            if not data:
                return count
            count += len(data)
        raise AssertionError("it never ended")


class TailTest(TransportTest):
    """What the peer sent before it left is delivered, whatever else happens."""

    def paused_with_tail(self) -> None:
        self.recorder.pause()
        self.far.sendall(TAIL)

    def test_close_while_paused(self) -> None:
        self.paused_with_tail()
        self.far.close()
        assert self.rig.turn_all() == 0
        self.recorder.resume()
        self.rig.turn_until(lambda: self.recorder.eof)
        assert self.recorder.received == TAIL

    def test_reset_while_paused(self) -> None:
        self.paused_with_tail()
        reset(self.far)
        assert self.rig.turn_all() <= 1
        assert (self.recorder.lost, self.recorder.received) == (None, b"")
        assert self.recorder.gone, "whoever waits for the peer must hear of it"
        self.recorder.resume()
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost) == (TAIL, "connection reset by peer")

    def test_reset_while_paused_with_nothing_left_to_read(self) -> None:
        self.recorder.pause()
        reset(self.far)
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == "connection reset by peer"

    def test_reset_while_paused_with_bytes_to_send(self) -> None:
        self.transport.write(MUCH)
        self.paused_with_tail()
        reset(self.far)
        assert self.rig.turn_all() <= 2, "a broken socket is always ready: do not watch it"
        assert (self.recorder.lost, self.recorder.gone) == (None, True)
        assert self.transport.waiting == 0, "nobody will ever take it"
        self.recorder.resume()
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost) == (TAIL, "connection reset by peer")

    def test_a_write_finds_the_reset_while_paused(self) -> None:
        self.paused_with_tail()
        reset(self.far)
        assert self.transport.write(b"to nobody")
        self.transport.write(b"to nobody")
        self.rig.turn_all()
        assert (self.recorder.lost, self.recorder.gone) == (None, True)
        self.recorder.resume()
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost) == (TAIL, "connection reset by peer")

    def test_a_write_finds_the_reset_while_reading(self) -> None:
        """An endpoint that answers early and closes: its answer counts."""
        self.far.sendall(TAIL)
        reset(self.far)
        self.transport.write(b"the rest of the request")
        self.transport.write(b"and more of it")
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost) == (TAIL, "connection reset by peer")

    def test_a_write_finds_the_reset_with_many_reads_to_go(self) -> None:
        self.transport.chunk = 1024
        self.far.sendall(TAIL)
        reset(self.far)
        self.transport.write(b"the rest of the request")
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost) == (TAIL, "connection reset by peer")

    def test_a_write_fails_while_the_peer_is_well(self) -> None:
        """The kernel has no room for buffers, say: no event will follow."""
        self.paused_with_tail()
        self.transport.give_up("no buffer space available")
        self.rig.turn_all()
        assert self.recorder.lost is None
        self.recorder.resume()
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost) == (TAIL, "no buffer space available")

    def test_a_write_fails_after_the_peer_finished(self) -> None:
        self.far.sendall(TAIL)
        self.far.shutdown(socket.SHUT_WR)
        self.transport.give_up("no buffer space available")
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.eof) == (TAIL, False)
        assert self.recorder.lost == "no buffer space available"

    def test_a_flush_finds_the_reset(self) -> None:
        self.transport.write(MUCH)
        self.far.sendall(TAIL)
        reset(self.far)
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost) == (TAIL, "connection reset by peer")

    def test_a_reader_that_pauses_in_the_middle_of_the_tail(self) -> None:
        pieces = 3
        self.recorder.on_data = lambda peer: peer.pause()
        self.transport.chunk = 8192
        self.far.sendall(TAIL)
        reset(self.far)
        self.transport.write(b"to nobody")
        for _ in range(pieces):
            self.rig.turn_all()
            assert self.recorder.lost is None or len(self.recorder.received) == len(TAIL)
            self.recorder.resume()
            self.transport.chunk = 8192
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.received == TAIL

    def test_nothing_left_to_read_ends_at_once(self) -> None:
        """A departure is noticed also while paused, where no bytes are at stake."""
        self.recorder.pause()
        self.transport.write(MUCH)
        reset(self.far)
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == "connection reset by peer"

    def test_the_last_words_of_both_are_no_departure(self) -> None:
        """Half-closed from either side, all read: an orderly end, though nothing was asked for."""
        self.recorder.pause()
        self.transport.finish()
        self.far.shutdown(socket.SHUT_WR)
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == ""
        assert self.transport.has_ended()

    def test_who_closes_does_not_wait_for_a_tail(self) -> None:
        self.paused_with_tail()
        reset(self.far)
        self.transport.write(b"to nobody")
        self.rig.turn_all()
        assert self.recorder.lost is None
        self.recorder.close()
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.received == b""

    def test_peer_gone_may_abort(self) -> None:
        class Impatient(Recorder):
            def peer_gone(self) -> None:
                self.transport.abort()

        impatient = Impatient()
        transport, far = self.rig.pair(impatient)
        impatient.pause()
        far.sendall(TAIL)
        transport.write(MUCH)
        reset(far)
        self.rig.turn_until(ended(impatient))
        assert impatient.received == b""


class EndTest(TransportTest):
    def test_both_directions_over_from_our_side(self) -> None:
        self.far.shutdown(socket.SHUT_WR)
        self.rig.turn_until(lambda: self.recorder.eof)
        assert self.rig.turn_all() == 0, "end of file is not told again"
        self.recorder.resume()
        assert self.rig.turn_all() == 0
        self.transport.write(b"bye")
        self.recorder.finish()
        self.recorder.finish()
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == ""
        assert self.far.recv(10) == b"bye"
        assert self.far.recv(10) == b""

    def test_finish_behind_what_waits_and_end_of_file_seen(self) -> None:
        self.far.shutdown(socket.SHUT_WR)
        self.rig.turn_until(lambda: self.recorder.eof)
        self.transport.write(MUCH)
        self.recorder.finish()
        assert self.drain(self.far) == len(MUCH)
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == ""

    def test_a_reset_after_end_of_file(self) -> None:
        self.far.shutdown(socket.SHUT_WR)
        self.rig.turn_until(lambda: self.recorder.eof)
        self.transport.write(MUCH)
        reset(self.far)
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == "connection reset by peer"

    def test_close_flushes_and_tells_only_the_end(self) -> None:
        self.transport.write(MUCH)
        self.recorder.close()
        assert self.drain(self.far) == len(MUCH)
        self.rig.turn_until(ended(self.recorder))
        assert (self.recorder.received, self.recorder.lost, self.recorder.drains) == (b"", "", 0)
        assert self.recorder.transport is NO_TRANSPORT

    def test_an_event_at_hand_does_not_reach_who_closed_while_bytes_wait(self) -> None:
        self.transport.write(MUCH)
        self.far.sendall(b"unheard")
        self.recorder.close()
        self.transport.readable()
        assert self.recorder.received == b""
        self.far.close()
        self.rig.turn_until(ended(self.recorder))

    def test_an_event_at_hand_reaches_neither_who_closed_nor_who_paused(self) -> None:
        self.far.sendall(b"for later")
        self.recorder.pause()
        self.transport.readable()
        assert self.recorder.received == b""
        self.recorder.resume()
        self.rig.turn_until(lambda: self.recorder.received == b"for later")
        self.far.sendall(b"unheard")
        self.recorder.close()
        self.transport.readable()
        assert self.recorder.received == b"for later"
        self.rig.turn_until(ended(self.recorder))

    def test_abort_forgets_what_waits(self) -> None:
        self.transport.write(MUCH)
        self.recorder.abort()
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == ""
        with self.assertRaises(ConnectionResetError):
            while self.far.recv(1 << 20):
                pass

    def test_the_end_comes_once_and_later_calls_mean_nothing(self) -> None:
        self.recorder.close()
        self.recorder.close()
        self.recorder.abort()
        self.rig.turn_until(ended(self.recorder))
        for call in ("close", "abort", "finish", "pause", "resume"):
            getattr(self.transport, call)()
        self.transport.write(b"x")
        self.transport.fail("late")
        self.rig.turn_all()
        self.rig.engine.settle()
        assert self.recorder.lost == ""
        assert self.transport.fd == -1

    def test_finish_to_a_peer_that_is_gone(self) -> None:
        reset(self.far)
        self.recorder.finish()
        self.rig.turn_until(ended(self.recorder))
        assert self.recorder.lost == "connection reset by peer"


class WritingTest(TransportTest):
    def test_a_slow_peer_is_told_apart_from_a_fast_one(self) -> None:
        assert self.transport.write(b"x")
        assert not self.transport.write(MUCH)
        assert self.transport.blocked
        assert self.transport.waiting > HIGH_WATER
        assert not self.transport.write(b"more")
        assert self.drain(self.far) == len(MUCH) + 5
        assert self.recorder.drains == 1
        assert not self.transport.blocked
        assert self.transport.interest == READ
        assert self.transport.bytes_out == len(MUCH) + 5

    def test_pairs_are_sent_in_order_however_little_fits(self) -> None:
        sent = b""
        for i in range(300):
            first, second = b"%06d" % i, bytes([i % 256]) * (i * 997 % 50_000)
            self.transport.write_pair(first, second)
            sent += first + second
        self.recorder.finish()
        self.far.setblocking(False)
        received = b""
        while len(received) < len(sent):
            self.rig.engine.turn(0)
            try:
                received += self.far.recv(1 << 16)
            except BlockingIOError:
                pass
        assert received == sent

    def test_nothing_to_send_is_nothing(self) -> None:
        assert self.transport.write(b"")
        assert self.transport.out == []
        assert self.rig.turn_all() == 0


class IdleTest(TransportTest):
    def test_a_paused_transport_is_not_watched(self) -> None:
        self.recorder.pause()
        self.far.sendall(b"x")
        assert self.rig.turn_all() == 0
        assert self.transport.interest == 0

    def test_an_idle_connection_holds_no_buffer(self) -> None:
        """Objects of ours for an idle connection: below 1.5 KiB, after it has been used."""
        pairs = [self.rig.sockets_pair() for _ in range(100)]
        gc.collect()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            transports = [SocketTransport(self.rig.engine, near, Echo()) for near, _ in pairs]
            for transport in transports:
                transport.start()
            for _, far in pairs:
                far.sendall(b"x" * 10_000)
            self.rig.turn_until(lambda: all(each.bytes_in == 10_000 for each in transports))
            gc.collect()
            per_connection = (tracemalloc.get_traced_memory()[0] - before) / len(pairs)
        finally:
            tracemalloc.stop()
        assert per_connection < 1536, per_connection
        assert all(each.out == [] and each.bytes_out == 10_000 for each in transports)

    def test_a_transport_has_no_dictionary(self) -> None:
        assert not hasattr(self.transport, "__dict__")

    def test_large_reads_for_bulk_only(self) -> None:
        assert self.transport.chunk == CHUNK
        self.far.settimeout(5)
        far, self.far = self.far, self.rig.sockets_pair()[1]
        for _ in range(20):
            far.sendall(b"b" * 4 * CHUNK)
            self.rig.turn_all()
        assert self.transport.chunk > CHUNK
        far.sendall(b"a small request")
        self.rig.turn_all()
        assert self.transport.chunk == CHUNK
        far.sendall(b"b" * 4 * CHUNK)
        self.rig.turn_until(lambda: self.transport.chunk > CHUNK)
        self.recorder.pause()
        assert self.transport.chunk == CHUNK


class Echo(Connection):
    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
