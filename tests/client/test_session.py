"""Connections that close themselves: when they have rested too long, or are too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import GET, OK, OK_SEEN, Playbook, PlaybookCase

if TYPE_CHECKING:
    from tests.support.memory import TestServer

IDLE = "client/#/fake/web/idle"
LIFETIME = "client/#/fake/web/lifetime"


class Sessions(PlaybookCase):
    def started(self, **session: int) -> tuple[Playbook, TestServer]:
        """A playbook with a `clientSession` and an endpoint that answers each request."""
        play = self.play(client={"clientSession": session})
        return play, play.web(OK)

    def ask(self, play: Playbook) -> None:
        self.assertEqual(play.client(GET).received, OK_SEEN)

    def test_one_that_rests_too_long(self) -> None:
        play, web = self.started(idleTimeMs=1000)
        self.ask(play)
        play.advance(0.9)
        self.assertFalse(web.peer.eof)
        play.advance(0.2)
        self.assertTrue(web.peer.eof)
        self.assertEqual(play.the_endpoint().idle, [])
        self.assertEqual((play.number(IDLE), play.number(LIFETIME)), (1, 0))

    def test_each_request_begins_the_time_anew(self) -> None:
        play, web = self.started(idleTimeMs=1000)
        for _ in range(4):
            self.ask(play)
            play.advance(0.9)
        self.assertEqual(len(web.peers), 1)
        play.advance(0.2)
        self.assertTrue(web.peer.eof)

    def test_an_exchange_is_not_rest(self) -> None:
        play = self.play(client={"clientSession": {"idleTimeMs": 1000}})
        web = play.web()
        client = play.client(GET + GET)
        play.say(web.peer, OK)
        play.advance(5.0)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)
        play.advance(1.1)
        self.assertEqual(play.number(IDLE), 1)

    def test_one_that_rests_is_closed_when_it_is_too_old(self) -> None:
        play, web = self.started(lifeTimeMs=1000, idleTimeMs=5000)
        self.ask(play)
        play.advance(0.9)
        self.ask(play)
        play.advance(0.2)
        self.assertTrue(web.peer.eof)
        self.assertEqual((play.number(IDLE), play.number(LIFETIME)), (0, 1))

    def test_one_in_use_is_closed_after_its_exchange(self) -> None:
        play = self.play(client={"clientSession": {"lifeTimeMs": 1000}})
        web = play.web()
        client = play.client(GET + GET)
        play.advance(5.0)
        self.assertFalse(web.peer.eof)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertTrue(web.peers[0].eof)
        self.assertEqual(len(web.peers), 2)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)
        self.assertEqual(play.number(LIFETIME), 1)

    def test_an_endpoint_that_closes_first(self) -> None:
        play, web = self.started(idleTimeMs=1000, lifeTimeMs=2000)
        self.ask(play)
        web.peer.close()
        play.advance(3.0)
        self.assertEqual((play.number(IDLE), play.number(LIFETIME)), (0, 0))

    def test_without_times_it_is_a_plain_connection(self) -> None:
        play = self.play()
        play.web(OK)
        self.ask(play)
        (connection,) = play.the_endpoint().idle
        self.assertIsNone(connection.term)
