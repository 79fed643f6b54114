"""`maxConcurrentRequests`: what is too much is turned away at once, and may come again."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import CHUNKED_POST, GET, OK, OK_SEEN, Playbook, PlaybookCase, post

SERVER = "server/127.0.0.1/4140/"
BODY = b"Request was not processed by the server due to an error and is safe to retry"
FIELDS = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 76\r\nfinagle-http-nack: true\r\nRetry-After: 0\r\n"
)
NACK = FIELDS + b"\r\n" + BODY
LAST_NACK = FIELDS + b"connection: close\r\n\r\n" + BODY


class Concurrency(PlaybookCase):
    def limited(self, most: int = 1, **more: Any) -> Playbook:
        return self.play(servers=[{"port": 4140, "maxConcurrentRequests": most} | more])

    def test_as_many_as_may_be(self) -> None:
        play = self.limited(2)
        web = play.web()
        clients = [play.client(GET) for _ in range(3)]
        self.assertEqual([client.received for client in clients], [b"", b"", NACK])
        for peer in web.peers:
            play.say(peer, OK)
        self.assertEqual([client.take() for client in clients], [OK_SEEN, OK_SEEN, NACK])

    def test_the_next_one_is_taken_once_there_is_room(self) -> None:
        play = self.limited()
        web = play.web()
        play.client(GET)
        client = play.client(GET)
        self.assertEqual(client.take(), NACK)
        play.say(web.peer, OK)
        play.say(client, GET)
        play.say(web.peer, OK)
        self.assertEqual(client.take(), OK_SEEN)
        self.assertIsNone(client.lost)

    def test_what_is_counted(self) -> None:
        play = self.limited()
        play.web()
        play.client(GET)
        play.client(GET + GET)
        self.assertEqual(play.number(SERVER + "nacks"), 2)
        self.assertEqual(play.number(SERVER + "request_concurrency"), 1)
        self.assertEqual(play.numbers()[SERVER + "request_queue_size"], 0)
        self.assertEqual(play.number(SERVER + "status/503"), 2)
        causes = "com.twitter.finagle.Failure/java.util.concurrent.RejectedExecutionException"
        self.assertEqual(play.number(SERVER + "failures/rejected/" + causes), 2)
        self.assertEqual(play.number(SERVER + "failures/restartable/" + causes), 2)

    def test_an_answer_that_is_still_going_out_counts(self) -> None:
        play = self.limited()
        web = play.web()
        play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"x" * 10000)
        self.assertEqual(play.client(GET).received, NACK)

    def test_a_client_that_leaves_makes_room(self) -> None:
        play = self.limited()
        play.web()
        play.client(GET).abort()
        play.advance(0.1)
        self.assertEqual(play.client(GET).received, b"")

    def test_no_body_for_head(self) -> None:
        play = self.limited()
        play.web()
        play.client(GET)
        head = b"HEAD" + GET[3:]
        self.assertEqual(play.client(head + GET).received, FIELDS + b"\r\n" + NACK)

    def test_a_small_body_is_read_past(self) -> None:
        play = self.limited()
        play.web()
        play.client(GET)
        self.assertEqual(play.client(post(5) + b"hello" + GET).received, NACK * 2)

    def test_a_streamed_body_ends_the_connection(self) -> None:
        for request in (CHUNKED_POST + b"5\r\nhello\r\n", post(9999) + b"x"):
            play = self.limited()
            play.web()
            play.client(GET)
            client = play.client(request)
            self.assertEqual(client.received, LAST_NACK)
            play.say(client, b"x" * 5000)
            play.advance(2.2)
            self.assertEqual((client.received, client.lost), (LAST_NACK, ""))

    def test_an_upload_that_is_expected_is_not_asked_for(self) -> None:
        play = self.limited()
        play.web()
        play.client(GET)
        client = play.client(post(9999, b"Expect: 100-continue"))
        self.assertEqual(client.received, LAST_NACK)

    def test_an_old_client(self) -> None:
        play = self.limited()
        play.web()
        play.client(GET)
        request = b"GET / HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\n\r\n"
        self.assertEqual(play.client(request).received, LAST_NACK)

    def test_with_clear_context_it_is_the_same(self) -> None:
        play = self.limited(clearContext=True)
        play.web()
        play.client(GET)
        self.assertEqual(play.client(GET).received, NACK)

    def test_other_servers_have_limits_of_their_own(self) -> None:
        play = self.play(servers=[{"port": 4140}, {"port": 4141, "maxConcurrentRequests": 1}])
        play.web()
        for _ in range(3):
            self.assertEqual(play.client(GET).received, b"")
        self.assertNotIn(SERVER + "request_concurrency", play.numbers())
