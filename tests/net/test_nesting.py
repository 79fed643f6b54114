"""The engine and the reactor in one loop: neither makes the other wait."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest
from tests.net.rig import Rig
from tests.support.memory import Recorder, TestClient, TestServer
from twisted.internet import defer, task
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.pollreactor import PollReactor
from twisted.trial import unittest

from linkerd.net.nesting import OuterNesting, WheelTimer, can_nest_outer, nest
from linkerd.net.network import EngineNetwork
from linkerd.net.wheel import Timed, Wheel

MOST_S = 10.0


def run(reactor: Any, *steps: Any) -> None:
    """Run a reactor of our own until it is stopped, which must not need a timer to wake it."""
    for step in steps:
        reactor.callWhenRunning(step)
    given_up = []
    limit = reactor.callLater(MOST_S, lambda: (given_up.append(1), reactor.stop()))
    reactor.addSystemEventTrigger("before", "shutdown", lambda: limit.active() and limit.cancel())
    before = reactor.seconds()
    reactor.run(installSignalHandlers=False)
    assert not given_up
    assert reactor.seconds() - before < MOST_S / 4


def test_the_reactor_that_is_installed_can_be_nested() -> None:
    """Twisted's names may change: then the fast form is gone, and nobody would notice."""
    assert can_nest_outer(EPollReactor())


def test_another_reactor_cannot() -> None:
    assert not can_nest_outer(PollReactor())


@pytest.fixture(params=[True, False], ids=["outer", "inner"])
def network(request: pytest.FixtureRequest) -> Any:
    reactor = EPollReactor()
    network = EngineNetwork(reactor, reactor.seconds, outer=request.param)
    network.reactor = reactor  # type: ignore[attr-defined]
    network._timer.stop()  # its ticks would hide that nothing else wakes the loop
    yield network
    network.close()


def test_the_default_is_the_fast_form() -> None:
    reactor = EPollReactor()
    network = EngineNetwork(reactor, reactor.seconds)
    assert isinstance(reactor.doIteration.__self__, OuterNesting)
    network.close()
    assert "doIteration" not in vars(reactor)
    assert "_moveCallLaterSooner" not in vars(reactor)


def test_undoing_gives_the_reactor_back(network: Any) -> None:
    reactor = network.reactor
    network.close()
    run(reactor, lambda: reactor.callLater(0, reactor.stop))
    network._undo = lambda: None
    network.engine = Rig().engine


def test_timers_threads_and_stop(network: Any) -> None:
    reactor = network.reactor
    seen: list[str] = []

    def begin() -> None:
        reactor.callLater(0.01, seen.append, "timer")
        reactor.callLater(0.02, reactor.callInThread, from_thread)

    def from_thread() -> None:
        reactor.callFromThread(lambda: (seen.append("thread"), reactor.stop()))

    run(reactor, begin)
    assert seen == ["timer", "thread"]


def test_from_within_a_callback_of_the_engine(network: Any) -> None:
    """A timer, a call from a thread and a stop are seen although the engine waits alone."""
    reactor = network.reactor
    seen: list[str] = []

    def on_data(peer: Recorder) -> None:
        word = peer.take()
        if word == b"timer":
            reactor.callLater(0, answer, peer, word)
        elif word == b"thread":
            reactor.callFromThread(answer, peer, word)
        elif word == b"stop":
            reactor.stop()
        else:
            peer.send(word)

    def answer(peer: Recorder, word: bytes) -> None:
        seen.append(word.decode())
        peer.send(word)

    words = [b"plain", b"timer", b"plain", b"thread", b"stop"]

    def next_word(client: Recorder) -> None:
        client.take()
        client.send(words.pop(0))

    def begin() -> None:
        client = TestClient(network, TestServer(network, on_data=on_data).port)
        client.on_data = next_word
        client.send(words.pop(0))

    run(reactor, begin)
    assert seen == ["timer", "thread"]
    assert words == []


def test_a_timer_that_is_moved_sooner_is_honoured(network: Any) -> None:
    reactor = network.reactor
    rang: list[float] = []

    def on_data(peer: Recorder) -> None:
        late.reset(0.01)

    late: Any = reactor.callLater(MOST_S / 2, lambda: (rang.append(1), reactor.stop()))

    def begin() -> None:
        TestClient(network, TestServer(network, on_data=on_data).port).send(b"x")

    run(reactor, begin)
    assert rang


