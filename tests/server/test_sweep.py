"""Looks over a server's connections: who takes nothing is given up, who rests makes room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import GET, OK, OK_SEEN, PlaybookCase

from linkerd.server.sweep import RESTED_S, STALLED_S

if TYPE_CHECKING:
    from tests.router.playbook import Playbook
    from tests.support.memory import TestClient

SIZE = 10_000_000
BIG = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE + b"x" * SIZE
COUNTED = "server/127.0.0.1/4140/"


class SlowReaders(PlaybookCase):
    def reader(self) -> tuple[Playbook, TestClient]:
        """A client that takes nothing of a long answer."""
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.pause()
        web.peer.send(BIG)
        play.advance()
        return play, client

    def test_who_takes_nothing_is_given_up(self) -> None:
        play, _ = self.reader()
        play.advance(2 * STALLED_S + 1)
        self.assertEqual(play.listener.connections, set())
        self.assertEqual(play.number(COUNTED + "stalled"), 1)
        self.assertEqual(play.the_endpoint().open, 0)

    def test_who_leaves_is_forgotten(self) -> None:
        play, client = self.reader()
        play.advance(STALLED_S + 1)
        self.assertEqual(len(play.listener.sweep.taken), 1)
        client.abort()
        play.advance()
        self.assertEqual(play.listener.sweep.taken, {})

    def test_who_takes_a_little_is_not(self) -> None:
        play, client = self.reader()
        for _ in range(4):
            play.advance(STALLED_S - 1)
            client.resume()
            play.advance(0.01)
            client.pause()
        self.assertEqual(play.number(COUNTED + "stalled"), 0)
        self.assertEqual(len(play.listener.connections), 1)

    def test_a_slow_endpoint_is_not_the_clients_fault(self) -> None:
        play = self.play()
        play.web()
        client = play.client(GET)
        play.advance(5 * STALLED_S)
        self.assertIsNone(client.lost)


class MakingRoom(PlaybookCase):
    def look(self, play: Playbook) -> None:
        play.listener.sweep.make_room()
        play.advance(RESTED_S)

    def test_a_part_of_those_at_rest_goes_first_those_that_never_asked(self) -> None:
        play = self.play()
        play.web(OK)
        asked = [play.client(GET) for _ in range(4)]
        silent = [play.client() for _ in range(4)]
        self.look(play)
        self.assertEqual(len(play.listener.connections), 8, "one look tells nothing")
        self.look(play)
        self.assertEqual(play.number(COUNTED + "descriptors/closed_idle"), 3)
        self.assertEqual([client.lost for client in asked], [None] * 4)
        self.assertEqual(sum(client.lost is None for client in silent), 1)
        self.look(play)
        self.assertEqual(sum(client.lost is None for client in asked), 3)
        self.assertEqual(play.number(COUNTED + "descriptors/pauses"), 3)

    def test_who_asks_meanwhile_stays(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        for _ in range(5):
            self.look(play)
            play.say(client, GET)
        self.assertIsNone(client.lost)
        self.assertEqual(client.received, OK_SEEN * 6)

    def test_a_request_that_has_begun_is_not_rest(self) -> None:
        play = self.play()
        play.web()
        begun, waiting = play.client(GET[:10]), play.client(GET)
        for _ in range(4):
            self.look(play)
        self.assertIsNone(begun.lost)
        self.assertIsNone(waiting.lost)

    def test_looks_are_no_more_often_than_rest_can_be_seen(self) -> None:
        play = self.play()
        client = play.client()
        for _ in range(9):
            play.listener.sweep.make_room()
            play.advance(0.1)
        self.assertIsNone(client.lost)
