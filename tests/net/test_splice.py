"""Bytes that go from one socket to another by themselves: all of them, in order, or visibly not."""

from __future__ import annotations

import random  # noqa: TID251 - data to compare
import socket

from tests.net.rig import Rig, ended
from tests.support.memory import Recorder
from twisted.trial import unittest

from linkerd.net import splice
from linkerd.net.engine import WRITE
from linkerd.net.splice import KEPT_PIPES, SPLICE_FROM, Pipe, Pipes
from linkerd.net.transport import RESET

BODY = random.Random(1).randbytes(6_000_000)


class Upstream(Recorder):
    """Counts how often it hears that all went through."""

    def __init__(self) -> None:
        super().__init__()
        self.through = 0

    def spliced(self) -> None:
        self.through += 1


class SpliceTest(unittest.SynchronousTestCase):
    def setUp(self) -> None:
        self.rig = Rig()
        self.addCleanup(self.rig.close)
        self.upstream = Upstream()
        self.client = Recorder()
        self.source, self.server = self.rig.pair(self.upstream)
        self.target, self.browser = self.rig.pair(self.client)
        self.server.setblocking(False)
        self.browser.setblocking(False)

    def start(self, size: int = len(BODY)) -> None:
        assert self.source.splice_to(self.target, size)

    def pipes(self) -> Pipes:
        pipes = self.rig.engine.pipes
        assert pipes is not None
        return pipes

    def move(self, data: bytes, read: int = 1 << 20) -> bytes:
        """Feed the source and read the other end until all of `data` is there."""
        unsent = memoryview(data)
        got = bytearray()
        for _ in range(20_000):
            if unsent:
                try:
                    unsent = unsent[self.server.send(unsent) :]
                except BlockingIOError:
                    pass
            self.rig.engine.turn(0)
            try:
                got += self.browser.recv(read)
            except BlockingIOError:
                pass
            if len(got) >= len(data):
                return bytes(got)
        raise AssertionError(f"only {len(got)} bytes came")

    def test_all_bytes_in_order(self) -> None:
        self.start()
        assert self.move(BODY) == BODY
        self.rig.turn_all()
        assert self.upstream.through == 1
        assert self.upstream.received == b""
        assert (self.source.bytes_in, self.target.bytes_out) == (len(BODY), len(BODY))

    def test_a_slow_reader_gets_all_and_stops_the_source(self) -> None:
        self.start()
        assert self.move(BODY, read=3000) == BODY
        self.rig.turn_all()
        assert self.upstream.through == 1

    def test_while_the_reader_rests_nothing_spins(self) -> None:
        self.start()
        for _ in range(200):
            try:
                self.server.send(BODY)
            except BlockingIOError:
                pass
            self.rig.engine.turn(0)
        assert self.rig.turn_all() == 0
        assert not self.source.out
        assert not self.target.out

    def test_what_comes_behind_belongs_to_the_connection(self) -> None:
        self.start(SPLICE_FROM)
        data = BODY[: SPLICE_FROM + 500]
        unsent = memoryview(data)
        while unsent:
            unsent = unsent[self.server.send(unsent) :]
            self.rig.engine.turn(0)
        self.rig.turn_until(lambda: len(self.upstream.received) == 500)
        assert self.upstream.received == data[SPLICE_FROM:]
        assert self.upstream.through == 1

    def test_afterwards_both_speak_as_before(self) -> None:
        self.start(SPLICE_FROM)
        assert self.move(BODY[:SPLICE_FROM]) == BODY[:SPLICE_FROM]
        self.rig.turn_all()
        self.target.write(b"next answer")
        self.server.send(b"hello")
        self.browser.send(b"next request")
        self.rig.turn_until(lambda: self.client.received and self.upstream.received)
        self.browser.setblocking(True)
        assert self.browser.recv(100) == b"next answer"
        assert self.client.received == b"next request"
        assert self.upstream.received == b"hello"

    def test_the_target_is_heard_meanwhile(self) -> None:
        self.start()
        self.browser.send(b"another request")
        self.rig.turn_until(lambda: self.client.received == b"another request")

    def test_a_source_that_ends_early_says_so(self) -> None:
        self.start()
        self.server.send(b"x" * 1000)
        self.server.close()
        self.rig.turn_until(lambda: self.upstream.eof or self.upstream.lost is not None)
        assert self.upstream.through == 0
        assert self.pipes().used == 0

    def test_a_source_that_ends_while_the_reader_rests_leaves_nothing_spinning(self) -> None:
        self.start()
        data = BODY
        for _ in range(200):
            try:
                data = data[self.server.send(data) :]
            except BlockingIOError:
                pass
            self.rig.engine.turn(0)
            if self.target.interest & WRITE:
                break
        assert self.target.interest & WRITE
        self.source.abort()
        self.rig.turn_until(ended(self.upstream))
        assert not self.target.interest & WRITE

    def test_a_source_that_resets_says_so(self) -> None:
        self.start()
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.server.close()
        self.rig.turn_until(ended(self.upstream))
        assert self.upstream.lost == "connection reset by peer"
        assert self.pipes().used == 0

    def test_a_target_that_resets_says_so(self) -> None:
        self.start()
        self.browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.browser.close()
        self.server.send(b"x" * 1000)
        self.rig.turn_until(ended(self.client))
        assert self.client.lost == "connection reset by peer"
        assert self.upstream.through == 0
        assert self.pipes().used == 0

    def test_an_abort_gives_the_pipe_back(self) -> None:
        self.start()
        self.server.send(b"x" * 1000)
        self.rig.engine.turn(0.05)
        self.source.abort()
        self.rig.turn_until(ended(self.upstream))
        assert self.pipes().used == 0
        assert self.target.feeding is None

    def test_pipes_are_used_again(self) -> None:
        for _ in range(3):
            self.start(SPLICE_FROM)
            self.move(BODY[:SPLICE_FROM])
            self.rig.turn_all()
        assert self.upstream.through == 3
        assert (self.pipes().used, len(self.pipes().free)) == (0, 1)

    def test_where_it_is_not_worth_while_or_not_possible(self) -> None:
        assert not self.source.splice_to(self.target, SPLICE_FROM - 1)
        assert not self.source.splice_to(Upstream().transport, len(BODY))
        for _ in range(300):
            self.target.write(BODY[:65536])
            if self.target.out:
                break
        assert self.target.out
        assert not self.source.splice_to(self.target, len(BODY))
        assert self.rig.engine.pipes is None

    def test_without_a_pipe_bodies_go_as_ever(self) -> None:
        self.patch(splice, "MOST_PIPES", 0)
        assert not self.source.splice_to(self.target, len(BODY))
        self.server.send(b"ordinary")
        self.rig.turn_until(lambda: self.upstream.received == b"ordinary")

    def test_a_head_that_was_written_goes_first(self) -> None:
        self.rig.engine.turning = True
        self.target.write(b"head")
        self.start(SPLICE_FROM)
        self.rig.engine.turning = False
        assert self.move(BODY[:SPLICE_FROM])[:4] == b"head"


class PipesTest(unittest.SynchronousTestCase):
    def test_a_pipe_with_bytes_is_not_kept(self) -> None:
        pipes = Pipes()
        pipe = pipes.take()
        assert pipe is not None
        pipe.inside = 1
        pipes.give(pipe)
        assert (pipes.used, pipes.free) == (0, [])

    def test_only_so_many_rest(self) -> None:
        pipes = Pipes()
        taken = [pipes.take() for _ in range(KEPT_PIPES + 5)]
        assert pipes.used == KEPT_PIPES + 5
        for pipe in taken:
            assert pipe is not None
            pipes.give(pipe)
        assert (pipes.used, len(pipes.free)) == (0, KEPT_PIPES)
        pipes.close()
        assert pipes.free == []

    def test_without_descriptors_there_is_none(self) -> None:
        def no_descriptors() -> Pipe:
            raise OSError("too many open files")

        self.patch(splice, "Pipe", no_descriptors)
        assert Pipes().take() is None

    def test_without_the_system_call_there_is_none(self) -> None:
        self.patch(splice, "CAN_SPLICE", False)
        assert Pipes().take() is None
