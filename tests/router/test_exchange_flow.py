"""What goes through an exchange when nothing goes wrong: bytes in, bytes out, on both sides."""

from __future__ import annotations

from tests.router.playbook import (
    ADDED,
    BAD,
    CHUNKED_OK,
    CHUNKED_POST,
    CHUNKED_POST_SEEN,
    DST,
    GET,
    GET_SEEN,
    GOOD,
    OK,
    OK_SEEN,
    PlaybookCase,
    post,
)

KEPT = b"finagle-http-retryable-request:\r\n"


class Requests(PlaybookCase):
    def test_get(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(GET)
        self.assertEqual(web.peer.received, GET_SEEN)
        self.assertEqual(client.received, OK_SEEN)
        self.assertIsNone(client.lost)

    def test_keep_alive_on_both_sides(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(GET)
        play.say(client, GET)
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(web.peer.received, GET_SEEN * 2)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_pipelined_requests_are_answered_in_order(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET + GET.replace(b"/ ", b"/2 ") + GET.replace(b"/ ", b"/3 "))
        answers = []
        for number in (b"1", b"2", b"3"):
            self.assertEqual(web.peer.take().count(b"GET"), 1)
            body = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
            play.say(web.peer, body + b"\r\n" + number)
            answers.append(body + GOOD + b"\r\n" + number)
            self.assertEqual(client.received, b"".join(answers))

    def test_a_flood_of_pipelined_requests_is_answered_without_deep_recursion(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET * 2000)
        self.assertEqual(client.received, OK_SEEN * 2000)

    def test_a_head_in_pieces(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client()
        for at in range(len(GET)):
            play.say(client, GET[at : at + 1])
        self.assertEqual(web.peer.received, GET_SEEN)
        self.assertEqual(client.received, OK_SEEN)

    def test_an_answer_in_pieces(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        for at in range(len(OK)):
            play.say(web.peer, OK[at : at + 1])
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(len(play.the_endpoint().idle), 1)

    def test_a_small_body_goes_with_its_head(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(post(5) + b"he")
        self.assertEqual(web.peers, [])
        play.say(client, b"llo" + GET)
        seen = b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n" + KEPT + ADDED + b"hello"
        self.assertEqual(web.peer.received, seen + GET_SEEN)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_a_large_body_is_streamed(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(6000) + b"a" * 100)
        seen = b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 6000\r\n" + ADDED
        self.assertEqual(web.peer.received, seen + b"a" * 100)
        play.say(client, b"b" * 5900 + GET)
        self.assertEqual(web.peer.take(), seen + b"a" * 100 + b"b" * 5900)
        play.say(web.peer, OK)
        self.assertEqual(web.peer.received, GET_SEEN)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_a_chunked_body_is_streamed(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST + b"3;x=y\r\nabc\r\n")
        self.assertEqual(web.peer.received, CHUNKED_POST_SEEN + b"3\r\nabc\r\n")
        play.say(client, b"2\r\nde")
        play.say(client, b"\r\n0\r\n\r\n" + GET)
        self.assertEqual(web.peer.take(), CHUNKED_POST_SEEN + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        play.say(web.peer, OK)
        self.assertEqual(web.peer.take(), GET_SEEN)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_trailers_of_a_request(self) -> None:
        play = self.play()
        web = play.web()
        play.client(CHUNKED_POST + b"1\r\na\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n")
        self.assertEqual(web.peer.received, CHUNKED_POST_SEEN + b"1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n")
        play.say(web.peer, OK)

    def test_expect_100_continue_of_a_streamed_body(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(6000, b"Expect: 100-continue"))
        self.assertNotIn(b"xpect", web.peer.received)
        self.assertEqual(client.take(), b"HTTP/1.1 100 Continue\r\n\r\n")
        # The endpoint was never told to expect, so its own interim answer is surplus.
        play.say(web.peer, b"HTTP/1.1 100 Continue\r\n\r\n")
        play.say(client, b"x" * 6000)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertTrue(web.peer.received.endswith(b"x" * 6000))

    def test_expect_100_continue_of_a_small_body(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(post(5, b"Expect: 100-continue"))
        self.assertEqual(client.take(), b"HTTP/1.1 100 Continue\r\n\r\n")
        play.say(client, b"hello")
        self.assertEqual(client.received, OK_SEEN)

    def test_no_100_continue_where_nobody_takes_the_body(self) -> None:
        play = self.play()
        client = play.client(post(6000, b"Expect: 100-continue"))
        self.assertTrue(client.received.startswith(b"HTTP/1.1 502 "), client.received)
        self.assertIn(b"connection: close\r\n", client.received)

    def test_absolute_form(self) -> None:
        play = self.play()
        web = play.web(OK)
        play.client(b"GET http://web/a?b HTTP/1.1\r\nHost: other\r\nA: b\r\n\r\n")
        self.assertEqual(web.peer.received, b"GET /a?b HTTP/1.1\r\nHost: web\r\nA: b\r\n" + ADDED)

    def test_hop_by_hop_fields_end_here(self) -> None:
        play = self.play()
        web = play.web(
            b"HTTP/1.1 200 OK\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n"
            b"Proxy-Authenticate: a\r\nTrailer: b\r\nUpgrade: c\r\nContent-Length: 2\r\n\r\nhi"
        )
        client = play.client(
            b"GET / HTTP/1.1\r\nHost: web\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
            b"TE: trailers\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: a\r\n"
            b"Upgrade: h2c\r\nKeep-Alive: 1\r\nX-Forwarded-Client-Cert: forged\r\n"
            b"l5d-dst-service: forged\r\nAccept: */*\r\n\r\n"
        )
        seen = b"GET / HTTP/1.1\r\nHost: web\r\nAccept: */*\r\n" + ADDED
        self.assertEqual(web.peer.received, seen)
        self.assertEqual(client.received, OK_SEEN)

    def test_via_is_appended(self) -> None:
        play = self.play()
        web = play.web(b"HTTP/1.1 200 OK\r\nVia: 1.0 back\r\nContent-Length: 2\r\n\r\nhi")
        client = play.client(b"GET / HTTP/1.1\r\nHost: web\r\nVia: 1.1 a\r\nVia: 1.0 b\r\n\r\n")
        self.assertEqual(
            web.peer.received,
            b"GET / HTTP/1.1\r\nHost: web\r\nVia: 1.1 a, 1.0 b, 1.1 linkerd\r\n" + DST,
        )
        self.assertEqual(
            client.received,
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nVia: 1.0 back, 1.1 linkerd\r\n"
            b"l5d-success-class: 1.0\r\n\r\nhi",
        )


class Versions(PlaybookCase):
    def test_a_1_0_client_is_answered_and_closed(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(b"GET / HTTP/1.0\r\nHost: web\r\n\r\n")
        self.assertIn(b"Via: 1.0 linkerd\r\n", web.peer.received)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
        self.assertEqual(client.received, head + GOOD + b"Connection: close\r\n\r\nhi")
        self.assertEqual(client.lost, "")

    def test_a_1_0_client_may_keep_its_connection(self) -> None:
        play = self.play()
        play.web(OK)
        request = b"GET / HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\n\r\n"
        client = play.client(request)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
        seen = head + GOOD + b"Connection: keep-alive\r\n\r\nhi"
        self.assertEqual(client.take(), seen)
        play.say(client, request)
        self.assertEqual(client.received, seen)
        self.assertIsNone(client.lost)

    def test_chunks_become_a_body_until_close_for_1_0(self) -> None:
        play = self.play()
        play.web(CHUNKED_OK + b"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n")
        request = b"GET / HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\n\r\n"
        client = play.client(request)
        self.assertEqual(
            client.received, b"HTTP/1.1 200 OK\r\n" + GOOD + b"Connection: close\r\n\r\nhi"
        )
        self.assertEqual(client.lost, "")

    def test_a_body_until_close_becomes_chunks(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\n\r\nab")
        play.say(web.peer, b"cde")
        web.peer.close()
        play.advance()
        self.assertEqual(
            client.received,
            b"HTTP/1.1 200 OK\r\n"
            + GOOD
            + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
        )
        self.assertIsNone(client.lost)
        self.assertEqual(play.number("client/#/fake/web/success"), 1)

    def test_a_body_until_close_stays_one_for_1_0(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(b"GET / HTTP/1.0\r\nHost: web\r\n\r\n")
        play.say(web.peer, b"HTTP/1.0 200 OK\r\n\r\nab")
        web.peer.close()
        play.advance()
        head = b"HTTP/1.1 200 OK\r\nVia: 1.0 linkerd\r\nl5d-success-class: 1.0\r\n"
        self.assertEqual(client.received, head + b"Connection: close\r\n\r\nab")
        self.assertEqual(client.lost, "")

    def test_a_1_0_answer_with_keep_alive_is_reused(self) -> None:
        play = self.play()
        web = play.web(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi")
        client = play.client(GET + GET)
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(client.received.count(b"HTTP/1.1 200 OK\r\n"), 2)

    def test_connection_close_of_the_client(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n" + GET)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
        self.assertEqual(client.received, head + GOOD + b"Connection: close\r\n\r\nhi")
        self.assertEqual(client.lost, "")
        self.assertEqual(web.peer.received, GET_SEEN)
        self.assertEqual(len(play.the_endpoint().idle), 1)

    def test_connection_close_of_the_endpoint(self) -> None:
        play = self.play()
        web = play.web(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
        client = play.client(GET + GET)
        self.assertEqual(client.received, OK_SEEN * 2)
        self.assertEqual(len(web.peers), 2)
        self.assertIsNone(client.lost)


class Answers(PlaybookCase):
    def test_head_has_no_body(self) -> None:
        play = self.play()
        play.web(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        client = play.client(b"HEAD / HTTP/1.1\r\nHost: web\r\n\r\n" * 2)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + GOOD + b"\r\n"
        self.assertEqual(client.received, head * 2)

    def test_204_and_304_have_no_body(self) -> None:
        for line in (b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n"):
            play = self.play()
            web = play.web(line + b"\r\n")
            client = play.client(GET + GET)
            self.assertEqual(client.received, (line + GOOD + b"\r\n") * 2)
            self.assertEqual(len(web.peers), 1)

    def test_interim_answers_are_passed_on(self) -> None:
        play = self.play()
        hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        play.web(hint + hint + OK)
        client = play.client(GET)
        self.assertEqual(client.received, hint + hint + OK_SEEN)

    def test_interim_answers_are_not_for_1_0(self) -> None:
        play = self.play()
        play.web(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)
        client = play.client(b"GET / HTTP/1.0\r\nHost: web\r\n\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 200 OK"), client.received)

    def test_a_failure_is_marked(self) -> None:
        play = self.play()
        play.web(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        client = play.client(GET)
        self.assertEqual(
            client.received, b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n" + BAD + b"\r\n"
        )

    def test_chunks_are_streamed(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK + b"5\r\nhe")
        head = b"HTTP/1.1 200 OK\r\n" + GOOD + b"Transfer-Encoding: chunked\r\n\r\n"
        self.assertEqual(client.take(), head + b"2\r\nhe\r\n")
        play.say(web.peer, b"llo\r\n")
        self.assertEqual(client.take(), b"3\r\nllo\r\n")
        play.say(web.peer, b"0\r\n\r\n")
        self.assertEqual(client.take(), b"0\r\n\r\n")
        play.say(client, GET)
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_trailers_of_an_answer(self) -> None:
        for tail in (b"0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n",):
            play = self.play()
            web = play.web(CHUNKED_OK + b"2\r\nhi\r\n" + tail)
            client = play.client(GET + GET)
            body = b"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"
            head = b"HTTP/1.1 200 OK\r\n" + GOOD + b"Transfer-Encoding: chunked\r\n\r\n"
            self.assertEqual(client.received, (head + body) * 2)
            self.assertEqual(len(web.peers), 1)

    def test_a_body_with_length_is_streamed(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        body = b"x" * 6000
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 6002\r\n\r\n" + body)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 6002\r\n" + GOOD + b"\r\n"
        self.assertEqual(client.received, head + body)
        play.say(web.peer, b"cd")
        self.assertEqual(client.received, head + body + b"cd")
        self.assertEqual(len(play.the_endpoint().idle), 1)

    def test_bytes_behind_an_answer_end_the_connection(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, OK + b"HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(client.received, OK_SEEN)
        play.advance(1)
        self.assertEqual(play.the_endpoint().idle, [])
        self.assertTrue(web.peer.eof or web.peer.lost is not None)

    def test_unasked_bytes_never_become_an_answer(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
        play.say(client, GET)
        self.assertEqual(len(web.peers), 2)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_an_early_answer_ends_the_upload(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(100000) + b"x" * 1000)
        play.say(web.peer, b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
        head = b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n"
        self.assertEqual(client.received, head + GOOD + b"Connection: close\r\n\r\n")
        play.say(client, b"x" * 1000)
        play.advance(3)
        self.assertEqual(play.the_endpoint().idle, [])
        self.assertEqual(play.the_endpoint().open, 0)
        self.assertEqual(play.listener.connections, set())
