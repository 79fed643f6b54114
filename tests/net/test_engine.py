"""The engine: one turn serves what is ready, and one connection's trouble stays its own."""

from __future__ import annotations

import os
import socket
from typing import Any

from tests.net.rig import Rig, ended
from tests.support.memory import Recorder
from twisted.trial import unittest

from linkerd.net.connection import Source
from linkerd.net.engine import READ, WRITE


class Pipe(Source):
    """The reading end of a pipe, with a record of what the engine said."""

    def __init__(self) -> None:
        reading, self.writing = os.pipe()
        super().__init__(reading)
        self.told: list[Any] = []
        self.then: Any = None

    def readable(self) -> None:
        self.told.append("readable")
        if self.then is not None:
            self.then()

    def ready(self, events: int) -> None:
        self.told.append(events)

    def fail(self, why: str) -> None:
        self.told.append(why)

    def shut(self) -> None:
        os.close(self.writing)
        os.close(self.fd)


class EngineTest(unittest.SynchronousTestCase):
    def setUp(self) -> None:
        self.rig = Rig()
        self.addCleanup(self.rig.close)
        self.engine = self.rig.engine

    def pipe(self) -> Pipe:
        pipe = Pipe()
        self.addCleanup(pipe.shut)
        return pipe

    def test_a_turn_serves_what_is_ready_and_counts_it(self) -> None:
        first, second, idle = self.pipe(), self.pipe(), self.pipe()
        for each in (first, second, idle):
            self.engine.watch(each, READ)
        assert self.engine.turn(0) == 0
        os.write(first.writing, b"x")
        os.write(second.writing, b"x")
        assert self.engine.turn(-1) == 2
        assert (first.told, second.told, idle.told) == (["readable"], ["readable"], [])
        assert self.engine.turn(0) == 2, "level-triggered: it has not been read"

    def test_other_events_are_told_with_their_mask(self) -> None:
        near, far = self.rig.sockets_pair()
        source = self.pipe()
        source.fd, fd = near.fileno(), source.fd
        self.addCleanup(setattr, source, "fd", fd)
        self.engine.watch(source, READ | WRITE)
        self.engine.turn(0)
        assert source.told == [WRITE]
        self.engine.change(source, WRITE)
        far.sendall(b"x")
        self.engine.turn(0)
        assert source.told == [WRITE, WRITE]
        self.engine.forget(source)
        assert self.engine.turn(0) == 0

    def test_forgetting_twice_is_forgetting(self) -> None:
        pipe = self.pipe()
        self.engine.watch(pipe, READ)
        self.engine.forget(pipe)
        self.engine.forget(pipe)
        os.write(pipe.writing, b"x")
        assert self.engine.turn(0) == 0

    def test_who_is_forgotten_within_a_turn_is_not_served_in_it(self) -> None:
        first, second = self.pipe(), self.pipe()
        for one, other in ((first, second), (second, first)):
            one.then = lambda other=other: self.engine.forget(other)
            self.engine.watch(one, READ)
            os.write(one.writing, b"x")
        assert self.engine.turn(0) == 2
        assert sorted([first.told, second.told]) == [[], ["readable"]]

    def test_an_event_at_hand_does_not_reach_a_new_owner_of_its_number(self) -> None:
        """Whoever is served first closes the other, whose event is in the same batch."""
        ends = [self.rig.pair(Recorder()) for _ in range(2)]
        numbers = {transport.fd for transport, _ in ends}
        newcomers: list[Recorder] = []
        sockets: list[socket.socket] = []

        def replace(peer: Recorder) -> None:
            [other] = [each for each, _ in ends if each is not peer.transport]
            sockets.append(other.sock)
            other.fail("closed by its neighbour")
            newcomer = Recorder()
            transport, _ = self.rig.pair(newcomer)
            newcomers.append(newcomer)
            assert transport.fd not in numbers
            assert other.sock.fileno() in numbers, "its number could be taken now"

        for transport, far in ends:
            transport.connection.on_data = replace  # type: ignore[attr-defined]
            far.sendall(b"x")
        self.rig.turn_until(lambda: newcomers)
        [closed] = sockets
        assert closed.fileno() == -1
        assert sorted(t.connection.received for t, _ in ends) == [b"", b"x"]  # type: ignore[attr-defined]
        transport, far = self.rig.pair(Recorder())
        assert numbers & {transport.fd, far.fileno()}, "now it may be taken"
        self.rig.turn_all()
        far.sendall(b"y")
        self.rig.turn_until(lambda: transport.connection.received == b"y")  # type: ignore[attr-defined]
        assert (newcomers[0].received, newcomers[0].lost) == (b"", None)

    def test_a_connection_that_fails_ends_alone_with_one_traceback(self) -> None:
        def fail(peer: Recorder) -> None:
            raise ZeroDivisionError

        broken, sound = Recorder(fail), Recorder()
        _, far_broken = self.rig.pair(broken)
        _, far_sound = self.rig.pair(sound)
        far_broken.sendall(b"x")
        far_sound.sendall(b"x")
        self.rig.turn_until(lambda: broken.lost is not None and sound.received)
        assert (broken.lost, sound.lost) == ("internal error", None)
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1
        assert far_broken.recv(1) == b""
        far_sound.sendall(b"y")
        self.rig.turn_until(lambda: sound.received == b"xy")

    def test_a_failure_in_every_callback_is_contained(self) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError

        for name in ("eof_received", "connection_lost", "drained"):
            with self.subTest(name):
                recorder = type("Failing", (Recorder,), {name: fail})()
                recorder.end_with_peer = True
                transport, far = self.rig.pair(recorder)
                if name == "drained":
                    transport.write(b"x" * 10_000_000)
                    far.settimeout(0.05)
                    while transport.fd >= 0:
                        try:
                            assert far.recv(1 << 20) or transport.fd < 0
                        except TimeoutError:
                            pass
                        self.engine.turn(0)
                else:
                    far.close()
                self.rig.turn_until(lambda transport=transport: transport.fd < 0)
                assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1

    def test_a_failure_in_giving_up_is_contained_too(self) -> None:
        class Stubborn(Pipe):
            def readable(self) -> None:
                raise ZeroDivisionError

            def fail(self, why: str) -> None:
                raise IndexError

        pipe = Stubborn()
        self.addCleanup(pipe.shut)
        self.engine.watch(pipe, READ)
        os.write(pipe.writing, b"x")
        assert self.engine.turn(0) == 1
        assert self.engine.turn(0) == 0, "nobody watches it any more"
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1
        assert len(self.flushLoggedErrors(IndexError)) == 1

    def test_losses_are_told_behind_the_events_at_hand(self) -> None:
        first, second = self.pipe(), self.pipe()
        order: list[str] = []
        second.ready = lambda events: order.append(f"loss {events}")  # type: ignore[method-assign]
        first.then = lambda: (order.append("event"), self.engine.lost(second))
        self.engine.watch(first, READ)
        os.write(first.writing, b"x")
        self.engine.turn(0)
        assert order == ["event", "loss 0"]

    def test_what_happens_between_turns_is_settled_soon(self) -> None:
        asked: list[int] = []
        self.engine.later = lambda: asked.append(1)
        pipe, other = self.pipe(), self.pipe()
        self.engine.lost(pipe)
        self.engine.lost(other)
        assert len(asked) == 1
        self.engine.settle()
        assert (pipe.told, other.told) == ([0], [0])
        self.engine.watch(pipe, READ)
        pipe.then = lambda: self.engine.lost(other)
        os.write(pipe.writing, b"x")
        self.engine.turn(0)
        assert (len(asked), other.told) == (1, [0, 0])

    def test_writes_of_a_turn_leave_together_at_its_end(self) -> None:
        def answer(peer: Recorder) -> None:
            peer.transport.write(b"one ")
            peer.transport.write(b"two ")
            peer.transport.write(b"three")
            assert peer.transport.bytes_out == 0

        recorder = Recorder(answer)
        transport, far = self.rig.pair(recorder)
        far.sendall(b"x")
        self.rig.turn_until(lambda: recorder.received)
        assert transport.bytes_out == 13
        assert far.recv(100) == b"one two three"

    def test_closing_gives_every_source_up(self) -> None:
        rig = Rig()
        recorder = Recorder()
        rig.pair(recorder)
        rig.close()
        assert recorder.lost == "the proxy is closing"
        assert rig.engine.poller.closed

    def test_a_reset_in_a_batch_with_the_writer_to_it(self) -> None:
        """One connection writes to another whose peer has reset it, in the same batch of events."""
        victim = Recorder()
        transport, far = self.rig.pair(victim)
        writer = Recorder(lambda _: transport.write(b"to nobody"))
        _, far_writer = self.rig.pair(writer)
        far_writer.sendall(b"go")
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()
        self.rig.turn_until(ended(victim))
        assert victim.lost == "connection reset by peer"
        self.rig.turn_all()
        assert writer.lost is None
