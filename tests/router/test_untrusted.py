"""A server with `clearContext`: no header of ours gets in or out, and errors have no text."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import CHUNKED_OK, DST, GET, GET_SEEN, OK, VIA, Playbook, PlaybookCase
from twisted.internet import defer

SERVER = [{"port": 4140, "clearContext": True}]
OK_SEEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + VIA + b"\r\nhi"
ERROR = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: a/b\r\nL5d-Err: L5D-1101+no\r\n"
EMPTIED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: a/b\r\nContent-Length: 0\r\n" + VIA
OURS = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n"


def asking(*fields: bytes, first: bytes = b"GET / HTTP/1.1") -> bytes:
    """A request with these field lines behind its Host."""
    return b"\r\n".join((first, b"Host: web", *fields, b"", b""))


class UntrustedCase(PlaybookCase):
    def untrusted(self, window: int = 65536, **settings: Any) -> Playbook:
        return self.play(window, servers=SERVER, **settings)


class Requests(UntrustedCase):
    def test_no_context_reaches_the_endpoint(self) -> None:
        play = self.untrusted()
        web = play.web(OK)
        fields = (b"L5D-Dtab: not a dtab", b"A: b", b"l5d-ctx-trace: x", b"l5d-sample: 1")
        client = play.client(asking(*fields, b"l5d-dst-client: /x", b"l5d-Anything:", b"C: d"))
        seen = b"GET / HTTP/1.1\r\nHost: web\r\nA: b\r\nC: d\r\n" + VIA + DST
        self.assertEqual(web.peer.received, seen)
        self.assertEqual(client.received, OK_SEEN)

    def test_a_dtab_is_not_read(self) -> None:
        play = self.untrusted()
        play.web(OK)
        client = play.client(asking(b"l5d-dtab: /svc => /$/nil", b"l5d-ctx-dtab: !"))
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(list(play.bindings.table), [b"web"])

    def test_no_name_is_read_from_it(self) -> None:
        play = self.untrusted(identifier={"kind": "io.l5d.header.token", "header": "l5d-name"})
        client = play.client(asking(b"l5d-name: web"))
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 Bad Request\r\n"))

    def test_streamed_requests_too(self) -> None:
        play = self.untrusted()
        web = play.web()
        play.client(asking(b"l5d-a: b", b"Transfer-Encoding: chunked", first=b"PUT / HTTP/1.1"))
        self.assertTrue(web.peer.received.startswith(b"PUT / HTTP/1.1\r\nHost: web\r\nTransfer-"))
        play.say(web.peer, OK)

    def test_other_methods_are_not_counted(self) -> None:
        play = self.untrusted()
        web = play.web(OK)
        play.client(asking(b"Max-Forwards: x"))
        self.assertIn(b"\r\nMax-Forwards: x\r\n", web.peer.received)

    def test_other_servers_of_the_router_trust(self) -> None:
        play = self.play(servers=[{"port": 4140}, SERVER[0] | {"port": 4141}])
        web = play.web(OK)
        play.client(asking(b"l5d-a: b"))
        self.assertIn(b"\r\nl5d-a: b\r\n", web.peer.received)

    def test_trace_counts_hops_and_tells_nothing(self) -> None:
        play = self.untrusted()
        web = play.web(OK)
        trace = b"TRACE / HTTP/1.1"
        fields = (b"Max-Forwards: 1", b"l5d-add-context: true")
        client = play.client(asking(*fields, first=trace))
        seen = trace + b"\r\nHost: web\r\nMax-Forwards: 0\r\n" + VIA + DST
        self.assertEqual(web.peer.received, seen)
        self.assertEqual(client.take(), OK_SEEN)
        play.say(client, asking(b"Max-Forwards: 0", b"l5d-add-context: true", first=trace))
        self.assertEqual(client.take(), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + VIA + b"\r\n")
        play.say(client, asking(b"Max-Forwards: x", first=trace))
        self.assertTrue(client.take().endswith(b"\r\n\r\nInvalid value for Max-Forwards header"))


class Answers(UntrustedCase):
    def test_no_context_reaches_the_client(self) -> None:
        play = self.untrusted()
        fields = b"l5d-success-class: 1.0\r\nL5D-Retryable: true\r\nA: b\r\nl5d-ctx-x: y\r\n"
        play.web(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 2\r\n\r\nhi")
        client = play.client(GET + GET)
        seen = b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n" + VIA + b"\r\nhi"
        self.assertEqual(client.received, seen * 2)

    def test_failures_are_not_marked_either(self) -> None:
        play = self.untrusted()
        play.web(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nhi")
        seen = b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n" + VIA + b"\r\nhi"
        self.assertEqual(play.client(GET).received, seen)

    def test_chunks_and_trailers(self) -> None:
        play = self.untrusted()
        play.web(CHUNKED_OK + b"2\r\nhi\r\n0\r\nl5d-a: b\r\nX: y\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\n" + VIA + b"Transfer-Encoding: chunked\r\n\r\n"
        seen = head + b"2\r\nhi\r\n0\r\nX: y\r\n\r\n"
        self.assertEqual(play.client(GET).received, seen)

    def test_interim_answers(self) -> None:
        play = self.untrusted()
        play.web(b"HTTP/1.1 103 Hints\r\nl5d-a: b\r\nLink: c\r\n\r\n" + OK)
        hints = b"HTTP/1.1 103 Hints\r\nLink: c\r\n\r\n"
        self.assertEqual(play.client(GET).received, hints + OK_SEEN)

    def test_what_a_peer_says_of_retries_is_still_heard(self) -> None:
        play = self.untrusted(service={"retries": {"budget": {"minRetriesPerSec": 10}}})
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, ERROR + b"l5d-retryable: true\r\nContent-Length: 2\r\n\r\nno")
        self.assertEqual(web.peer.received, GET_SEEN * 2)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)


class Errors(UntrustedCase):
    """Answers with `l5d-err`: those of the next linkerd, and our own."""

    def test_a_body_with_length(self) -> None:
        play = self.untrusted()
        web = play.web(ERROR + b"Content-Length: 6\r\nContent-Encoding: x\r\n\r\nsecret")
        client = play.client(GET + GET)
        self.assertEqual(client.received, (EMPTIED + b"\r\n") * 2)
        self.assertEqual(len(web.peers), 1)

    def test_a_chunked_body_that_is_complete(self) -> None:
        play = self.untrusted()
        web = play.web(ERROR + b"Transfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n0\r\n\r\n")
        client = play.client(GET + GET)
        self.assertEqual(client.received, (EMPTIED + b"\r\n") * 2)
        self.assertEqual(len(web.peers), 1)

    def test_trailers_go_with_the_body(self) -> None:
        play = self.untrusted()
        chunks = b"6\r\nsecret\r\n0\r\nX-Sum: 1\r\n\r\n"
        play.web(ERROR + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        client = play.client(GET + GET)
        self.assertEqual(client.received, (EMPTIED + b"\r\n") * 2)

    def test_one_whose_body_is_on_its_way_is_retried_all_the_same(self) -> None:
        kind = "io.l5d.http.retryableRead5XX"
        play = self.play(servers=SERVER, service={"responseClassifier": {"kind": kind}})
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, ERROR + b"Content-Length: 9000\r\n\r\nx")
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_a_body_that_never_ends(self) -> None:
        for framing in (b"Transfer-Encoding: chunked\r\n\r\n3\r\nsec", b"\r\nsecret"):
            play = self.untrusted()
            web = play.web()
            client = play.client(GET + GET)
            play.say(web.peer, ERROR + framing)
            self.assertEqual(client.take(), EMPTIED + b"\r\n")
            self.assertIsNotNone(web.peers[0].lost)
            play.say(web.peer, OK)
            self.assertEqual(client.received, OK_SEEN)
            self.assertEqual(len(web.peers), 2)

    def test_the_rest_of_a_body_never_becomes_an_answer(self) -> None:
        play = self.untrusted()
        web = play.web()
        client = play.client(GET + GET)
        first = web.peer
        play.say(first, ERROR + b"Content-Length: 6000\r\n\r\n")
        self.assertEqual(client.take(), EMPTIED + b"\r\n")
        play.say(first, b"HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(client.take(), b"")
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_an_answer_to_head(self) -> None:
        play = self.untrusted()
        play.web(ERROR + b"Content-Length: 6\r\n\r\n")
        head = GET.replace(b"GET", b"HEAD")
        self.assertEqual(play.client(head + head).received, (EMPTIED + b"\r\n") * 2)

    def test_an_answer_without_content(self) -> None:
        play = self.untrusted()
        play.web(b"HTTP/1.1 304 Not\r\nl5d-err: x\r\nContent-Length: 6\r\n\r\n")
        seen = b"HTTP/1.1 304 Not\r\n" + VIA + b"\r\n"
        self.assertEqual(play.client(GET + GET).received, seen * 2)

    def test_an_old_client(self) -> None:
        play = self.untrusted()
        play.web(ERROR + b"Transfer-Encoding: chunked\r\n\r\n3\r\nsec")
        old = b"GET / HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\n\r\n"
        client = play.client(old)
        self.assertEqual(client.received, EMPTIED + b"Connection: keep-alive\r\n\r\n")

    def test_an_upload_that_is_answered_early(self) -> None:
        play = self.untrusted()
        web = play.web()
        put = asking(b"Content-Length: 100000", first=b"PUT / HTTP/1.1")
        client = play.client(put + b"x" * 1000)
        play.say(web.peer, ERROR + b"Content-Length: 6000\r\n\r\n")
        self.assertEqual(client.received, EMPTIED + b"Connection: close\r\n\r\n")

    def test_our_own(self) -> None:
        play = self.untrusted()
        client = play.client(GET)
        self.assertEqual(client.take(), OURS + b"\r\n")
        play.say(client, GET.replace(b"GET", b"HEAD"))
        self.assertEqual(client.take(), OURS + b"\r\n")
        play.say(client, GET.replace(b"1.1", b"1.0"))
        self.assertEqual(client.take(), OURS + b"connection: close\r\n\r\n")

    def test_our_own_after_an_endpoint_was_lost(self) -> None:
        play = self.untrusted()
        web = play.web()
        client = play.client(GET)
        web.peer.abort()
        play.advance()
        self.assertEqual(client.received, OURS + b"\r\n")

    def test_draining_says_so(self) -> None:
        play = self.untrusted()
        web = play.web()
        client = play.client(GET)
        defer.Deferred.fromCoroutine(play.listener.drain())
        play.say(web.peer, OK)
        self.assertIn(VIA + b"Connection: close\r\n\r\nhi", client.received)
