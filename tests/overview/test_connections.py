"""What is shown of connections, by what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET
from tests.router.streams import TcpCase
from tests.router.test_tunnelling import tunnel

from linkerd.overview.connections import connection_views

if TYPE_CHECKING:
    from tests.router.playbook import Playbook

    from linkerd.admin.view import ConnectionView


class ViewTest(TcpCase):
    def view(self, play: Playbook) -> ConnectionView:
        router: Any = play.router
        (found,) = connection_views([router], play.runtime.clock(), None)
        return found

    def test_a_raw_connection(self) -> None:
        client, peer = self.joined()
        client.send(b"hello")
        self.do(peer.send(b"hi"))
        self.bench.advance(2.5)
        found = self.view(self.bench)
        self.assertEqual((found.router, found.server), ("tcp", "127.0.0.1/4140"))
        self.assertEqual((found.state, found.age_s), ("joined", 2.5))
        self.assertEqual((found.service, found.endpoint), ("/svc/web", "127.0.0.1:80"))
        self.assertEqual((found.received, found.sent, found.requests), (5, 2, 1))
        self.assertEqual(found.client, "{}:{}".format(*client.transport.host))

    def test_its_ends(self) -> None:
        client, _ = self.joined()
        self.do(client.finish())
        self.assertEqual(self.view(self.bench).state, "client has ended")

    def test_the_endpoints_end(self) -> None:
        _, peer = self.joined()
        self.do(peer.finish())
        self.assertEqual(self.view(self.bench).state, "endpoint has ended")

    def test_one_that_waits(self) -> None:
        bench = self.tcp(identifier={"kind": "io.l5d.sni"})
        bench.client()
        self.assertEqual(self.view(bench).state, "first bytes")

    def test_one_that_is_on_its_way(self) -> None:
        bench = self.tcp()
        bench.network.black_holes.add(("127.0.0.1", 80))
        bench.client()
        self.assertEqual(self.view(bench).state, "connecting")

    def test_http(self) -> None:
        play = self.play()
        play.web()
        client = play.client()
        self.assertEqual(self.view(play).state, "idle")
        play.say(client, GET)
        found = self.view(play)
        self.assertEqual((found.state, found.endpoint), ("in use", "127.0.0.1:80"))

    def test_a_tunnel(self) -> None:
        play = self.play()
        tunnel(play)
        self.assertEqual(self.view(play).state, "joined")

    def test_those_of_one_router(self) -> None:
        self.joined()
        router: Any = self.bench.router
        self.assertEqual(list(connection_views([router], 0.0, "other")), [])
