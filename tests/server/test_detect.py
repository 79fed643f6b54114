"""One port for several protocols: connections go where their first bytes say."""

from __future__ import annotations

import json
from typing import Any

from tests.router.calls import call, reply
from tests.router.playbook import GET, OK
from tests.support.memory import MemoryNetwork, TestClient, TestServer
from tests.support.runtime import make_runtime
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.assembly import assemble
from linkerd.linker import load
from linkerd.telemetry.metrics import Counter

RESET = "connection reset by peer"
INET = "/svc => /$/inet/127.0.0.1/%d"


class DetectTest(SynchronousTestCase):
    def setUp(self) -> None:
        self.network = MemoryNetwork()
        self.runtime = make_runtime(self.network)
        self.web = TestServer(self.network, 80)
        self.calls = TestServer(self.network, 81)
        self.raw = TestServer(self.network, 82)

    def start(self, **targets: str) -> None:
        """Start the three routers, and one before them that knows of `targets`."""
        routers: list[dict[str, Any]] = [
            {"protocol": "detect", "servers": [{"port": 4146, "detectTimeoutMs": 500}]} | targets,
            {"protocol": "http", "servers": [{"port": 4140}], "dtab": INET % 80},
            {"protocol": "thrift", "servers": [{"port": 4114}], "dtab": INET % 81},
            {"protocol": "tcp", "servers": [{"port": 4145}], "dtab": INET % 82},
        ]
        config = load(json.dumps({"routers": routers}), "test")
        assembly = assemble(config, self.runtime)
        self.addCleanup(assembly.close)
        self.routers = {built.config.label: built for built in assembly.routers}
        for built in assembly.routers:
            for listener in built.listeners:
                self.successResultOf(defer.Deferred.fromCoroutine(listener.listen()))

    def start_all(self) -> None:
        self.start(http="http", thrift="thrift", tcp="tcp")

    def client(self, data: bytes = b"") -> TestClient:
        client = TestClient(self.network, 4146)
        client.send(data)
        self.network.pump()
        return client

    def say(self, client: TestClient, data: bytes) -> None:
        client.send(data)
        self.network.pump()

    def told(self) -> dict[str, int]:
        found = {}
        for labels, metric in self.runtime.metrics.scope("rt", "detect").walk():
            if "told" in labels and isinstance(metric, Counter):
                found[labels[-1]] = metric.value
        return found

    def test_http(self) -> None:
        self.start_all()
        client = self.client(GET)
        self.web.peer.send(OK)
        self.network.pump()
        self.assertTrue(client.received.startswith(b"HTTP/1.1 200 OK\r\n"))
        self.say(client, GET)
        self.assertEqual(self.web.peer.received.count(b"GET / "), 2)
        self.assertEqual(self.told(), {"http": 1, "thrift": 0, "tcp": 0})
        self.assertEqual(len(self.routers["http"].listeners[0].connections), 1)
        self.assertEqual(len(self.routers["detect"].listeners[0].connections), 0)

    def test_thrift_in_pieces(self) -> None:
        self.start_all()
        client = self.client(call()[:3])
        self.say(client, call()[3:])
        self.calls.peer.send(reply())
        self.network.pump()
        self.assertEqual(client.received, reply())

    def test_anything_else(self) -> None:
        self.start_all()
        client = self.client(b"*1\r\n")
        self.raw.peer.send(b"+OK\r\n")
        self.network.pump()
        self.assertEqual((self.raw.peer.received, client.received), (b"*1\r\n", b"+OK\r\n"))

    def test_who_says_nothing_waits_for_a_server_that_does(self) -> None:
        self.start_all()
        client = self.client()
        self.network.advance(0.4)
        self.assertEqual(self.raw.peers, [])
        self.network.advance(0.2)
        self.raw.peer.send(b"220 hello")
        self.network.pump()
        self.assertEqual(client.received, b"220 hello")

    def test_an_end_before_all_is_said_goes_with_it(self) -> None:
        self.start_all()
        client = self.client(b"GE")
        client.finish()
        self.network.pump()
        self.assertEqual((self.raw.peer.received, self.raw.peer.eof), (b"GE", True))

    def test_an_end_without_a_word(self) -> None:
        self.start_all()
        client = self.client()
        client.finish()
        self.network.pump()
        self.assertEqual((client.lost, self.raw.peers), ("", []))

    def test_what_has_no_router_goes_to_that_of_everything_else(self) -> None:
        self.start(http="http", tcp="tcp")
        self.client(call())
        self.assertEqual(self.raw.peer.received, call())

    def test_without_that_it_is_reset(self) -> None:
        self.start(http="http")
        self.assertEqual(self.client(b"*1\r\n").lost, RESET)
        silent = self.client()
        self.network.advance(0.7)
        self.assertEqual(silent.lost, RESET)
        self.assertEqual(self.told()["tcp"], 2)

    def test_nothing_is_left_of_one_that_leaves(self) -> None:
        self.start_all()
        client = self.client(b"G")
        client.abort()
        self.network.pump()
        self.assertEqual(self.routers["detect"].listeners[0].connections, set())
        self.network.advance(1.0)
        self.assertEqual(self.raw.peers, [])
