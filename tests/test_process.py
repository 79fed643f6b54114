"""The process on a reactor and a network in memory: what starts when, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET
from tests.support.memory import MemoryNetwork, TestClient, TestServer, answering
from tests.support.runtime import START
from tests.support.threads import AtOnce
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from linkerd import process as module
from linkerd.linker import load
from linkerd.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.socket_options import SocketOptions

CONFIG = """
admin: {port: 9990, shutdownGraceMs: 3000}
routers:
- protocol: http
  label: a
  dtab: /svc => /$/inet/127.0.0.1/80
  servers: [{port: 4140}, {port: 4141}]
- protocol: http
  label: b
  dtab: /svc => /$/inet/127.0.0.1/80
  servers: [{port: 4142}]
"""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Reactor(MemoryReactorClock):
    """Ports of the admin server are kept in `adopted`."""

    def __init__(self) -> None:
        super().__init__()
        self.adopted: list[Any] = []
        self.stops = 0
        self.order: list[str] = []

    def adoptStreamPort(self, fileno: int, addressFamily: object, factory: Any) -> Any:  # noqa: N803
        self.order.append("admin")
        port = SimpleNamespace(
            factory=factory,
            open=True,
            getHost=lambda: SimpleNamespace(host="127.0.0.1", port=9990),
        )

        def stop() -> None:
            port.open = False
            self.order.append("admin closed")

        port.stopListening = stop
        self.adopted.append(port)
        return port

    def callFromThread(self, f: Callable[..., object], *args: Any, **kw: Any) -> None:
        self.callLater(0, f, *args, **kw)

    def stop(self) -> None:
        self.stops += 1

    def begin(self) -> None:
        """The reactor runs from now on."""
        for call, args, named in self.whenRunningHooks:
            call(*args, **named)


class Reserved:
    """Sockets for every address; `closed` once what nobody took was given back."""

    def __init__(self, reactor: Reactor) -> None:
        self.reactor = reactor
        self.closed = False

    def take(self, ip: str, port: int, options: SocketOptions) -> Any:
        self.reactor.order.append(str(port))
        return SimpleNamespace(
            getsockname=lambda: (ip, port),
            family=socket.AF_INET,
            detach=lambda: os.open(os.devnull, os.O_RDONLY),
        )

    def close(self) -> None:
        self.closed = True


class Notes:
    """Stands in for systemd's socket."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def ready(self, status: str = "") -> None:
        self.said.append("READY")

    def stopping(self) -> None:
        self.said.append("STOPPING")


