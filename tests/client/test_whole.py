"""Answers that are kept until they are whole: nothing of one that breaks off is passed on."""

from __future__ import annotations

from tests.router.playbook import (
    BAD,
    CHUNKED_OK,
    GET,
    GOOD,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
    post,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
SEEN = HEAD + GOOD + b"\r\nabcd"
CHUNKED = b"HTTP/1.1 200 OK\r\n" + GOOD + b"Transfer-Encoding: chunked\r\n\r\n"


class Small(PlaybookCase):
    """Answers with a Content-Length up to `streamAfterContentLengthKB`."""

    def test_nothing_goes_out_before_it_is_whole(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET + GET)
        for piece in (HEAD + b"\r\n", b"a", b"bc"):
            play.say(web.peer, piece)
            self.assertEqual(client.received, b"")
        play.say(web.peer, b"d")
        self.assertEqual(client.take(), SEEN)
        play.say(web.peer, OK)
        self.assertEqual(client.take(), OK_SEEN)
        self.assertEqual(len(web.peers), 1)

    def test_the_limit(self) -> None:
        for limit, size, kept in (
            (5, 5120, True),
            (5, 5121, False),
            (0, 2, False),
            (9, 9216, True),
        ):
            play = self.play(streamAfterContentLengthKB=limit)
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            self.assertEqual(client.received == b"", kept, size)

    def test_other_framings_are_passed_on(self) -> None:
        for said in (CHUNKED_OK + b"1\r\na\r\n", b"HTTP/1.1 200 OK\r\n\r\na"):
            play = self.play()
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, said)
            self.assertEqual(client.received, CHUNKED + b"1\r\na\r\n")

    def test_an_endpoint_that_dies_within_it(self) -> None:
        for end in ("close", "abort"):
            play = self.play()
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, HEAD + b"\r\nabc")
            getattr(web.peer, end)()
            play.advance()
            self.assert_error(client, 502, "L5D-2002", "")
            self.assertIsNone(client.lost)

    def test_and_it_may_be_tried_again(self) -> None:
        play = self.play(service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}})
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, HEAD + b"\r\nabc")
        web.peer.abort()
        play.advance()
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number("service/svc/web/retries/total"), 1)

    def test_one_that_is_tried_again_leaves_its_connection(self) -> None:
        play = self.play(service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}})
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nn")
        play.say(web.peer, b"o")
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(len(web.peers), 1)

    def test_a_client_that_goes_meanwhile(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, HEAD + b"\r\nabc")
        client.abort()
        play.advance()
        self.assertIsNotNone(web.peer.lost)

    def test_a_request_that_still_comes(self) -> None:
        play = self.play(window=1000)
        web = play.web()
        client = play.client(post(9000) + b"x" * 3000)
        play.say(web.peer, HEAD + b"\r\nabc")
        web.peer.pause()
        play.say(client, b"x" * 6000)
        self.assertFalse(web.peer.received.endswith(b"x" * 9000))
        web.peer.resume()
        play.advance()
        self.assertTrue(web.peer.received.endswith(b"x" * 9000))
        play.say(web.peer, b"d")
        self.assertEqual(client.received, SEEN)


class Everything(PlaybookCase):
    """`streamingEnabled: false`."""

    def unstreamed(self, **settings: object) -> Playbook:
        return self.play(streamingEnabled=False, **settings)

    def test_all_framings(self) -> None:
        chunked = b"HTTP/1.1 200 OK\r\n" + GOOD + b"Transfer-Encoding: chunked\r\n\r\n"
        whole = chunked + b"4\r\nabcd\r\n0\r\n"
        long = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n"
        for said, seen in (
            ((CHUNKED_OK + b"2\r\nab\r\n", b"2\r\ncd\r\n0\r\n\r\n"), whole + b"\r\n"),
            (
                (CHUNKED_OK + b"2\r\nab\r\n", b"2\r\ncd\r\n0\r\nX: y\r\n\r\n"),
                whole + b"X: y\r\n\r\n",
            ),
            ((long + b"\r\n" + b"x" * 5000, b"x" * 4999), long + GOOD + b"\r\n" + b"x" * 9999),
        ):
            play = self.unstreamed()
            web = play.web()
            client = play.client(GET + GET)
            play.say(web.peer, said[0])
            self.assertEqual(client.received, b"")
            play.say(web.peer, said[1])
            self.assertEqual(client.take(), seen)
            play.say(web.peer, OK)
            self.assertEqual(client.take(), OK_SEEN)

    def test_a_body_until_the_end_of_its_connection(self) -> None:
        for end in ("close", "finish"):
            play = self.unstreamed()
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, b"HTTP/1.0 200 OK\r\n\r\nabcd")
            self.assertEqual(client.received, b"")
            getattr(web.peer, end)()
            play.advance()
            self.assertTrue(client.received.endswith(b"\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"))

    def test_chunks_that_are_none(self) -> None:
        play = self.unstreamed()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK + b"2\r\nab\r\n")
        play.say(web.peer, b"nonsense\r\n")
        self.assert_error(client, 502, "L5D-2003", "")

    def test_one_that_is_too_large(self) -> None:
        for said in (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n",
            CHUNKED_OK + b"400\r\n" + b"x" * 1024 + b"\r\n1\r\nx",
        ):
            play = self.unstreamed(maxResponseBodyKB=1)
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, said)
            text = "The answer is larger than maxResponseBodyKB allows"
            shown = self.assert_error(client, 502, "L5D-2010", text)
            self.assertIn("127.0.0.1:80", shown)
            self.assertIsNotNone(web.peer.lost)
            self.assertEqual(play.number("client/#/fake/web/failures"), 1)

    def test_the_endpoint_is_not_to_blame(self) -> None:
        play = self.unstreamed(maxResponseBodyKB=1)
        play.web(b"HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n")
        for _ in range(10):
            play.client(GET)
        self.assertEqual(play.number("client/#/fake/web/failure_accrual/removals"), 0)

    def test_one_that_is_just_not_too_large(self) -> None:
        play = self.unstreamed(maxResponseBodyKB=1)
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK)
        play.say(web.peer, b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n")
        self.assertTrue(client.received.endswith(b"x" * 1024 + b"\r\n0\r\n\r\n"))

    def test_a_failure_is_marked(self) -> None:
        play = self.unstreamed()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n")
        play.say(web.peer, b"0\r\n\r\n")
        self.assertIn(BAD, client.received)
