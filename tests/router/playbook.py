"""A router on a network in memory: bytes in at a client, bytes out at an endpoint, and back.

Every scenario ends with the same questions, asked by `PlaybookCase.tearDown`: is anything still
pending, waiting, armed or open that nobody needs?
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.name.fakes import FakeNamer
from tests.support.memory import MemoryNetwork, Recorder, TestClient, TestServer, answering
from tests.support.runtime import make_runtime
from tests.watch.fakes import ByHand, Worker
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.linker import load
from linkerd.name.activity import Source
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, Addr, AddrBound, Address, BoundName
from linkerd.name.path import Path
from linkerd.name.tree import Leaf
from linkerd.telemetry.metrics import Counter, CounterReading, Gauge
from linkerd.tls.shared import SharedStore
from linkerd.tls.store import mk_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.net.wheel import Timed
    from linkerd.router.build import HttpRouter
    from linkerd.router.route import Route
    from linkerd.router.routed_client import RoutedClient

GET = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED_OK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
VIA = b"Via: 1.1 linkerd\r\n"
DST = b"l5d-dst-service: /svc/web\r\nl5d-dst-client: /#/fake/web\r\n\r\n"
ADDED = VIA + DST
GOOD = VIA + b"l5d-success-class: 1.0\r\n"
BAD = VIA + b"l5d-success-class: 0.0\r\n"
GET_SEEN = b"GET / HTTP/1.1\r\nHost: web\r\n" + ADDED
OK_SEEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + GOOD + b"\r\nhi"


def post(size: int, *fields: bytes) -> bytes:
    """The head of a POST with a body of `size` bytes."""
    lines = [b"POST / HTTP/1.1", b"Host: web", b"Content-Length: %d" % size, *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


CHUNKED_POST = b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED_POST_SEEN = b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n" + ADDED


class Playbook:
    """One router, listening on 4140. `settings` are keys of its configuration.

    Requests get no trace unless it is asked for: its numbers are of chance.
    """

    def __init__(self, window: int = 65536, **settings: Any) -> None:
        self.network = MemoryNetwork(window=window)
        self.runtime = make_runtime(self.network)
        self.namer = FakeNamer()
        self.sources: dict[str, Source[Addr]] = {}
        written: dict[str, Any] = {
            "protocol": "http",
            "dtab": "/svc => /#/fake",
            "servers": [{"port": 4140}],
        }
        if settings.get("protocol", "http") == "http":
            written["tracePropagator"] = {"kind": "none"}
        made = mk_store(self.runtime, Worker(), ByHand())
        self.store = SharedStore(self.runtime, made)
        text = json.dumps({"routers": [written | settings]})
        config: Any = load(text, "playbook").routers[0]
        self.router: HttpRouter = config.mk(
            self.runtime, ((Path.read("/#/fake"), self.namer),), self.store
        )
        self.bindings = self.router.bindings
        self.listener = self.router.listeners[0]
        self.clients: list[TestClient] = []
        defer.Deferred.fromCoroutine(self.listener.listen())

    # -- what is around it

    def addresses(self, name: str, addr: Addr) -> None:
        """Register `name` (one segment) with these addresses, or change them."""
        source = self.sources.get(name)
        if source is not None:
            source.set(addr)
            return
        source = self.sources[name] = Source(addr)
        self.namer.set(f"/{name}", Leaf(BoundName(Path.read(f"/#/fake/{name}"), source)))

    def bind(self, name: str, *ports: int) -> None:
        """Register `name` at ports of 127.0.0.1."""
        self.addresses(name, AddrBound(frozenset(Address("127.0.0.1", port) for port in ports)))

    def serve(
        self, port: int, on_data: Callable[[Recorder], None] | bytes | None = None
    ) -> TestServer:
        """An endpoint that answers each head with the same bytes, or does as it is told."""
        if isinstance(on_data, bytes):
            on_data = answering(on_data)
        return TestServer(self.network, port, on_data=on_data)

    def web(self, on_data: Callable[[Recorder], None] | bytes | None = None) -> TestServer:
        """The one endpoint of `/svc/web`, on port 80."""
        self.bind("web", 80)
        return self.serve(80, on_data)

    def client(self, data: bytes = b"", end_with_peer: bool = True) -> TestClient:
        """A client that has connected and sent `data`."""
        client = TestClient(self.network, 4140)
        client.end_with_peer = end_with_peer
        self.clients.append(client)
        client.send(data)
        self.advance()
        return client

    def advance(self, seconds: float = 0.0) -> None:
        """Let it work, and time pass."""
        self.network.pump()
        if seconds:
            self.network.advance(seconds)

    def say(self, speaker: Recorder, data: bytes) -> None:
        """One of the peers writes."""
        speaker.send(data)
        self.network.pump()

    # -- what is inside it

    def the_client(self, client_id: str = "/#/fake/web") -> RoutedClient:
        """The client of a bound name."""
        client: RoutedClient = self.bindings.by_client[client_id]
        return client

    def the_endpoint(self, port: int = 80) -> ClientEndpoint:
        """An endpoint of `/svc/web`."""
        return self.the_client().endpoints["127.0.0.1", port]

    def numbers(self) -> dict[str, float]:
        """Counters and gauges of the router by name."""
        found: dict[str, float] = {}
        for labels, metric in self.runtime.metrics.scope("rt", self.router.config.label).walk():
            name = "/".join(labels)
            if isinstance(metric, Counter):
                found[name] = metric.value
            elif isinstance(metric, CounterReading | Gauge):
                value = metric.read()
                if value is not None:
                    found[name] = value
        return found

    def number(self, name: str) -> float:
        """One of them; 0 if it does not exist."""
        return self.numbers().get(name, 0)

    def armed(self) -> list[Timed]:
        """What has a deadline."""
        wheel = self.network.wheel
        return [
            timed
            for slot, entries in wheel.slots.items()
            for timed in entries
            if timed.armed == slot and timed.deadline
        ]


class PlaybookCase(SynchronousTestCase):
    """Makes playbooks and sees that nothing is left over of what they played."""

    def setUp(self) -> None:
        self.played: list[Playbook] = []

    def play(self, window: int = 65536, **settings: Any) -> Playbook:
        """A new playbook."""
        playbook = Playbook(window, **settings)
        self.played.append(playbook)
        return playbook

    def assert_error(self, client: TestClient, status: int, code: str, text: str) -> str:
        """The client got one whole answer of ours, beginning with `text`; gives its body."""
        head, _, body = client.take().partition(b"\r\n\r\n")
        self.assertEqual(head.split(b" ")[1], b"%d" % status, head)
        self.assertIn(b"\r\ncontent-length: %d" % len(body), head)
        self.assertIn(b"\r\nl5d-err: " + code.encode() + b"+", head)
        shown = body.decode()
        self.assertTrue(shown.startswith(text), shown)
        self.assertIn(f"\n\n{code}: ", shown)
        return shown

    def tearDown(self) -> None:
        for playbook in self.played:
            self.check_left_over(playbook)

    def check_left_over(self, play: Playbook) -> None:
        """Nothing is pending once all clients have gone."""
        play.store.close()
        for client in play.clients:
            if client.lost is None:
                client.abort()
        play.advance(45.0)
        self.assertEqual(play.listener.connections, set())
        pending = {name: n for name, n in play.numbers().items() if name.endswith("/pending")}
        self.assertEqual({name: n for name, n in pending.items() if n}, {})
        for route in play.bindings.table.values():
            self.check_route(route)
        for client in play.bindings.by_client.values():
            self.assertEqual(client.balancer.outstanding(), 0)
            self.assertEqual(client.waiting, [])
            for endpoint in client.endpoints.values():
                self.assertEqual(endpoint.open, len(endpoint.idle), endpoint)
        play.bindings.close()
        play.advance(1.0)
        self.assertEqual(play.armed(), [])
        self.assertEqual(play.bindings.by_client, {})
        self.assertEqual(play.bindings.by_service, {})
        ours = [end for end in play.network.transports if not isinstance(end.connection, Recorder)]
        self.assertEqual(ours, [])

    def check_route(self, route: Route) -> None:
        """Nobody waits for it."""
        self.assertEqual(route.pending, 0, route.key)
        self.assertEqual(route.waiting, [], route.key)


__all__ = [
    "ADDED",
    "ADDR_NEG",
    "ADDR_PENDING",
    "BAD",
    "CHUNKED_OK",
    "CHUNKED_POST",
    "CHUNKED_POST_SEEN",
    "DST",
    "GET",
    "GET_SEEN",
    "GOOD",
    "OK",
    "OK_SEEN",
    "VIA",
    "Playbook",
    "PlaybookCase",
    "post",
]
