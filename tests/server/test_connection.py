"""What all connections of clients have in common: patience, age, and word of their end."""

from __future__ import annotations

from tests.router.playbook import GET, OK, OK_SEEN, PlaybookCase


class Connections(PlaybookCase):
    def test_one_without_a_request_rests(self) -> None:
        play = self.play()
        play.web()
        client = play.client()
        (connection,) = play.listener.connections
        self.assertTrue(connection.is_resting())
        play.say(client, GET)
        self.assertFalse(connection.is_resting())

    def test_the_end_is_told_to_the_exchange_and_to_the_listener(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.abort()
        play.advance(0.1)
        self.assertEqual(play.listener.connections, set())
        self.assertIsNotNone(web.peer.lost)

    def test_one_that_expires_with_an_answer_due_says_so(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        (connection,) = play.listener.connections
        self.assertTrue(connection.expire())
        self.assertFalse(connection.expire())
        play.say(web.peer, OK)
        self.assertEqual(
            client.received, OK_SEEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        )
