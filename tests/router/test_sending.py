"""Request bodies under pressure: what an endpoint does not take stays with its sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import (
    ADDED,
    ADDR_NEG,
    ADDR_PENDING,
    CHUNKED_POST,
    GET,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
    post,
)
from tests.support.memory import RESET, Recorder

if TYPE_CHECKING:
    from tests.support.memory import MemoryTransport, TestClient

SIZE = 1_000_000
# What may rest inside the proxy for one direction of one request, and a window on either side.
BOUND = 4 * 65536


def ours(play: Playbook) -> list[MemoryTransport]:
    """The proxy's ends of all streams."""
    return [t for t in play.network.transports if not isinstance(t.connection, Recorder)]


class Uploads(PlaybookCase):
    def upload(self, play: Playbook, client: TestClient, size: int) -> int:
        """Write `size` bytes as fast as the proxy takes them; how many it took."""
        client.send(b"x" * size)
        play.advance(1.0)
        return size - client.transport.waiting  # type: ignore[attr-defined,no-any-return]

    def test_a_slow_endpoint_stops_the_client(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(SIZE))
        web.peer.pause()
        taken = self.upload(play, client, SIZE)
        self.assertLess(taken, BOUND)
        for end in ours(play):
            self.assertLess(end.waiting, BOUND)
        play.advance(35.0)
        self.assertEqual(client.received, b"", "an upload that we stopped is not too slow")
        web.peer.resume()
        play.advance(1.0)
        seen = b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: %d\r\n" % SIZE + ADDED
        self.assertEqual(web.peer.received, seen + b"x" * SIZE)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        play.say(client, GET)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_a_body_waits_for_its_connection(self) -> None:
        play = self.play()
        play.bind("web", 80)
        play.network.black_holes.add(("127.0.0.1", 80))
        client = play.client(post(SIZE))
        self.assertLess(self.upload(play, client, SIZE), BOUND)
        play.network.black_holes.clear()
        web = play.serve(80)
        play.advance(2.0)
        self.assertEqual(web.peer.received.count(b"x"), SIZE)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_the_client_goes_on_after_a_body_that_ended_while_stopped(self) -> None:
        """The last piece of a body may be the one that fills the endpoint's window."""
        play = self.play()
        web = play.web()
        size = 65536
        client = play.client(post(size))
        web.peer.pause()
        play.say(client, b"x" * size)
        play.advance(1.0)
        web.peer.resume()
        play.advance(1.0)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        play.say(client, GET)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_a_client_that_leaves_after_its_body_was_stopped_is_noticed(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(65536))
        web.peer.pause()
        play.say(client, b"x" * 65536)
        web.peer.resume()
        play.advance(1.0)
        self.assertEqual(web.peer.received.count(b"x"), 65536)
        client.close()
        play.advance(1.2)
        self.assertEqual(web.peer.lost, RESET)

    def test_the_client_goes_on_after_a_whole_body_that_nobody_took(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        client = play.client(post(6000) + b"x" * 6000)
        play.addresses("web", ADDR_NEG)
        play.advance()
        self.assertTrue(client.received.startswith(b"HTTP/1.1 502 "))
        self.assertNotIn(b"connection: close", client.take())
        play.web(OK)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)

    def test_chunks_keep_their_order_through_a_wait(self) -> None:
        play = self.play()
        play.bind("web", 80)
        play.network.black_holes.add(("127.0.0.1", 80))
        client = play.client(CHUNKED_POST + b"1\r\na\r\n")
        for letter in b"bcd":
            play.say(client, b"1\r\n%c\r\n" % letter)
        play.say(client, b"0\r\n\r\n")
        play.network.black_holes.clear()
        web = play.serve(80, None)
        play.advance(1.5)
        body = web.peer.received.partition(b"\r\n\r\n")[2]
        self.assertEqual(b"".join(body.split(b"\r\n")[1:-3:2]), b"abcd")
        self.assertTrue(body.endswith(b"0\r\n\r\n"))
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
