"""TRACE with `l5d-add-context`: the answer tells the way, and stays one well-framed answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import (
    ADDED,
    CHUNKED_OK,
    GET,
    GOOD,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
)

from linkerd.router.diagnosis import MAX_BODY

if TYPE_CHECKING:
    from tests.support.memory import TestClient, TestServer

TRACE = b"TRACE / HTTP/1.1\r\nHost: web\r\nl5d-add-context: true\r\n\r\n"
BLOCK = b"""\
--- Router: http ---
request duration: 0 ms
service name: /svc/web
client name: /#/fake/web
addresses: [127.0.0.1:80]
selected address: 127.0.0.1:80
dtab resolution:
  /svc/web
  /#/fake/web (/svc=>/#/fake)
"""
NOTE = b"Diagnostic trace encountered %b response. Response content discarded."


def answer(body: bytes, fields: bytes = b"", status: bytes = b"200 OK") -> bytes:
    """What the client gets."""
    head = b"HTTP/1.1 " + status + b"\r\n" + fields + b"Content-Length: %d\r\n" % len(body)
    return head + GOOD + b"\r\n" + body


def sized(body: bytes) -> bytes:
    """What an endpoint sends."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


SEEN = answer(b"hi\n\n" + BLOCK)


class Asked(PlaybookCase):
    def test_the_way_behind_the_body(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(TRACE + TRACE)
        self.assertEqual(client.received, SEEN * 2)
        self.assertEqual(web.peer.received, (TRACE[:-2] + ADDED) * 2)
        self.assertEqual(len(web.peers), 1)

    def test_only_if_it_is_asked_for(self) -> None:
        play = self.play()
        play.web(OK)
        for value in (b"true", b"1", b" TRUE ", b"t"):
            client = play.client(TRACE.replace(b"true", value))
            self.assertEqual(client.received, SEEN)
        for value in (b"", b"0", b"false", b"yes", b"true1"):
            client = play.client(TRACE.replace(b"true", value))
            self.assertEqual(client.received, OK_SEEN)
        for method in (b"GET", b"OPTIONS", b"trace"):
            client = play.client(TRACE.replace(b"TRACE", method))
            self.assertEqual(client.received, OK_SEEN)

    def test_the_time_it_took(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(TRACE)
        play.advance(0.25)
        play.say(web.peer, OK)
        self.assertIn(b"\nrequest duration: 250 ms\n", client.received)

    def test_rules_of_the_request_count(self) -> None:
        play = self.play()
        play.bind("other", 81)
        play.serve(81, OK)
        client = play.client(TRACE[:-2] + b"l5d-dtab: /svc/web => /#/fake/other\r\n\r\n")
        self.assertTrue(
            client.received.endswith(
                b"\nclient name: /#/fake/other\naddresses: [127.0.0.1:81]\n"
                b"selected address: 127.0.0.1:81\ndtab resolution:\n  /svc/web\n"
                b"  /#/fake/other (/svc/web=>/#/fake/other)\n"
            ),
            client.received,
        )

    def test_the_last_hop(self) -> None:
        play = self.play()
        play.bind("web", 80)
        client = play.client(TRACE[:-2] + b"Max-Forwards: 0\r\n\r\n" + TRACE[:5])
        self.assertEqual(client.received, answer(b"\n\n" + BLOCK))
        self.assertNotIn(("127.0.0.1", 80), play.network.dialled)

    def test_one_hop_before_it(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(TRACE[:-2] + b"Max-Forwards: 1\r\n\r\n")
        self.assertEqual(web.peer.received, TRACE[:-2] + b"Max-Forwards: 0\r\n" + ADDED)
        self.assertEqual(client.received, SEEN)

    def test_a_name_that_leads_nowhere_is_explained_as_ever(self) -> None:
        play = self.play()
        client = play.client(TRACE)
        self.assert_error(client, 502, "L5D-1102", "Unable to route request!")


class Bodies(PlaybookCase):
    def told(self, raw: bytes) -> tuple[Playbook, TestServer, TestClient]:
        """What an answer becomes; behind it the client asks for something else."""
        play = self.play()
        web = play.web()
        client = play.client(TRACE + GET)
        play.say(web.peer, raw)
        return play, web, client

    def assert_replaced(self, raw: bytes, kind: bytes, shown: bytes, kept: bytes = b"") -> None:
        """The body is not shown, and the endpoint's connection is not used again."""
        play, web, client = self.told(raw)
        content = shown + b"HTTP 200 - OK\n" + NOTE % kind + b"\n\n" + BLOCK
        self.assertEqual(client.take(), answer(content, kept))
        self.assertEqual(len(web.peers), 2)
        self.assertIsNotNone(web.peers[0].lost)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_blanks_around_it_are_taken_off(self) -> None:
        _, _, client = self.told(sized(b"\r\n a\n\nb \n\n\n"))
        self.assertEqual(client.received, answer(b"a\n\nb\n\n" + BLOCK))

    def test_the_block_of_the_next_router_stands_before_ours(self) -> None:
        inner = b"\n\n" + BLOCK.replace(b"http", b"inner")
        _, _, client = self.told(sized(inner))
        self.assertEqual(client.received, answer(inner.strip() + b"\n\n" + BLOCK))

    def test_nothing_goes_on_before_it_is_whole(self) -> None:
        play, web, client = self.told(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na")
        for piece in (b"b", b"c"):
            self.assertEqual(client.received, b"")
            play.say(web.peer, piece)
        self.assertEqual(client.take(), answer(b"abc\n\n" + BLOCK))
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_one_that_ends_with_its_connection(self) -> None:
        play, web, client = self.told(b"HTTP/1.0 200 OK\r\nA: b\r\n\r\nab")
        play.say(web.peer, b"c")
        self.assertEqual(client.received, b"")
        web.peer.close()
        play.advance()
        via = GOOD.replace(b"1.1", b"1.0", 1)
        seen = answer(b"abc\n\n" + BLOCK, b"A: b\r\n").replace(GOOD, via)
        self.assertEqual(client.take(), seen)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_chunks_are_not_shown(self) -> None:
        for rest in (b"3\r\na", b"1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"):
            head = b"HTTP/1.1 200 OK\r\nA:b\r\nTransfer-Encoding: chunked\r\n\r\n"
            shown = b"A: b\nTransfer-Encoding: chunked\n"
            self.assert_replaced(head + rest, b"chunked", shown, b"A:b\r\n")

    def test_all_chunks_at_once_leave_the_connection_usable(self) -> None:
        play, web, client = self.told(CHUNKED_OK + b"2\r\nhi\r\n0\r\n\r\n")
        self.assertIn(b"\r\n\r\nTransfer-Encoding: chunked\nHTTP 200 - OK\n", client.take())
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_a_coded_body_is_not_shown(self) -> None:
        raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9999\r\n\r\n\x1f"
        shown = b"Content-Encoding: gzip\nContent-Length: 9999\n"
        self.assert_replaced(raw, b"encoded", shown)

    def test_a_long_body_is_not_waited_for(self) -> None:
        raw = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\na" % (MAX_BODY + 1)
        self.assert_replaced(raw, b"long", b"Content-Length: %d\n" % (MAX_BODY + 1))

    def test_a_body_of_unknown_length_that_grows_long(self) -> None:
        raw = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n" + b"a" * (MAX_BODY + 1)
        self.assert_replaced(raw, b"long", b"A: b\n", b"A: b\r\n")

    def test_the_longest_body(self) -> None:
        body = b"a" * MAX_BODY
        _, web, client = self.told(sized(body))
        self.assertEqual(client.received, answer(body + b"\n\n" + BLOCK))
        self.assertEqual(len(web.peers), 1)

    def test_answers_without_content_stay_so(self) -> None:
        for status in (b"204 No", b"304 Not", b"205 Reset"):
            length = b"Content-Length: 0\r\n" if status[:3] == b"205" else b""
            raw = b"HTTP/1.1 " + status + b"\r\n" + length
            play, web, client = self.told(raw + b"\r\n")
            self.assertEqual(client.take(), raw + GOOD + b"\r\n")
            play.say(web.peer, OK)
            self.assertEqual(client.received, OK_SEEN)

    def test_content_where_there_should_be_none_goes_on_as_it_comes(self) -> None:
        chunked = b"Transfer-Encoding: chunked\r\n"
        raw = b"HTTP/1.1 205 Reset\r\n"
        play, web, client = self.told(raw + chunked + b"\r\n1\r\na\r\n")
        self.assertEqual(client.take(), raw + GOOD + chunked + b"\r\n1\r\na\r\n")
        play.say(web.peer, b"1\r\nb\r\n0\r\n\r\n")
        self.assertEqual(client.take(), b"1\r\nb\r\n0\r\n\r\n")
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_bytes_behind_the_answer_are_no_answer(self) -> None:
        _, web, client = self.told(OK + b"HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(client.received, SEEN)
        self.assertEqual(len(web.peers), 2)

    def test_the_rest_of_a_body_is_no_answer(self) -> None:
        play, web, client = self.told(CHUNKED_OK)
        client.take()
        play.say(web.peers[0], b"HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(client.received, b"")

    def test_failures_are_told_too(self) -> None:
        _, _, client = self.told(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nhi")
        self.assertIn(b"\r\nl5d-success-class: 0.0\r\n\r\nhi\n\n" + BLOCK, client.received)

    def test_old_clients(self) -> None:
        play = self.play()
        play.web(CHUNKED_OK + b"0\r\n\r\n")
        old = TRACE.replace(b"1.1", b"1.0")
        client = play.client(old)
        head, _, body = client.received.partition(b"\r\n\r\n")
        self.assertIn(b"\r\nContent-Length: %d\r\n" % len(body), head)
        self.assertTrue(head.endswith(b"\r\nConnection: close"), head)
        self.assertNotIn(b"ransfer-", head)


class Trouble(PlaybookCase):
    HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"

    def test_the_endpoint_goes_in_the_middle(self) -> None:
        play = self.play()
        web = play.web(self.HALF)
        client = play.client(TRACE)
        web.peer.close()
        play.advance()
        self.assert_error(client, 502, "L5D-2002", "connection closed by peer")
        self.assertIsNone(client.lost)

    def test_and_the_next_one_is_told_from_its_beginning(self) -> None:
        play = self.play(service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}})
        web = play.web(self.HALF)
        client = play.client(TRACE)
        web.peer.close()
        play.advance()
        self.assertEqual(len(web.peers), 2)
        play.say(web.peer, b"bc")
        self.assertEqual(client.received, answer(b"abc\n\n" + BLOCK))

    def test_a_failure_is_tried_again(self) -> None:
        play = self.play(service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}})
        web = play.web(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n")
        client = play.client(TRACE)
        play.say(web.peer, b"no")
        self.assertEqual(client.received, b"")
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(web.peer.received.count(b"TRACE"), 2)
        web.on_data = None
        play.say(web.peer, b"no")
        self.assertEqual(web.peer.received.count(b"TRACE"), 3)

    def test_the_client_goes_in_the_middle(self) -> None:
        play = self.play()
        web = play.web(self.HALF)
        client = play.client(TRACE)
        client.abort()
        play.advance()
        self.assertIsNotNone(web.peer.lost)
        self.assertEqual(play.number("server/127.0.0.1/4140/failures/interrupted"), 1)

    def test_the_request_breaks_in_the_middle(self) -> None:
        play = self.play()
        web = play.web(self.HALF)
        client = play.client(TRACE[:-2] + b"Transfer-Encoding: chunked\r\n\r\n")
        play.say(client, b"zz\r\n")
        self.assert_error(client, 400, "L5D-3001", "a chunk does not begin with its size")
        self.assertIsNotNone(web.peer.lost)

    def test_an_answer_before_the_request_is_complete(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(TRACE[:-2] + b"Transfer-Encoding: chunked\r\n\r\n")
        self.assertEqual(client.received, SEEN.replace(GOOD, GOOD + b"Connection: close\r\n"))
        self.assertIsNotNone(web.peer.lost)
