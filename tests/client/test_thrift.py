"""Connections to endpoints that speak Thrift: what makes them unusable."""

from __future__ import annotations

from tests.router.calls import ThriftCase, call, reply


class Connections(ThriftCase):
    def test_bytes_behind_an_answer(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, reply() + b"\0")
        self.assertEqual(client.received, reply())
        self.assertEqual(play.the_endpoint().idle, [])

    def test_bytes_while_it_rests(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        play.client(call())
        play.say(web.peer, reply())
        play.say(web.peer, reply())
        self.assertEqual(play.the_endpoint().idle, [])
        self.assertIsNotNone(web.peer.lost)

    def test_something_else_than_thrift(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.assertIn(b"HTTP instead of Thrift", client.received)

    def test_an_answer_byte_by_byte(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        for byte in reply():
            play.say(web.peer, bytes((byte,)))
        self.assertEqual(client.received, reply())
        self.assertEqual(len(play.the_endpoint().idle), 1)
