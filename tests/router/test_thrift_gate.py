"""What a server of Thrift does not take on, and what takes too long."""

from __future__ import annotations

from tests.router.calls import ThriftCase, call, reply


class Gates(ThriftCase):
    def test_more_at_once_than_allowed(self) -> None:
        play = self.thrift(servers=[{"port": 4140, "maxConcurrentRequests": 1}])
        web = play.serve(80)
        first, second = play.client(call(sequence=1)), play.client(call(sequence=2))
        self.assertIn(b"safe to retry", second.received)
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, reply(sequence=1))
        self.assertEqual(first.received, reply(sequence=1))
        self.assertEqual(play.number("server/127.0.0.1/4140/nacks"), 1)
        play.say(second, call(sequence=3))
        play.say(web.peer, reply(sequence=3))
        self.assertTrue(second.received.endswith(reply(sequence=3)))

    def test_time(self) -> None:
        play = self.thrift(servers=[{"port": 4140, "timeoutMs": 500}])
        web = play.serve(80)
        client = play.client(call())
        play.advance(0.6)
        self.assertIn(b"Internal error processing add", client.received)
        self.assertIsNotNone(web.peer.lost)
