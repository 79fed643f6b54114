"""Servers with `timestampHeader`."""

from __future__ import annotations

from tests.router.playbook import ADDED, GET, OK, PlaybookCase
from tests.support.runtime import START

SERVERS = [{"port": 4140, "timestampHeader": "X-Request-Start"}]


class Timestamps(PlaybookCase):
    def test_the_time_at_which_the_request_came(self) -> None:
        play = self.play(servers=SERVERS)
        web = play.web(OK)
        play.advance(1.5)
        play.client(GET)
        seen = b"GET / HTTP/1.1\r\nHost: web\r\nX-Request-Start: %d\r\n" % (START * 1000 + 1500)
        self.assertEqual(web.peer.received, seen + ADDED)

    def test_one_that_is_there_stays(self) -> None:
        play = self.play(servers=SERVERS)
        web = play.web(OK)
        play.client(GET[:-2] + b"x-request-start: 1\r\n\r\n")
        self.assertIn(b"x-request-start: 1\r\nX-Request-Start: 15", web.peer.received)

    def test_a_retry_says_the_same(self) -> None:
        retries = {"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}
        play = self.play(servers=SERVERS, service=retries)
        web = play.web()
        play.client(GET)
        first = web.peer.received
        play.advance(3.0)
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(web.peer.received, first * 2)
        play.say(web.peer, OK)
