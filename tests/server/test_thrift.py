"""Connections of clients that speak Thrift, or do not: bounds, patience, and the end."""

from __future__ import annotations

from tests.router.calls import ThriftCase, call, filled, oneway, reply
from twisted.internet import defer

from linkerd.server.base import AT_ONCE

REFUSED = "server/127.0.0.1/4140/refused"


class Garbage(ThriftCase):
    def test_ends_the_connection_and_reaches_nobody(self) -> None:
        for data in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"\0\0\0\0",
            b"\xff\xff\xff\xff",
            b"\x80\x01\0\1\0\0",
        ):
            play = self.thrift()
            web = play.serve(80)
            client = play.client(data)
            play.advance(3.0)
            self.assertIsNotNone(client.lost, data)
            self.assertEqual((client.received, web.peers), (b"", []))
            self.assertEqual(play.number(REFUSED), 1)

    def test_behind_a_call_does_not_harm_its_answer(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call() + b"GET / HTTP/1.1\r\n\r\n")
        play.say(web.peer, reply())
        play.advance(3.0)
        self.assertEqual(client.received, reply())
        self.assertIsNotNone(client.lost)

    def test_a_frame_above_the_limit(self) -> None:
        play = self.thrift(maxFrameKB=1)
        client = play.client(call(body=filled(2000)))
        play.advance(3.0)
        self.assertIsNotNone(client.lost)
        self.assertEqual(play.number(REFUSED), 1)


class Turns(ThriftCase):
    def test_many_calls_at_once_leave_others_their_turn(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client()
        client.send(b"".join(oneway(b"note", number) for number in range(AT_ONCE * 3 + 1)))
        play.network.pump()
        (connection,) = play.listener.connections
        # The first waited for its connection.
        self.assertEqual(connection.requests, AT_ONCE + 1)
        play.advance(0.01)
        play.advance(0.01)
        play.advance(0.01)
        arrived = sum(len(peer.received) for peer in web.peers)
        self.assertEqual(arrived, len(oneway()) * (AT_ONCE * 3 + 1))
        self.assertEqual(play.number("server/127.0.0.1/4140/requests"), AT_ONCE * 3 + 1)


class Patience(ThriftCase):
    def test_half_a_call(self) -> None:
        play = self.thrift(servers=[{"port": 4140, "frameIdleTimeoutMs": 1000}])
        client = play.client(call()[:6])
        play.advance(1.1)
        play.advance(3.0)
        self.assertIsNotNone(client.lost)

    def test_single_bytes(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client()
        for byte in call():
            play.say(client, bytes((byte,)))
        self.assertEqual(web.peer.received, call())

    def test_a_slow_endpoint_stops_the_client(self) -> None:
        play = self.play(window=4096, protocol="thrift", dtab="/svc => /#/fake/web")
        play.bind("web", 80)
        web = play.serve(80)
        client = play.client(call(body=filled(70_000))[:66_000])
        web.peer.transport.pause()
        rest = call(body=filled(300_000))
        play.say(client, rest)
        play.advance()
        (connection,) = play.listener.connections
        self.assertLess(len(connection.reader.data), 200_000)
        web.peer.transport.resume()
        play.advance()


class Ends(ThriftCase):
    def test_draining_answers_what_was_accepted(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call(sequence=1) + call(sequence=2))
        drained = defer.Deferred.fromCoroutine(play.listener.drain())
        play.advance()
        play.say(web.peer, reply(sequence=1))
        play.say(web.peer, reply(sequence=2))
        play.advance(3.0)
        self.assertEqual(client.received, reply(sequence=1) + reply(sequence=2))
        self.successResultOf(drained)

    def test_half_closed_it_still_gets_its_answer(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        client.finish()
        play.advance()
        play.say(web.peer, reply())
        self.assertEqual(client.received, reply())

    def test_one_that_is_too_old_ends_behind_its_calls(self) -> None:
        play = self.thrift(servers=[{"port": 4140, "serverSession": {"lifeTimeMs": 1000}}])
        web = play.serve(80)
        client = play.client(call())
        play.advance(2.0)
        play.say(web.peer, reply())
        play.advance(3.0)
        self.assertEqual(client.received, reply())
        self.assertIsNotNone(client.lost)
