"""`timeoutMs` of a server."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import ADDR_PENDING, GET, OK, Playbook, PlaybookCase
from tests.router.test_limited import ONE_TRY, TICK, asking, told


class Timed(PlaybookCase):
    def timed(self, ms: int = 1000, **settings: Any) -> Playbook:
        return self.play(servers=[{"port": 4140, "timeoutMs": ms}], **settings)

    def test_a_request_that_takes_longer_is_answered(self) -> None:
        play = self.timed()
        web = play.web()
        client = play.client(GET)
        self.assertEqual(told(web.peer.received), [(0.0, 1.0)])
        play.advance(1.0 + TICK)
        text = f"exceeded 1.seconds to 127.0.0.1/4140 {ONE_TRY}. Remote Info: Not Available\n"
        self.assert_error(client, 503, "L5D-2008", text)
        self.assertIsNotNone(web.peer.lost)

    def test_naming_counts(self) -> None:
        play = self.timed()
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(1.0 + TICK)
        self.assert_error(client, 503, "L5D-2008", "exceeded 1.seconds ")

    def test_the_least_of_all_limits_counts(self) -> None:
        play = self.timed(service={"totalTimeoutMs": 500})
        play.web()
        client = play.client(GET)
        play.advance(0.5 + TICK)
        self.assert_error(client, 503, "L5D-2007", "exceeded 500.milliseconds ")

    def test_a_deadline_that_is_later_changes_nothing(self) -> None:
        play = self.timed()
        web = play.web()
        client = play.client(asking((0.0, 3600.0)))
        self.assertEqual(told(web.peer.received), [(0.0, 1.0)])
        play.advance(1.0 + TICK)
        self.assert_error(client, 503, "L5D-2008", "exceeded 1.seconds ")

    def test_a_request_that_is_refused_has_no_limit_left(self) -> None:
        play = self.timed()
        client = play.client(b"OPTIONS / HTTP/1.1\r\nHost: web\r\nMax-Forwards: x\r\n\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "))
        self.assertEqual(len(play.router.router.limits.spare), 1)

    def test_where_nobody_is_trusted(self) -> None:
        server = {"port": 4140, "timeoutMs": 1000, "clearContext": True}
        play = self.play(servers=[server])
        play.web()
        client = play.client(GET)
        play.advance(1.0 + TICK)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 503 "))

    def test_zero_is_no_limit(self) -> None:
        play = self.timed(0)
        web = play.web()
        client = play.client(GET)
        play.advance(30.0)
        play.say(web.peer, OK)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 200 "))
