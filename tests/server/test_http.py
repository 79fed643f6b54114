"""A client's connection: what is refused, when it ends, and that order is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.router.playbook import (
    ADDR_PENDING,
    GET,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
    post,
)

from linkerd.wire.incomplete import empty_lines

HOST = b"Host: web\r\n"
REFUSED = [
    (b"\0\1\2\3\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\0\1\0\1\xfc\x03\x03", 400),
    (b"GET\r\n\r\n", 400),
    (b"GET /\r\n\r\n", 400),
    (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b" GET / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", 400),
    (b"GET / http/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1\n" + HOST + b"\n", 400),
    (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost : web\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b" folded: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\0c\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\rc\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b": b\r\n\r\n", 400),
    (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    (b"GET /" + b"x" * 9000, 414),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 20000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 100 + b"\r\n", 431),
    (b"GET web HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET ftp://web/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET http://a@web/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"CONNECT web:443 HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +1\r\n\r\nx", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1, 1\r\n\r\nx", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
    (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    (b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Host\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"Expect: cake\r\n\r\n", 417),
]


class Refusals(PlaybookCase):
    def test_what_is_not_a_request_reaches_nobody(self) -> None:
        play = self.play()
        web = play.web(OK)
        for data, status in REFUSED:
            client = play.client(data)
            play.advance(0.1)
            self.assertTrue(client.received.startswith(b"HTTP/1.1 %d " % status), data)
            self.assertEqual(client.received.count(b"HTTP/1.1"), 1, data)
            self.assertEqual(client.lost, "", data)
        self.assertEqual(web.peers, [])

    def test_piece_by_piece_it_is_refused_as_well(self) -> None:
        play = self.play()
        web = play.web(OK)
        for data, status in REFUSED:
            client = play.client()
            for at in range(0, len(data), 7):
                if client.lost is None and not client.eof:
                    play.say(client, data[at : at + 7])
            self.assertTrue(client.received.startswith(b"HTTP/1.1 %d " % status), data)
        self.assertEqual(web.peers, [])

    def test_behind_good_requests_it_is_the_last_answer(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET + GET + b"nonsense\r\n\r\n" + GET)
        self.assertTrue(client.received.startswith(OK_SEEN * 2 + b"HTTP/1.1 400 "))
        self.assertEqual(client.received.count(b"HTTP/1.1"), 3)
        play.advance(0.1)
        self.assertEqual(client.lost, "")

    def test_the_last_words_reach_a_client_that_is_still_writing(self) -> None:
        play = self.play()
        client = play.client(b"nonsense\r\n\r\n")
        client.send(b"x" * 500_000)
        play.advance(1.0)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "))
        self.assertEqual(client.lost, "")

    def test_a_client_that_never_stops_is_cut_after_a_while(self) -> None:
        play = self.play()
        client = play.client(b"nonsense\r\n\r\n", end_with_peer=False)
        for _ in range(12):
            play.advance(0.2)
            if client.lost is None:
                client.send(b"x" * 1000)
        play.advance(0.2)
        self.assertIsNotNone(client.lost)
        self.assertEqual(play.listener.connections, set())


class Order(PlaybookCase):
    def test_empty_lines_before_a_request(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(b"\r\n\r\n" + GET + b"\r\n" + GET)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_an_empty_line_in_two_pieces_is_no_unfinished_request(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(b"\r")
        play.say(client, b"\n")
        play.advance(60.0)
        self.assertIsNone(client.lost)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)

    def test_a_small_body_has_its_own_time(self) -> None:
        play = self.play()
        play.web(OK)
        head = post(3)
        client = play.client(head[:10])
        play.advance(9.0)
        play.say(client, head[10:] + b"a")
        for byte in (b"b", b"c"):
            play.advance(29.0)
            self.assertEqual(client.received, b"")
            play.say(client, byte)
        self.assertEqual(client.received, OK_SEEN)

    def test_close_is_stronger_than_keep_alive_in_http_1_0(self) -> None:
        play = self.play()
        play.web(OK)
        fields = b"Host: web\r\nConnection: keep-alive, close\r\n"
        client = play.client(b"GET / HTTP/1.0\r\n" + fields + b"\r\n")
        self.assertIn(b"Connection: close\r\n", client.received)
        self.assertEqual(client.lost, "")

    def test_an_idle_connection_holds_no_buffer(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        play.say(client, post(5) + b"hello")
        play.say(client, post(6000) + b"x" * 6000)
        self.assertEqual(client.received, OK_SEEN * 3)
        (connection,) = play.listener.connections
        self.assertEqual(connection.held, b"")
        self.assertIsNone(connection.chunks)
        self.assertIsNone(connection.exchange)


MESSAGES = [
    GET,
    post(3) + b"abc",
    post(6000) + b"x" * 6000,
    b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: web\r\n\r\n",
    b"\r\n" + GET,
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(range(len(MESSAGES))), min_size=1, max_size=5),
    st.lists(st.integers(min_value=1, max_value=300), min_size=1, max_size=20),
)
def test_however_it_is_cut_there_is_one_answer_for_each_request(
    chosen: list[int], cuts: list[int]
) -> None:
    play = Playbook()

    web = play.web()
    client = play.client()
    stream = b"".join(MESSAGES[index] for index in chosen)
    at = turn = 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        play.say(client, stream[at : at + size])
        at += size
        turn += 1
    for index in chosen:
        (peer,) = [one for one in web.peers if one.lost is None][-1:]
        assert peer.received.count(b" / HTTP/1.1\r\n") == 1
        peer.take()
        play.say(peer, b"HTTP/1.1 204 %d\r\n\r\n" % index)
    lines = [line for line in client.received.split(b"\r\n") if line.startswith(b"HTTP/1.1")]
    assert lines == [b"HTTP/1.1 204 %d" % index for index in chosen]


@pytest.mark.parametrize(
    ("data", "at"), [(b"\r\n\r\nGET", 4), (b"GET", 0), (b"\r\n", 2), (b"\r", 0), (b"\rGET", 0)]
)
def test_empty_lines(data: bytes, at: int) -> None:
    assert empty_lines(data) == at


class SlowBodies(PlaybookCase):
    def test_pieces_of_a_body_are_joined_once(self) -> None:
        play = self.play(streamAfterContentLengthKB=1024)
        web = play.web(OK)
        client = play.client(post(1000) + b"x" * 10)
        (connection,) = play.listener.connections
        held = connection.held
        for _ in range(9):
            play.say(client, b"x" * 100)
            self.assertIs(connection.held, held)
        play.say(client, b"x" * 90 + GET)
        self.assertEqual(client.received, OK_SEEN * 2)
        self.assertEqual(web.peer.received.count(b"x"), 1000)

    def test_each_piece_has_its_time(self) -> None:
        play = self.play()
        client = play.client(post(1000) + b"x")
        for _ in range(3):
            play.advance(25.0)
            play.say(client, b"x")
        self.assertEqual(client.received, b"")
        play.advance(31.0)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "))

    def test_a_body_behind_other_requests(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(client, post(4) + b"ab")
        play.say(web.peer, OK)
        play.say(client, b"cd")
        self.assertTrue(web.peer.received.endswith(b"abcd"))

    def test_who_waits_for_100_continue_has_time_from_then_on(self) -> None:
        play = self.play(bindingTimeoutMs=60_000)
        play.addresses("web", ADDR_PENDING)
        client = play.client(post(9000, b"Expect: 100-continue"))
        play.advance(40.0)
        self.assertEqual(client.received, b"")
        play.web()
        play.advance()
        self.assertEqual(client.take(), b"HTTP/1.1 100 Continue\r\n\r\n")
        play.advance(29.0)
        self.assertEqual(client.received, b"")
        play.advance(2.0)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "))
