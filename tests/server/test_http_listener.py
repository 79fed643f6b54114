"""A server of HTTP: what it counts that is no request, and how it sees tunnels and statuses."""

from __future__ import annotations

from tests.router.playbook import GET, OK, PlaybookCase

SERVER = "server/127.0.0.1/4140/"


class Counting(PlaybookCase):
    def test_refusals_by_status(self) -> None:
        play = self.play()
        client = play.client(b"GET / HTTP/3.0\r\n\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 505 "))
        self.assertEqual(play.number("server/127.0.0.1/4140/refused/505"), 1)
        self.assertEqual(play.number("server/127.0.0.1/4140/requests"), 0)

    def test_answers_by_status(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        self.assertEqual(play.number(SERVER + "status/200"), 1)
        self.assertEqual(play.number(SERVER + "status/2XX"), 1)
