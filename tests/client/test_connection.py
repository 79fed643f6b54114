"""What all connections to endpoints have in common: the pool they go back to, and their loss."""

from __future__ import annotations

from tests.router.playbook import GET, OK, OK_SEEN, PlaybookCase


class Connections(PlaybookCase):
    def test_rests_in_the_pool_and_is_used_again(self) -> None:
        play = self.play()
        web = play.web(OK)
        for _ in range(2):
            self.assertEqual(play.client(GET).received, OK_SEEN)
        (connection,) = play.the_endpoint().idle
        self.assertEqual((connection.served, connection.exchange), (2, None))
        self.assertEqual(len(web.peers), 1)

    def test_of_an_endpoint_that_was_removed_is_closed_behind_its_exchange(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.bind("web", 81)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertTrue(web.peer.eof)

    def test_one_that_is_lost_says_whether_a_byte_went_out(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        (connection,) = [peer.transport.other.connection for peer in web.peers]
        web.peer.abort()
        play.advance(0.0)
        self.assertFalse(connection.untouched)
        self.assertIn(b"502", client.received)
