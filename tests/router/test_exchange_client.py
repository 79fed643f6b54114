"""Clients in trouble: gone, half gone, malformed, too slow."""

from __future__ import annotations

from tests.router.playbook import (
    CHUNKED_POST,
    GET,
    GOOD,
    OK,
    OK_SEEN,
    PlaybookCase,
    post,
)
from tests.support.memory import RESET

CLIENT = "client/#/fake/web/"
SERVICE = "service/svc/web/"


class Leaving(PlaybookCase):
    def test_before_the_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.abort()
        play.advance()
        self.assertEqual(web.peer.lost, RESET)
        flag = "failures/interrupted/com.twitter.finagle.CancelledRequestException"
        self.assertEqual(play.number(SERVICE + flag), 1)
        self.assertEqual(play.number("server/127.0.0.1/4140/" + flag), 1)

    def test_in_the_middle_of_the_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nhalf")
        client.abort()
        play.advance()
        self.assertEqual(web.peer.lost, RESET)

    def test_in_the_middle_of_its_request(self) -> None:
        for end in ("close", "finish", "abort"):
            play = self.play()
            web = play.web()
            client = play.client(post(10000) + b"x" * 100)
            getattr(client, end)()
            play.advance()
            self.assertEqual(web.peer.lost, RESET, end)
            self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_a_close_without_reset_is_believed_after_a_moment(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.close()
        play.advance(0.5)
        self.assertIsNone(web.peer.lost)
        play.advance(0.6)
        self.assertEqual(web.peer.lost, RESET)

    def test_a_half_closed_client_gets_its_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.finish()
        play.advance(0.5)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(client.lost, "")

    def test_a_half_closed_client_gets_all_its_answers(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET * 3 + b"GET / HT")
        client.finish()
        for _ in range(3):
            play.advance(0.2)
            play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 3)
        self.assertEqual(client.lost, "")
        self.assertEqual(play.listener.connections, set())

    def test_a_half_closed_client_gets_a_long_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.finish()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 6030\r\n"
        play.say(web.peer, head + b"\r\n" + b"x" * 6000)
        for _ in range(30):
            play.advance(0.5)
            play.say(web.peer, b"x")
        self.assertEqual(client.received, head + GOOD + b"\r\n" + b"x" * 6030)
        self.assertEqual(client.lost, "")


class Requests(PlaybookCase):
    def test_a_malformed_chunk_resets_the_endpoint_and_answers_400(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST + b"3\r\nabc\r\n")
        play.say(client, b"nonsense\r\n")
        body = self.assert_error(client, 400, "L5D-3001", "a chunk does not begin with its size")
        self.assertIn("The request is not valid", body)
        self.assertEqual(web.peer.lost, RESET)
        play.advance(3.0)
        self.assertEqual(client.lost, "")
        self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_a_malformed_chunk_in_the_first_bytes(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST + b"nonsense\r\n")
        self.assert_error(client, 400, "L5D-3001", "a chunk does not begin with its size")
        play.advance(3.0)
        for peer in web.peers:
            self.assertEqual(peer.received, b"")

    def test_a_malformed_chunk_behind_an_early_answer_is_a_cut(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nhalf")
        play.say(client, b"nonsense\r\n")
        self.assertEqual((client.received[-4:], client.lost), (b"half", ""))
        self.assertEqual(web.peer.lost, RESET)

    def test_a_body_that_is_too_slow(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(10000) + b"x")
        for _ in range(3):
            play.advance(25.0)
            self.assertEqual(client.received, b"")
            play.say(client, b"x")
        play.advance(30.2)
        self.assert_error(client, 408, "L5D-3006", "the request body did not arrive in time")
        self.assertEqual(web.peer.lost, RESET)
        play.advance(2.2)
        self.assertEqual(client.lost, "")

    def test_a_small_body_that_is_too_slow(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(10) + b"x")
        play.advance(30.2)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "), client.received)
        self.assertEqual(web.peers, [])

    def test_a_head_that_is_too_slow(self) -> None:
        play = self.play()
        client = play.client(GET[:10])
        for at in range(9):
            play.advance(1.0)
            play.say(client, GET[10 + at : 11 + at])
        self.assertEqual(client.received, b"")
        play.advance(1.2)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "), client.received)
        self.assertIn(b"L5D-3006", client.received)
        play.advance(2.2)
        self.assertEqual(client.lost, "")

    def test_a_client_may_rest(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        play.advance(595.0)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 2)
