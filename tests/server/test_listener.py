"""A server's life: it listens, drains, and gives up in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET, GOOD, OK, OK_SEEN, Playbook, PlaybookCase, post
from tests.support.memory import RESET, TestClient
from twisted.internet import defer
from twisted.internet.error import CannotListenError

from linkerd.server.http_listener import HttpListener
from linkerd.server.policy import ServerPolicy

if TYPE_CHECKING:
    from collections.abc import Coroutine

CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + GOOD + b"Connection: close\r\n\r\nhi"


def begin(coroutine: Coroutine[Any, Any, None]) -> defer.Deferred[None]:
    return defer.Deferred.fromCoroutine(coroutine)


class Listening(PlaybookCase):
    def test_its_address_and_label(self) -> None:
        play = self.play(servers=[{"port": 0, "ip": "127.0.0.2"}])
        self.assertEqual(play.listener.label, "127.0.0.2/0")
        ip, port = play.listener.address()
        self.assertEqual(ip, "127.0.0.2")
        self.assertGreater(port, 0)

    def test_its_address_before_it_listens(self) -> None:
        play = self.play()
        listener = HttpListener(
            play.runtime, play.router.router, "10.0.0.1", 99, ServerPolicy(play.listener.limits)
        )
        self.assertEqual(listener.address(), ("10.0.0.1", 99))

    def test_a_taken_port(self) -> None:
        play = self.play()
        self.failureResultOf(begin(play.listener.listen()), CannotListenError)

    def test_several_servers_of_one_router(self) -> None:
        play = self.play(servers=[{"port": 4140}, {"port": 4141}])
        self.successResultOf(begin(play.router.listeners[1].listen()))
        play.web(OK)
        client = TestClient(play.network, 4141)
        play.clients.append(client)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number("server/127.0.0.1/4141/requests"), 1)
        self.assertEqual(play.number("server/127.0.0.1/4140/requests"), 0)


class Draining(PlaybookCase):
    def drain(self, play: Playbook) -> defer.Deferred[None]:
        drained = begin(play.listener.drain())
        play.advance()
        return drained

    def test_without_connections_it_is_done_at_once(self) -> None:
        play = self.play()
        self.successResultOf(self.drain(play))
        client = play.client(GET)
        self.assertEqual(client.error, "connection refused")

    def test_what_was_accepted_is_answered_and_told_to_close(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        drained = self.drain(play)
        play.advance(2.0)
        self.assertNoResult(drained)
        play.say(web.peer, OK)
        play.advance(0.1)
        self.assertEqual(client.received, CLOSING)
        self.assertEqual(client.lost, "")
        self.successResultOf(drained)

    def test_requests_that_wait_in_line_are_answered_too(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET * 3)
        drained = self.drain(play)
        for _ in range(3):
            play.say(web.peer, OK)
        play.advance(0.1)
        self.assertEqual(client.received, OK_SEEN * 2 + CLOSING)
        self.successResultOf(drained)

    def test_a_request_that_just_comes_is_answered(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        drained = self.drain(play)
        play.say(client, GET)
        play.advance(0.1)
        self.assertEqual(client.received, OK_SEEN + CLOSING)
        self.successResultOf(drained)

    def test_an_error_closes_as_well(self) -> None:
        play = self.play()
        client = play.client()
        drained = self.drain(play)
        play.say(client, GET)
        self.assertIn(b"connection: close\r\n", client.received)
        play.advance(0.1)
        self.successResultOf(drained)

    def test_quiet_connections_are_closed_soon(self) -> None:
        play = self.play()
        play.web(OK)
        clients = [play.client(GET), play.client()]
        drained = self.drain(play)
        self.assertNoResult(drained)
        play.advance(0.7)
        self.successResultOf(drained)
        for client in clients:
            self.assertEqual(client.lost, "")

    def test_a_long_answer_that_began_before_goes_on(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
        drained = self.drain(play)
        for _ in range(20):
            play.advance(0.5)
            play.say(web.peer, b"x")
        self.assertTrue(client.received.endswith(b"\r\n\r\n" + b"x" * 20))
        play.advance(1.2)
        self.assertEqual(client.lost, "")
        self.successResultOf(drained)

    def test_an_upload_that_began_before_goes_on(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(10000) + b"x")
        drained = self.drain(play)
        play.advance(3.0)
        play.say(client, b"x" * 9999)
        play.say(web.peer, OK)
        play.advance(0.1)
        self.assertEqual(client.received, CLOSING)
        self.successResultOf(drained)

    def test_after_the_grace_all_is_cut(self) -> None:
        play = self.play()
        web = play.web()
        clients = [play.client(GET), play.client(b"GET"), play.client(post(9999) + b"x")]
        drained = self.drain(play)
        play.advance(5.0)
        self.assertNoResult(drained)
        play.listener.abort()
        play.advance(0.1)
        self.successResultOf(drained)
        for client in clients:
            self.assertEqual((client.lost, client.received), (RESET, b""))
        for peer in web.peers:
            self.assertEqual(peer.lost, RESET)


class Counting(PlaybookCase):
    def test_connections(self) -> None:
        play = self.play()
        play.web(OK)
        clients = [play.client(GET) for _ in range(3)]
        server = "server/127.0.0.1/4140/"
        self.assertEqual(play.number(server + "connections"), 3)
        for client in clients[:2]:
            client.close()
        play.advance(0.1)
        self.assertEqual(play.number(server + "connections"), 1)
        self.assertEqual(play.number(server + "connects"), 3)
        self.assertEqual(play.number(server + "closes"), 2)
        self.assertEqual(play.number(server + "received_bytes"), 2 * len(GET))
        self.assertEqual(play.number(server + "sent_bytes"), 2 * len(OK_SEEN))
