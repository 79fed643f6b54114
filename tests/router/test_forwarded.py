"""Servers with `addForwardedHeader`."""

from __future__ import annotations

import re
from typing import Any

from tests.router.playbook import ADDED, GET, OK, OK_SEEN, Playbook, PlaybookCase, post

HEAD = b"GET / HTTP/1.1\r\nHost: web\r\n"


class Forwarding(PlaybookCase):
    def forwarding(self, by: str = "ip:port", far: str = "ip", **more: Any) -> Playbook:
        labelers = {"by": {"kind": by}, "for": {"kind": far}}
        server = {"port": 4140, "addForwardedHeader": labelers} | more
        return self.play(servers=[server])

    def seen(self, play: Playbook, request: bytes) -> bytes:
        """What the endpoint gets between the request's own fields and ours."""
        web = play.web(OK)
        client = play.client(request)
        self.assertEqual(client.received, OK_SEEN)
        received: bytes = web.peer.received
        self.assertTrue(received.startswith(HEAD) and received.endswith(ADDED), received)
        return received[len(HEAD) : -len(ADDED)]

    def test_both_ends_and_the_host(self) -> None:
        seen = self.seen(self.forwarding(), GET)
        self.assertEqual(seen, b'Forwarded: by="127.0.0.1:4140";for=127.0.0.1;host=web\r\n')

    def test_one_that_is_there_stays(self) -> None:
        seen = self.seen(self.forwarding(), HEAD + b"forwarded: for=x\r\n\r\n")
        first, second, _ = seen.split(b"\r\n")
        self.assertEqual(first, b"forwarded: for=x")
        self.assertTrue(second.startswith(b"Forwarded: by="))

    def test_random_labels_for_each_request_unless_told_otherwise(self) -> None:
        play = self.play(servers=[{"port": 4140, "addForwardedHeader": {}}])
        web = play.web(OK)
        play.client(GET * 20)
        found = re.findall(rb"Forwarded: by=(_\w{6});for=(_\w{6});", web.peer.received)
        self.assertEqual(len(found), 20)
        self.assertEqual(len({label for pair in found for label in pair}), 40)

    def test_one_label_for_each_connection(self) -> None:
        play = self.forwarding("connectionRandom", "connectionRandom")
        web = play.web(OK)
        play.client(GET * 3)
        play.client(GET * 3)
        found = re.findall(rb"Forwarded: by=(_\w{6});for=(_\w{6});", web.peer.received)
        self.assertEqual(len(found), 6)
        self.assertEqual(len(set(found)), 2)

    def test_a_host_with_a_port_is_quoted(self) -> None:
        play = self.forwarding()
        web = play.web(OK)
        play.client(b"GET / HTTP/1.1\r\nHost: web:80\r\n\r\n")
        self.assertEqual(web.peers, [])
        play.bind("web:80", 80)
        play.client(b"GET / HTTP/1.1\r\nHost: web:80\r\n\r\n")
        self.assertIn(b';for=127.0.0.1;host="web:80"\r\n', web.peer.received)

    def test_no_host(self) -> None:
        server = {"port": 4140, "addForwardedHeader": {"for": {"kind": "ip"}}}
        play = self.play(servers=[server], identifier={"kind": "io.l5d.static", "path": "/web"})
        web = play.web(OK)
        play.client(b"GET / HTTP/1.0\r\n\r\n")
        self.assertIn(b";for=127.0.0.1\r\n", web.peer.received)

    def test_the_scheme_of_an_absolute_uri(self) -> None:
        play = self.forwarding()
        web = play.web(OK)
        play.client(b"GET http://web/ HTTP/1.1\r\nHost: other\r\n\r\n")
        self.assertIn(b";for=127.0.0.1;host=web;proto=http\r\n", web.peer.received)

    def test_the_name_of_the_router(self) -> None:
        self.assertIn(b"by=_http;for=_http;", self.seen(self.forwarding("router", "router"), GET))

    def test_streamed_bodies(self) -> None:
        play = self.forwarding()
        web = play.web()
        body = b"x" * 9000
        client = play.client(post(9000) + body)
        head, _, got = web.peer.received.partition(b"\r\n\r\n")
        self.assertIn(b"\r\nForwarded: by=", head)
        self.assertEqual(got, body)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_together_with_clear_context(self) -> None:
        play = self.forwarding(clearContext=True)
        web = play.web(OK)
        play.client(b"GET / HTTP/1.1\r\nHost: web\r\nl5d-a: b\r\n\r\n")
        self.assertIn(b"\r\nForwarded: by=", web.peer.received)
        self.assertNotIn(b"l5d-a", web.peer.received)

    def test_other_servers_add_nothing(self) -> None:
        play = self.play(servers=[{"port": 4140}, {"port": 4141, "addForwardedHeader": {}}])
        self.assertEqual(self.seen(play, GET), b"")
