"""A raw connection to an endpoint, where it is not joined to a client."""

from __future__ import annotations

from tests.router.streams import RESET, TcpCase


class AloneTest(TcpCase):
    def late(self) -> None:
        """Have an endpoint's connection come when nobody waits for it any more."""
        client = self.bench.client(end_with_peer=False)
        (connection,) = self.bench.listener.connections
        exchange = connection.exchange
        assert exchange is not None
        self.server.peers.clear()
        endpoint = self.bench.the_endpoint()
        endpoint.dial(exchange)
        self.do(client.abort())

    def test_one_that_comes_too_late_is_closed(self) -> None:
        self.tcp()
        self.late()
        self.assertTrue(self.server.peer.eof)
        self.server.peer.close()

    def test_what_it_says_then_is_nobodys(self) -> None:
        self.tcp()
        self.server.on_connect = lambda peer: peer.send(b"220 hello")
        self.late()
        self.do()
        self.assertEqual(self.server.peer.lost, RESET)
