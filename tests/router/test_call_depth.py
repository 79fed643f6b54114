"""`maxCallDepth`: how many proxies a request may have passed."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import GET, OK, OK_SEEN, Playbook, PlaybookCase

TEXT = "Maximum number of calls ({}) has been exceeded. Please check for proxy loops."
CHUNKED = b"POST / HTTP/1.1\r\nHost: web\r\nVia: a, b, c\r\nTransfer-Encoding: chunked\r\n\r\n"


def passed(*via: bytes) -> bytes:
    """A request with these Via fields."""
    return GET[:-2] + b"".join(b"Via: " + each + b"\r\n" for each in via) + b"\r\n"


class CallDepth(PlaybookCase):
    def deep(self, **more: Any) -> Playbook:
        return self.play(servers=[{"port": 4140, "maxCallDepth": 2} | more])

    def test_within_the_limit(self) -> None:
        play = self.deep()
        play.web(OK)
        self.assertEqual(play.client(GET + passed(b"1.1 a, 1.1 b")).received, OK_SEEN * 2)

    def test_beyond_the_limit(self) -> None:
        play = self.deep()
        client = play.client(passed(b"1.1 a, 1.1 b, 1.1 c"))
        self.assert_error(client, 400, "L5D-3007", TEXT.format(2))
        self.assertEqual(play.number("server/127.0.0.1/4140/status/400"), 1)
        self.assertEqual(play.number("server/127.0.0.1/4140/failures"), 1)
        self.assertIsNone(client.lost)

    def test_all_fields_count(self) -> None:
        client = self.deep().client(passed(b"1.1 a", b"1.1 b", b"1.1 c"))
        self.assert_error(client, 400, "L5D-3007", TEXT.format(2))

    def test_the_default(self) -> None:
        play = self.play(maxHeadersKB=64)
        play.web(OK)
        client = play.client(passed(b",".join([b"1.1 a"] * 1000)))
        self.assertEqual(client.take(), OK_SEEN)
        play.say(client, passed(b",".join([b"1.1 a"] * 1001)))
        self.assert_error(client, 400, "L5D-3007", TEXT.format(1000))

    def test_a_body_that_comes_is_not_waited_for(self) -> None:
        play = self.deep()
        client = play.client(CHUNKED + b"5\r\nhello\r\n")
        self.assertIn(b"\r\nconnection: close\r\n", client.received)
        self.assert_error(client, 400, "L5D-3007", TEXT.format(2))
        play.say(client, b"0\r\n\r\n" + GET)
        self.assertEqual(client.received, b"")

    def test_with_clear_context_the_answer_is_empty(self) -> None:
        client = self.deep(clearContext=True).client(passed(b"a, b, c"))
        expected = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"
        self.assertEqual(client.received, expected)
