"""`maxResponseBodyKB` and answers that come at once."""

from __future__ import annotations

from tests.router.playbook import CHUNKED_OK, GET, OK, OK_SEEN, PlaybookCase

KB = 1024


class Bound(PlaybookCase):
    def test_the_limit_is_exact_and_the_connection_is_kept(self) -> None:
        for size, status in ((KB, b"200"), (KB + 1, b"502")):
            body = b"x" * size
            for said in (
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (size, body),
                CHUNKED_OK + b"%x\r\n%b\r\n0\r\n\r\n" % (size, body),
                CHUNKED_OK + b"%x\r\n%b\r\n0\r\nX: y\r\n\r\n" % (size, body),
            ):
                play = self.play(streamingEnabled=False, maxResponseBodyKB=1)
                web = play.web()
                client = play.client(GET)
                play.say(web.peer, said)
                self.assertEqual(client.received.split(b" ")[1], status, said)
                self.assertEqual(b"L5D-2010" in client.take(), status == b"502")
                play.say(client, GET)
                play.say(web.peer, OK)
                self.assertEqual(client.received, OK_SEEN)
                # Of one with trailers not all has been told when it is turned down.
                lost = status == b"502" and b"X: y" in said
                self.assertEqual(len(web.peers), 2 if lost else 1)
