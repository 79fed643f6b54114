"""Limits of requests: the size of bodies, of chunk lines and of trailers, and how many fields."""

from __future__ import annotations

from tests.router.playbook import (
    CHUNKED_OK,
    CHUNKED_POST,
    CHUNKED_POST_SEEN,
    GET,
    OK,
    OK_SEEN,
    PlaybookCase,
    post,
)

KB = 1024
REFUSED = b"HTTP/1.1 413 Content Too Large\r\n"


class Bodies(PlaybookCase):
    """`maxRequestBodyKB`."""

    def test_a_length_above_the_limit_is_refused_at_once(self) -> None:
        play = self.play(maxRequestBodyKB=1)
        web = play.web(OK)
        client = play.client(post(KB + 1) + b"x" * 10)
        self.assertIn(REFUSED, client.received)
        self.assertIn(b"L5D-3009", client.received)
        self.assertTrue(client.eof or client.lost is not None)
        self.assertEqual(web.peers, [])
        self.assertEqual(play.number("server/127.0.0.1/4140/refused/413"), 1)

    def test_it_is_refused_instead_of_asked_for(self) -> None:
        play = self.play(maxRequestBodyKB=8)
        play.web(OK)
        client = play.client(post(8 * KB + 1, b"Expect: 100-continue"))
        self.assertEqual(client.received.count(b"HTTP/1.1"), 1)
        self.assertTrue(client.received.startswith(REFUSED))

    def test_a_length_at_the_limit_passes(self) -> None:
        for limit_kb in (1, 8):
            play = self.play(maxRequestBodyKB=limit_kb)
            web = play.web(OK)
            client = play.client(post(limit_kb * KB) + b"x" * limit_kb * KB)
            self.assertEqual(client.received, OK_SEEN)
            self.assertTrue(web.peer.received.endswith(b"x" * limit_kb * KB))

    def test_none_at_all(self) -> None:
        play = self.play(maxRequestBodyKB=0)
        play.web(OK)
        self.assertEqual(play.client(GET + post(0)).received, OK_SEEN * 2)
        self.assertTrue(play.client(post(1)).received.startswith(REFUSED))

    def test_chunks_are_counted_as_they_come(self) -> None:
        play = self.play(maxRequestBodyKB=1)
        web = play.web()
        client = play.client(CHUNKED_POST + b"400\r\n" + b"x" * KB + b"\r\n")
        self.assertEqual(client.received, b"")
        play.say(client, b"1\r\ny\r\n")
        self.assertIn(REFUSED, client.received)
        self.assertIn(b"L5D-3009", client.received)
        self.assertFalse(web.peer.received.endswith(b"0\r\n\r\n"))
        self.assertNotIn(b"y", web.peer.received)
        self.assertIsNotNone(web.peer.lost)

    def test_the_framing_of_chunks_does_not_count(self) -> None:
        play = self.play(maxRequestBodyKB=1)
        web = play.web()
        client = play.client(CHUNKED_POST + b"1;a=b\r\nx\r\n" * KB + b"0\r\nA: b\r\n\r\n")
        self.assertEqual(client.received, b"")
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertTrue(web.peer.received.startswith(CHUNKED_POST_SEEN))

    def test_behind_the_beginning_of_an_answer_it_is_cut(self) -> None:
        play = self.play(maxRequestBodyKB=1)
        web = play.web()
        client = play.client(CHUNKED_POST + b"1\r\nx\r\n")
        play.say(web.peer, CHUNKED_OK + b"2\r\nhi\r\n")
        self.assertTrue(client.take().endswith(b"2\r\nhi\r\n"))
        play.say(client, b"400\r\n" + b"x" * KB + b"\r\n")
        self.assertEqual(client.received, b"")
        self.assertIsNotNone(client.lost)

    def test_by_default_there_is_no_limit(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(200_000) + b"x" * 200_000)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_answers_are_not_limited(self) -> None:
        play = self.play(maxRequestBodyKB=1)
        play.web(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + b"x" * 3000)
        self.assertTrue(play.client(GET).received.endswith(b"\r\n\r\n" + b"x" * 3000))


class Heads(PlaybookCase):
    """What is refused by its head alone."""

    def test_a_refused_head_request_gets_no_body(self) -> None:
        play = self.play(maxRequestBodyKB=0)
        play.web(OK)
        for raw in (b"HEAD / HTTP/1.1\r\n\r\n", b"HEAD" + post(9)[4:]):
            client = play.client(raw)
            self.assertTrue(client.received.startswith(b"HTTP/1.1 4"))
            self.assertTrue(client.received.endswith(b"\r\nconnection: close\r\n\r\n"))


class Lines(PlaybookCase):
    """`maxHeaders`, `maxChunkLineBytes` and `maxTrailersKB`, towards both sides."""

    def test_fields_of_requests(self) -> None:
        play = self.play(maxHeaders=2)
        play.web(OK)
        self.assertEqual(play.client(GET[:-2] + b"A: b\r\n\r\n").received, OK_SEEN)
        client = play.client(GET[:-2] + b"A: b\r\nC: d\r\n\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 431 "))

    def test_fields_of_answers(self) -> None:
        play = self.play(maxHeaders=2)
        play.web(b"HTTP/1.1 200 OK\r\nA: b\r\nB: c\r\nContent-Length: 0\r\n\r\n")
        self.assert_error(play.client(GET), 502, "L5D-2003", "")

    def test_chunk_lines_of_requests(self) -> None:
        play = self.play(maxChunkLineBytes=32)
        play.web()
        client = play.client(CHUNKED_POST + b"1;" + b"a" * 28 + b"\r\nx\r\n")
        self.assertEqual(client.received, b"")
        play.say(client, b"1;" + b"a" * 29 + b"\r\nx\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "))

    def test_trailers_of_answers(self) -> None:
        play = self.play(maxTrailersKB=1)
        play.web(CHUNKED_OK + b"0\r\nA: " + b"b" * KB + b"\r\n\r\n")
        self.assert_error(play.client(GET), 502, "L5D-2003", "")
