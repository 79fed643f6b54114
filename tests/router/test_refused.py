"""A request that its server refuses: counted and logged as any error, and nothing is dialled."""

from __future__ import annotations

from tests.router.playbook import GET, PlaybookCase

DEEP = GET[:-2] + b"Via: a, b\r\n\r\n"


class Refused(PlaybookCase):
    def test_it_is_one_request_that_failed(self) -> None:
        play = self.play(servers=[{"port": 4140, "maxCallDepth": 1}])
        web = play.web()
        play.client(DEEP * 2)
        server = "server/127.0.0.1/4140/"
        self.assertEqual(play.number(server + "requests"), 2)
        self.assertEqual(play.number(server + "failures"), 2)
        self.assertEqual(play.number(server + "pending"), 0)
        self.assertEqual(web.peers, [])
        self.assertEqual(play.bindings.table, {})
