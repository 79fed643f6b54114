"""A server of raw connections as a whole: how it drains."""

from __future__ import annotations

from tests.router.streams import TcpCase
from twisted.internet import defer


class DrainTest(TcpCase):
    def test_what_is_open_may_go_on_and_nobody_new_comes(self) -> None:
        client, peer = self.joined()
        done = defer.Deferred.fromCoroutine(self.bench.listener.drain())
        late = self.bench.client()
        self.assertEqual(late.error, "connection refused")
        self.bench.clients.remove(late)
        self.bench.advance(30.0)
        self.do(client.send(b"still here"))
        self.assertEqual(peer.take(), b"still here")
        self.assertNoResult(done)
        client.close()
        self.do(peer.close())
        self.successResultOf(done)

    def test_a_refusal_is_counted_by_its_server(self) -> None:
        self.tcp(servers=[{"port": 4140, "proxyProtocol": True}])
        self.bench.client(b"x")
        self.assertEqual(self.bench.listener.refusals.count.value, 1)  # type: ignore[attr-defined]
