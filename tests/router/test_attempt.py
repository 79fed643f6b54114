"""Requests that wait for naming, and what they are told if that takes too long."""

from __future__ import annotations

from tests.router.playbook import (
    ADDR_PENDING,
    GET,
    OK,
    OK_SEEN,
    PlaybookCase,
    post,
)

from linkerd.name.activity import PENDING, Failed, Ok
from linkerd.name.addr import AddrFailed
from linkerd.name.tree import NEG

SERVER = "server/127.0.0.1/4140/"


class Waiting(PlaybookCase):
    def test_requests_wait_for_their_name(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        clients = [play.client(GET) for _ in range(3)]
        play.advance(5.0)
        web = play.web(OK)
        play.advance()
        for client in clients:
            self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(sum(peer.received.count(b"GET") for peer in web.peers), 3)
        self.assertEqual(play.number("bindcache/path/misses"), 1)

    def test_requests_wait_for_addresses(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(5.0)
        play.web(OK)
        play.advance()
        self.assertEqual(client.received, OK_SEEN)

    def test_no_name_in_time(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        client = play.client(GET)
        play.advance(9.9)
        self.assertEqual(client.received, b"")
        play.advance(0.2)
        self.assert_error(
            client,
            502,
            "L5D-1106",
            "Exceeded 10.seconds binding timeout while resolving name: /svc/web\n",
        )
        self.assertEqual(play.bindings.table[b"web"].waiting, [])
        play.web(OK)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)

    def test_no_addresses_in_time(self) -> None:
        play = self.play(bindingTimeoutMs=1500)
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(1.6)
        self.assert_error(
            client,
            502,
            "L5D-1106",
            "Exceeded 1.seconds+500.milliseconds binding timeout while connecting to /#/fake/web"
            " for name: /svc/web\n",
        )
        self.assertEqual(play.the_client().waiting, [])

    def test_those_who_left_wait_no_longer(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        for _ in range(3):
            play.client(GET).abort()
        for data in (post(10000) + b"x", b"GET / HTTP/1.1\r\nHost: late\r\n\r\n"):
            play.namer.set("/late", PENDING)
            play.client(data).abort()
        play.advance()
        for route in play.bindings.table.values():
            self.assertEqual(route.waiting, [])

    def test_a_failure_is_over_when_the_namer_recovers(self) -> None:
        play = self.play()
        play.namer.set("/web", Failed("down"))
        client = play.client(GET)
        self.assert_error(client, 502, "L5D-1105", "Unable to route request!")
        play.web(OK)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)

    def test_the_last_good_tree_stays_in_force(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        for worse in (Failed("down"), PENDING):
            play.namer.set("/web", worse)
            play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 3)
        play.namer.set("/web", Ok(NEG))
        client.take()
        play.say(client, GET)
        self.assert_error(client, 502, "L5D-1102", "Unable to route request!")

    def test_the_last_good_addresses_stay_in_force(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        for worse in (AddrFailed("down"), ADDR_PENDING):
            play.addresses("web", worse)
            play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 3)
