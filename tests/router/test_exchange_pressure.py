"""Backpressure: a slow side stops the fast one, and nothing grows in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import (
    CHUNKED_OK,
    GET,
    GOOD,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
)
from tests.support.memory import Recorder, answering

if TYPE_CHECKING:
    from tests.support.memory import MemoryTransport

SIZE = 1_000_000
# What may rest inside the proxy for one direction of one request, and a window on either side.
BOUND = 4 * 65536


def ours(play: Playbook) -> list[MemoryTransport]:
    """The proxy's ends of all streams."""
    return [t for t in play.network.transports if not isinstance(t.connection, Recorder)]


class Downloads(PlaybookCase):
    def test_a_slow_client_stops_the_endpoint(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.pause()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % SIZE
        web.peer.send(head + b"\r\n" + b"x" * SIZE)
        play.advance(1.0)
        left = web.peer.transport.waiting  # type: ignore[attr-defined]
        self.assertGreater(left, SIZE - BOUND)
        for end in ours(play):
            self.assertLess(end.waiting, BOUND)
        client.resume()
        play.advance(1.0)
        self.assertEqual(client.received, head + GOOD + b"\r\n" + b"x" * SIZE)
        self.assertEqual(len(play.the_endpoint().idle), 1)

    def test_a_slow_client_stops_chunks_too(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.pause()
        web.peer.send(CHUNKED_OK + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 250 + b"0\r\n\r\n")
        play.advance(1.0)
        for end in ours(play):
            self.assertLess(end.waiting, BOUND)
        client.resume()
        play.advance(1.0)
        self.assertEqual(client.received.count(b"x"), 250 * 4096)
        self.assertTrue(client.received.endswith(b"\r\n0\r\n\r\n"))

    def test_a_connection_is_read_again_by_whoever_has_it_next(self) -> None:
        """The end of an answer may come while its client is still slow."""
        for answer in (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100000,
            CHUNKED_OK + b"186a0\r\n" + b"x" * 100000 + b"\r\n0\r\n\r\n",
        ):
            play = self.play()
            web = play.web()
            slow = play.client(GET)
            slow.pause()
            web.peer.send(answer)
            play.advance(1.0)
            fast = play.client(GET)
            for peer in web.peers[-1:]:
                play.say(peer, OK)
            self.assertEqual(fast.received, OK_SEEN)
            slow.resume()
            play.advance(1.0)
            self.assertEqual(slow.received.count(b"x"), 100000)

    def test_an_answer_whose_end_fills_the_window(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET + GET)
        client.pause()
        first = b"HTTP/1.1 200 OK\r\nContent-Length: 65000\r\n"
        play.say(web.peer, first + b"\r\n" + b"x" * 65000)
        second = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n"
        play.say(web.peer, second + b"\r\n")
        play.say(web.peer, b"x" * 2000)
        self.assertEqual(len(play.the_endpoint().idle), 1)
        other = play.client(GET)
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, OK)
        self.assertEqual(other.received, OK_SEEN)
        client.resume()
        play.advance(1.0)
        whole = first + GOOD + b"\r\n" + b"x" * 65000 + second + GOOD + b"\r\n" + b"x" * 2000
        self.assertEqual(client.received, whole)

    def test_who_takes_no_answers_gets_no_more_made(self) -> None:
        play = self.play()
        body = b"x" * 30000
        web = play.web(b"HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" + body)
        client = play.client()
        client.pause()
        client.send(GET * 500)
        play.advance(1.0)
        for end in ours(play):
            self.assertLess(end.waiting, BOUND)
        asked = sum(peer.received.count(b"GET") for peer in web.peers)
        self.assertLess(asked, 10)
        client.resume()
        play.advance(1.0)
        self.assertEqual(client.received.count(b"HTTP/1.1 200 OK"), 500)
        self.assertEqual(client.received.count(b"x"), 500 * 30000)

    def test_requests_that_wait_are_not_read(self) -> None:
        play = self.play()
        web = play.web()
        request = GET[:-2] + b"X-Padding: " + b"x" * 500 + b"\r\n\r\n"
        client = play.client(GET)
        client.send(request * 1000)
        play.advance(1.0)
        (connection,) = play.listener.connections
        self.assertLess(len(connection.held), BOUND)
        self.assertEqual(web.peer.received.count(b"GET"), 1)
        web.peer.on_data = answering(OK)
        web.peer.read = len(web.peer.received)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 1001)
