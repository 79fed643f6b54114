"""An answer on its way: the slower side sets the pace, and what is held is given back."""

from __future__ import annotations

from tests.router.playbook import GET, OK, PlaybookCase

SERVICE = "service/svc/web/"


class Answers(PlaybookCase):
    def test_its_end_is_counted_once_everywhere(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        for scope in (SERVICE, "client/#/fake/web/", "server/127.0.0.1/4140/"):
            self.assertEqual(play.number(scope + "success"), 1, scope)
        self.assertEqual(play.the_client().balancer.outstanding(), 0)

    def test_a_slow_client_stops_the_endpoint(self) -> None:
        play = self.play(window=1000)
        web = play.web()
        client = play.client(GET)
        client.transport.pause()
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + bytes(9000))
        (connection,) = play.listener.connections
        self.assertTrue(connection.exchange is not None and connection.exchange.is_answering())
        client.transport.resume()
        play.advance()
        self.assertTrue(client.received.endswith(bytes(9000)))
