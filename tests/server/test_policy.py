"""The times of a server are its policy's, also where they are equal or not limited."""

from __future__ import annotations

from tests.router.playbook import GET, OK, OK_SEEN, Playbook, PlaybookCase, post


class Times(PlaybookCase):
    def timed(self, **times: int) -> Playbook:
        return self.play(servers=[{"port": 4140} | times])

    def test_the_time_for_a_head(self) -> None:
        client = self.timed(headTimeoutMs=2000).client(GET[:9])
        self.played[0].advance(1.9)
        self.assertEqual(client.received, b"")
        self.played[0].advance(0.2)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "))

    def test_is_one_for_all_of_it_even_if_that_for_a_body_is_the_same(self) -> None:
        play = self.timed(headTimeoutMs=2000, bodyIdleTimeoutMs=2000)
        client = play.client(GET[:9])
        for at in range(4):
            play.advance(0.55)
            play.say(client, GET[9 + at : 10 + at])
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "))

    def test_a_pause_in_a_body(self) -> None:
        for size in (100, 9000):
            play = self.timed(bodyIdleTimeoutMs=2000)
            play.web()
            client = play.client(post(size) + b"x")
            play.advance(1.9)
            play.say(client, b"x")
            play.advance(1.9)
            self.assertEqual(client.received, b"")
            play.advance(0.2)
            self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "))

    def test_zero_is_for_ever(self) -> None:
        play = self.timed(headTimeoutMs=0, bodyIdleTimeoutMs=0)
        web = play.web()
        slow = [play.client(GET[:9]), play.client(post(2) + b"x"), play.client(post(9000) + b"x")]
        play.advance(500.0)
        for client, rest in zip(slow, (GET[9:], b"x", b"x" * 8999), strict=True):
            play.say(client, rest)
        for peer in web.peers:
            play.say(peer, OK)
        self.assertEqual([client.received for client in slow], [OK_SEEN] * 3)
        self.assertEqual(len(web.peers), 3)
