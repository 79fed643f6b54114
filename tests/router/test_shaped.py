"""Filters of answers: what they change, in what order, and on which ways of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import CHUNKED_OK, GET, GOOD, OK, VIA, Playbook, PlaybookCase

from linkerd.router.dispatch import ShapedDispatch
from linkerd.router.shaped import Answer, AnswerFilter, BodyCoder

if TYPE_CHECKING:
    from linkerd.wire.http1 import ResponseHead

LONG = 6000


class Doubled(BodyCoder):
    """Says everything but `-` twice, and at the end that it is over, once for each piece."""

    def __init__(self) -> None:
        self.pieces = 0

    def data(self, data: bytes) -> bytes:
        self.pieces += 1
        return data.replace(b"-", b"") * 2

    def end(self, data: bytes) -> bytes:
        return data * 2 + b"!" * (self.pieces or 1)


class Doubling(AnswerFilter):
    def interim(self, head: ResponseHead) -> None:
        head.add_line(b"I: j\r\n")

    def answer(self, answer: Answer) -> None:
        answer.encode(Doubled())


class Naming(AnswerFilter):
    def __init__(self, line: bytes) -> None:
        self.line = line

    def answer(self, answer: Answer) -> None:
        answer.head.add_line(self.line)


class Emptying(AnswerFilter):
    def answer(self, answer: Answer) -> None:
        answer.empty()


class ShapedCase(PlaybookCase):
    def shaped(self, *filters: AnswerFilter) -> Playbook:
        play = self.play()
        play.listener.plain = False
        play.listener.dispatch = ShapedDispatch(play.router.router, filters)
        return play


class Heads(ShapedCase):
    def test_filters_come_in_their_order(self) -> None:
        play = self.shaped(Naming(b"A: b\r\n"), Naming(b"C: d\r\n"))
        play.web(OK)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\nC: d\r\n"
        self.assertEqual(play.client(GET).received, head + GOOD + b"\r\nhi")

    def test_interim_answers(self) -> None:
        play = self.shaped(Doubling())
        play.web(b"HTTP/1.1 103 Hints\r\n\r\n" + OK)
        self.assertTrue(play.client(GET).received.startswith(b"HTTP/1.1 103 Hints\r\nI: j\r\n\r\n"))

    def test_an_answer_that_is_given_here(self) -> None:
        play = self.shaped(Naming(b"A: b\r\n"))
        play.web(OK)
        client = play.client(b"TRACE / HTTP/1.1\r\nHost: web\r\nMax-Forwards: 0\r\n\r\n")
        self.assertIn(b"\r\nA: b\r\n", client.received)


class Bodies(ShapedCase):
    def test_a_whole_body_gets_its_new_length(self) -> None:
        for framing in (
            b"Content-Length: 2\r\n\r\nhi",
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        ):
            play = self.shaped(Doubling())
            play.web(b"HTTP/1.1 200 OK\r\n" + framing)
            client = play.client(GET + GET)
            seen = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + GOOD + b"\r\nhihi!"
            self.assertEqual(client.received, seen * 2)

    def test_a_streamed_body_is_chunked(self) -> None:
        play = self.shaped(Doubling())
        web = play.web()
        client = play.client(GET + GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LONG + b"hi")
        head = b"HTTP/1.1 200 OK\r\n" + GOOD + b"Transfer-Encoding: chunked\r\n\r\n"
        self.assertEqual(client.take(), head + b"4\r\nhihi\r\n")
        play.say(web.peer, b"x" * (LONG - 2))
        rest = b"2edc\r\n" + b"x" * 2 * (LONG - 2) + b"\r\n2\r\n!!\r\n0\r\n\r\n"
        self.assertEqual(client.take(), rest)
        play.say(web.peer, OK)
        self.assertTrue(client.received.endswith(b"\r\n\r\nhihi!"))

    def test_a_piece_of_which_nothing_is_left_is_no_end(self) -> None:
        play = self.shaped(Doubling())
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK)
        play.say(web.peer, b"1\r\n-\r\n")
        play.say(web.peer, b"2\r\nhi\r\n0\r\n\r\n")
        self.assertTrue(client.received.endswith(b"\r\n\r\n4\r\nhihi\r\n2\r\n!!\r\n0\r\n\r\n"))
        self.assertEqual(client.received.count(b"0\r\n\r\n"), 1)

    def test_trailers_come_behind_what_the_coder_says_last(self) -> None:
        play = self.shaped(Doubling())
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK + b"2\r\nhi\r\n")
        play.say(web.peer, b"0\r\nX: y\r\n\r\n")
        self.assertTrue(client.received.endswith(b"4\r\nhihi\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n"))

    def test_digests_behind_a_body_that_is_changed_are_dropped(self) -> None:
        fields = b"Digest: a\r\nX: y\r\nRepr-Digest: b\r\nContent-Digest: c\r\nCONTENT-MD5: d\r\n"
        for filters, left in (((Doubling(),), b"X: y\r\n"), ((Naming(b"A: b\r\n"),), fields)):
            play = self.shaped(*filters)
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, CHUNKED_OK + b"2\r\nhi\r\n")
            play.say(web.peer, b"0\r\n" + fields + b"\r\n")
            self.assertTrue(client.received.endswith(b"\r\n0\r\n" + left + b"\r\n"))

    def test_an_old_client_gets_it_until_the_end_of_its_connection(self) -> None:
        play = self.shaped(Doubling())
        web = play.web()
        client = play.client(b"GET / HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\n\r\n")
        play.say(web.peer, CHUNKED_OK + b"2\r\nhi\r\n")
        play.say(web.peer, b"0\r\n\r\n")
        play.advance(3.0)
        head = b"HTTP/1.1 200 OK\r\n" + GOOD + b"Connection: close\r\n\r\n"
        self.assertEqual((client.received, client.lost), (head + b"hihi!", ""))

    def test_what_is_taken_away_is_not_waited_for(self) -> None:
        play = self.shaped(Emptying())
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK + b"2\r\nhi\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
        self.assertEqual(client.received, head + GOOD + b"\r\n")
        self.assertIsNotNone(web.peers[0].lost)

    def test_a_try_that_is_repeated_begins_anew(self) -> None:
        play = self.play(
            service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}},
        )
        play.listener.plain = False
        play.listener.dispatch = ShapedDispatch(play.router.router, (Doubling(),))
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\n\r\nno")
        play.say(web.peer, CHUNKED_OK)
        play.say(web.peer, b"2\r\nhi\r\n0\r\n\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 200 OK\r\n" + VIA), client.received)
        self.assertTrue(client.received.endswith(b"4\r\nhihi\r\n1\r\n!\r\n0\r\n\r\n"))
