"""Requests that are taken in whole (`streamingEnabled: false`)."""

from __future__ import annotations

from tests.router.playbook import (
    ADDED,
    CHUNKED_POST,
    GET,
    GET_SEEN,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
    post,
)

SIZE = 9000
BODY = b"x" * SIZE
# A body that is all there can be sent again, which the endpoint is told.
MARK = b"finagle-http-retryable-request:\r\n"


class Whole(PlaybookCase):
    def unstreamed(self, **settings: object) -> Playbook:
        return self.play(streamingEnabled=False, **settings)

    def test_a_body_with_length(self) -> None:
        play = self.unstreamed()
        web = play.web(OK)
        client = play.client(post(SIZE) + BODY[:5000])
        self.assertEqual(web.peers, [])
        play.say(client, BODY[5000:] + GET)
        seen = b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 9000\r\n" + MARK + ADDED + BODY
        self.assertEqual(web.peer.received, seen + GET_SEEN)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_a_chunked_body_gets_a_length(self) -> None:
        play = self.unstreamed()
        web = play.web(OK)
        client = play.client(CHUNKED_POST + b"2\r\nab\r\n")
        self.assertEqual(web.peers, [])
        play.say(client, b"2\r\ncd\r\n0\r\nX: y\r\n\r\n")
        seen = b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n" + MARK + ADDED + b"abcd"
        self.assertEqual(web.peer.received, seen)

    def test_it_can_be_sent_again(self) -> None:
        play = self.unstreamed(
            service={"responseClassifier": {"kind": "io.l5d.http.retryableAll5XX"}}
        )
        web = play.web()
        client = play.client(CHUNKED_POST + b"4\r\nabcd\r\n0\r\n\r\n")
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(web.peer.received.count(b"abcd"), 2)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_it_is_asked_for_at_once(self) -> None:
        play = self.unstreamed()
        web = play.web(OK)
        client = play.client(post(SIZE, b"Expect: 100-continue"))
        self.assertEqual(client.take(), b"HTTP/1.1 100 Continue\r\n\r\n")
        play.say(client, BODY)
        self.assertEqual(client.take(), OK_SEEN)
        self.assertTrue(web.peer.received.endswith(BODY))

    def test_what_is_collected_is_one_of_so_many_requests(self) -> None:
        play = self.unstreamed(servers=[{"port": 4140, "maxConcurrentRequests": 1}])
        web = play.web(OK)
        client = play.client(CHUNKED_POST)
        self.assertTrue(play.client(CHUNKED_POST).received.startswith(b"HTTP/1.1 503 "))
        play.say(client, b"2\r\nab\r\n0\r\n\r\n" + CHUNKED_POST)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(len(web.peers), 1)
        play.say(client, b"oh no\r\n")
        self.assertEqual(play.client(GET).received, OK_SEEN)

    def test_one_that_is_too_large(self) -> None:
        for said in (post(1025), CHUNKED_POST + b"401\r\n" + b"x" * 1025):
            play = self.unstreamed(maxRequestBodyKB=1)
            play.web(OK)
            client = play.client(said)
            self.assertTrue(client.received.startswith(b"HTTP/1.1 413 "), client.received)
            self.assertIn(b"L5D-3009", client.received)

    def test_the_limit_that_there_always_is(self) -> None:
        play = self.unstreamed()
        client = play.client(post(65536 * 1024 + 1))
        self.assertTrue(client.received.startswith(b"HTTP/1.1 413 "), client.received)

    def test_one_that_is_malformed(self) -> None:
        play = self.unstreamed()
        web = play.web(OK)
        client = play.client(CHUNKED_POST + b"2\r\nab\r\n")
        (connection,) = play.listener.connections
        play.say(client, b"nonsense\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "), client.received)
        self.assertEqual(web.peers, [])
        self.assertEqual(play.number("server/127.0.0.1/4140/refused/400"), 1)
        self.assertEqual(connection.requests, 1)

    def test_one_that_is_too_slow(self) -> None:
        play = self.unstreamed()
        client = play.client(CHUNKED_POST)
        play.advance(31.0)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "), client.received)

    def test_a_client_that_goes_meanwhile(self) -> None:
        for end in ("close", "finish", "abort"):
            play = self.unstreamed()
            web = play.web(OK)
            client = play.client(CHUNKED_POST + b"2\r\nab\r\n")
            getattr(client, end)()
            play.advance(1.0)
            self.assertEqual(web.peers, [])
            self.assertEqual(play.number("server/127.0.0.1/4140/requests"), 0)