def test_twisteds_own_sockets_work_beside(network: Any) -> None:
    """Also while the engine is never idle."""
    from twisted.internet.protocol import Factory, Protocol

    reactor = network.reactor
    served: list[bytes] = []

    class Stock(Protocol):
        def dataReceived(self, data: bytes) -> None:
            served.append(data)
            reactor.stop()

    def begin() -> None:
        port = reactor.listenTCP(0, Factory.forProtocol(Stock), interface="127.0.0.1")
        server = TestServer(network, on_data=lambda peer: peer.send(peer.take()))
        busy = TestClient(network, server.port)
        busy.on_data = lambda client: client.send(client.take())
        busy.send(b"to and fro")
        sock = socket.create_connection(("127.0.0.1", port.getHost().port))
        sock.sendall(b"hello")
        reactor.addSystemEventTrigger("after", "shutdown", sock.close)

    run(reactor, begin)
    assert served == [b"hello"]


def test_what_is_closed_between_turns_is_told_at_once(network: Any) -> None:
    """No event of the engine's follows: nothing but ourselves can wake it."""
    reactor = network.reactor
    server = TestServer(network)

    def begin() -> None:
        client = TestClient(network, server.port, watch=lambda: check(client))
        reactor.callLater(0.05, client.abort)

    def check(client: TestClient) -> None:
        if client.lost is not None:
            reactor.stop()

    run(reactor, begin)


def test_ports_stop_without_an_event(network: Any) -> None:
    reactor = network.reactor
    server = TestServer(network)
    run(reactor, lambda: server.stop().addCallback(lambda _: reactor.stop()))


def test_the_engine_may_be_closed_from_within(network: Any) -> None:
    reactor = network.reactor

    def on_data(peer: Recorder) -> None:
        reactor.callLater(0, reactor.stop)
        network._undo()
        network._undo = lambda: None

    run(reactor, lambda: TestClient(network, TestServer(network, on_data=on_data).port).send(b"x"))


SIGNALLED = """
import os, signal, sys
from twisted.internet.epollreactor import EPollReactor
from twisted.internet import main
reactor = EPollReactor()
main.installReactor(reactor)
from linkerd.net.network import EngineNetwork
network = EngineNetwork(reactor, reactor.seconds, outer=sys.argv[1] == "outer")
reactor.addSystemEventTrigger("before", "shutdown", print, "stopped", flush=True)
reactor.callWhenRunning(print, "running", flush=True)
reactor.run()
"""


@pytest.mark.parametrize("form", ["outer", "inner"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait(form: str, number: signal.Signals) -> None:
    """Nothing else is going on: the engine waits without a limit."""
    with subprocess.Popen(
        [sys.executable, "-c", SIGNALLED, form], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "running\n"
            process.send_signal(number)
            output, _ = process.communicate(timeout=MOST_S)
        finally:
            process.kill()
    assert output == "stopped\n"


class Alarm(Timed):
    def __init__(self) -> None:
        super().__init__()
        self.rings: list[float] = []

    def expired(self, now: float) -> None:
        self.rings.append(now)


class WheelTimerTest(unittest.SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = task.Clock()
        self.wheel = Wheel(0.05)
        self.timer = WheelTimer(self.wheel, self.clock, self.clock.seconds)

    def test_it_runs_only_while_something_is_armed(self) -> None:
        assert self.clock.getDelayedCalls() == []
        alarm = Alarm()
        self.wheel.arm(alarm, 1.0)
        self.clock.pump([0.05] * 30)
        assert len(alarm.rings) == 1
        assert self.clock.getDelayedCalls() == []

    def test_it_survives_a_failure(self) -> None:
        broken, alarm = Alarm(), Alarm()
        broken.rings = None  # type: ignore[assignment]
        self.wheel.arm(broken, 1.0)
        self.wheel.arm(alarm, 2.0)
        self.clock.pump([0.05] * 50)
        assert len(alarm.rings) == 1
        self.flushLoggedErrors(AttributeError)

    def test_stopping(self) -> None:
        alarm = Alarm()
        self.wheel.arm(alarm, 1.0)
        self.timer.stop()
        self.timer.stop()
        assert self.clock.getDelayedCalls() == []
        self.wheel.arm(Alarm(), 1.0)
        assert self.clock.getDelayedCalls() == []


class InnerTest(unittest.SynchronousTestCase):
    def test_any_reactor_that_reads_will_do(self) -> None:
        rig = Rig()
        self.addCleanup(rig.close)

        class Readers(task.Clock):
            readers: list[Any] = []

            def addReader(self, reader: Any) -> None:
                self.readers.append(reader)

            def removeReader(self, reader: Any) -> None:
                self.readers.remove(reader)

        reactor = Readers()
        undo = nest(rig.engine, reactor)
        [reader] = reactor.readers
        assert reader.fileno() == rig.engine.poller.fileno()
        assert reader.logPrefix() == "engine"
        recorder = Recorder()
        _, far = rig.pair(recorder)
        far.sendall(b"x")
        reader.doRead()
        assert recorder.received == b"x"
        recorder.close()
        assert recorder.lost is None
        reactor.advance(0)
        assert recorder.lost == ""
        reader.connectionLost(defer.fail)
        undo()
        assert reactor.readers == []