class Life(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = Reactor()
        self.network = MemoryNetwork(clock=self.reactor)
        seconds = self.reactor.seconds
        self.patch(module, "make_network", lambda reactor, clock, switch: self.network)
        fake_time = SimpleNamespace(monotonic=seconds, time=lambda: START + seconds())
        self.patch(module, "time", fake_time)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def start(self, text: str = CONFIG) -> Process:
        process = self.make(text)
        self.reactor.begin()
        return process

    def make(self, text: str = CONFIG) -> Process:
        self.reserved = Reserved(self.reactor)
        reserved: Any = self.reserved
        process = Process(load(text, "x"), reserved, self.reactor)
        notes: Any = Notes()
        process.notifier = notes
        self.said = notes.said
        process.startService()
        return process

    def finish(self, process: Process) -> None:
        stopped = process.stopService()
        self.network.advance(1.5)
        self.successResultOf(stopped)

    def request(self, port: int = 4140) -> TestClient:
        client = TestClient(self.network, port)
        client.end_with_peer = True
        client.send(GET)
        self.network.pump()
        return client

    def test_admin_opens_last_and_then_systemd_is_told(self) -> None:
        process = self.start()
        self.assertEqual(self.reactor.order, ["4140", "4141", "4142", "9990", "admin"])
        self.assertEqual(self.said, ["READY"])
        self.assertTrue(self.reserved.closed)
        self.assertEqual(sorted(port for _, port in self.network.ports), [4140, 4141, 4142])
        self.finish(process)

    def test_nothing_opens_before_the_reactor_runs_for_a_signal_would_be_lost(self) -> None:
        process = self.make()
        self.assertEqual((self.reactor.order, self.said), ([], []))
        self.reactor.begin()
        self.assertEqual(self.said, ["READY"])
        self.finish(process)

    def test_every_router_serves(self) -> None:
        process = self.start()
        TestServer(self.network, 80, on_data=answering(OK))
        for port in (4140, 4141, 4142):
            self.assertIn(b"200 OK", self.request(port).received)
        labels = {names[1] for names, _ in process.runtime.metrics.walk() if names[0] == "rt"}
        self.assertEqual(labels, {"a", "b"})
        self.finish(process)

    def test_the_end_waits_for_requests_and_closes_admin_after_them(self) -> None:
        process = self.start()
        web = TestServer(self.network, 80)
        client = self.request()
        stopped = process.stopService()
        self.assertEqual(self.said, ["READY", "STOPPING"])
        self.network.advance(2.0)
        self.assertNoResult(stopped)
        self.assertEqual(self.network.ports.keys(), {("127.0.0.1", 80)})
        self.assertTrue(self.reactor.adopted[0].open, "the end can be watched")
        web.peer.send(OK)
        self.network.advance(1.0)
        self.assertIn(b"Connection: close", client.received)
        self.successResultOf(stopped)
        self.assertFalse(self.reactor.adopted[0].open)
        self.assertEqual(self.network.transports, set())

    def test_after_the_grace_requests_are_cut(self) -> None:
        process = self.start()
        TestServer(self.network, 80)
        client = self.request()
        stopped = process.stopService()
        self.network.advance(2.9)
        self.assertNoResult(stopped)
        self.network.advance(0.3)
        self.successResultOf(stopped)
        self.assertTrue(client.lost)
        self.assertEqual(client.received, b"")

    def test_a_second_signal_waits_no_longer(self) -> None:
        process = self.start()
        TestServer(self.network, 80)
        client = self.request()
        stopped = process.stopService()
        self.network.advance(0.5)
        process.hurried()
        self.network.advance(0.1)
        self.successResultOf(stopped)
        self.assertTrue(client.lost)

    def test_nothing_is_left_on_the_reactor(self) -> None:
        process = self.start()
        TestServer(self.network, 80, on_data=answering(OK))
        self.request()
        self.finish(process)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_shutdown_by_admin_takes_its_own_grace(self) -> None:
        process = self.start()
        process.shutdown(0.25)
        self.assertEqual(process.grace_s, 0.25)
        self.network.advance(0.1)
        self.assertEqual(self.reactor.stops, 1)
        self.finish(process)
        process.shutdown(None)
        self.network.advance(0.1)
        self.assertEqual(self.reactor.stops, 1, "it has ended already")

    def test_what_cannot_start_ends_the_process(self) -> None:
        TestServer(self.network, 4141)
        process = self.start()
        self.network.advance(0.1)
        self.assertEqual((self.reactor.stops, process.failed), (1, True))
        self.assertEqual(self.said, [])
        self.assertEqual(self.reactor.adopted, [])
        self.assertEqual(len(self.flushLoggedErrors()), 1)
        self.finish(process)

    def test_an_access_log_that_cannot_be_written_ends_the_process(self) -> None:
        text = CONFIG.replace("label: a", "label: a\n  httpAccessLog: /nonexistent/a.log")
        process = self.start(text)
        self.network.advance(0.1)
        self.assertEqual(self.reactor.stops, 1)
        self.assertEqual(self.said, [])
        self.assertEqual(len(self.flushLoggedErrors()), 1)
        self.finish(process)

    def test_a_hang_up_is_told_to_access_logs_and_ends_nothing(self) -> None:
        self.reactor.getThreadPool = AtOnce  # type: ignore[method-assign]
        path = self.mktemp()
        text = CONFIG.replace("label: b", f"label: b\n  httpAccessLog: {path}")
        process = self.start(
            text.replace("httpAccess", "httpAccessLogRollPolicy: sighup\n  httpAccess")
        )
        os.rename(path, path + ".1")
        os.kill(os.getpid(), signal.SIGHUP)
        self.network.advance(0.1)
        self.assertTrue(os.path.exists(path))
        self.finish(process)
