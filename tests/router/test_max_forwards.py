"""TRACE and OPTIONS with Max-Forwards."""

from __future__ import annotations

import pytest
from tests.router.playbook import ADDED, ADDR_PENDING, DST, GET, GOOD, OK, OK_SEEN, PlaybookCase
from tests.wire.corpus import fields

from linkerd.errors import BadMaxForwards
from linkerd.router.max_forwards import hops_left
from linkerd.wire.http1 import Limits, RequestHead

NONE_SEEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + GOOD + b"\r\n"
BAD = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 37\r\n"
    b"\r\nInvalid value for Max-Forwards header"
)


def scanned(*lines: bytes) -> RequestHead:
    head = RequestHead()
    assert head.scan(fields(*lines, first=b"TRACE / HTTP/1.1"), 0, Limits()) > 0
    return head


@pytest.mark.parametrize(
    ("value", "left"),
    [(b"0", 0), (b"10", 10), (b"007", 7), (b"2147483647", 2**31 - 1), (b"0" * 5000 + b"1", 1)],
)
def test_a_number(value: bytes, left: int) -> None:
    assert hops_left(scanned(b"MAX-Forwards:" + value + b" ")) == left


def test_none() -> None:
    assert hops_left(scanned(b"X-Max-Forwards: 1")) is None


@pytest.mark.parametrize(
    "value", [b"", b"x", b"1x", b"-1", b"+1", b"1.0", b"1, 2", b"2147483648", b"9" * 5000, b"\xb2"]
)
def test_no_number(value: bytes) -> None:
    with pytest.raises(BadMaxForwards):
        hops_left(scanned(b"Max-Forwards: " + value))


def test_one_number_only() -> None:
    with pytest.raises(BadMaxForwards):
        hops_left(scanned(b"Max-Forwards: 1", b"max-forwards: 1"))


def asking(method: bytes, *lines: bytes, version: bytes = b"1.1") -> bytes:
    return b"\r\n".join((method + b" / HTTP/" + version, b"Host: web", *lines, b"", b""))


class Hops(PlaybookCase):
    def test_one_less(self) -> None:
        for method in (b"TRACE", b"OPTIONS"):
            play = self.play()
            web = play.web(OK)
            client = play.client(asking(method, b"A: b", b"max-forwards: 10", b"C: d"))
            seen = asking(method, b"A: b", b"C: d", b"Max-Forwards: 9")[:-2] + ADDED
            self.assertEqual(web.peer.received, seen)
            self.assertEqual(client.received, OK_SEEN)

    def test_one_less_in_absolute_form_with_via(self) -> None:
        play = self.play()
        web = play.web(OK)
        play.client(
            b"TRACE http://web/a HTTP/1.1\r\nHost: x\r\nMax-Forwards: 1\r\nVia: 1.1 a\r\n\r\n" + GET
        )
        seen = b"TRACE /a HTTP/1.1\r\nHost: web\r\nMax-Forwards: 0\r\nVia: 1.1 a, 1.1 linkerd\r\n"
        self.assertTrue(web.peer.received.startswith(seen + DST + b"GET "), web.peer.received)

    def test_one_less_only_once_however_often_it_is_tried(self) -> None:
        play = self.play(service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}})
        web = play.web(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        play.client(asking(b"TRACE", b"Max-Forwards: 7"))
        self.assertGreater(web.peer.received.count(b"TRACE"), 1)
        self.assertEqual(
            web.peer.received.count(b"TRACE"), web.peer.received.count(b"Max-Forwards: 6\r\n")
        )

    def test_without_a_number_it_passes_as_it_is(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(asking(b"TRACE") + asking(b"OPTIONS"))
        seen = asking(b"TRACE")[:-2] + ADDED + asking(b"OPTIONS")[:-2] + ADDED
        self.assertEqual(web.peer.received, seen)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_other_methods_are_not_counted(self) -> None:
        play = self.play()
        web = play.web(OK)
        for value in (b"0", b"5", b"x"):
            play.client(asking(b"GET", b"Max-Forwards: " + value))
            self.assertIn(b"\r\nMax-Forwards: " + value + b"\r\n", web.peers[0].take())

    def test_a_body_goes_along(self) -> None:
        play = self.play()
        web = play.web(OK)
        lines = (b"Max-Forwards: 3", b"Transfer-Encoding: chunked")
        play.client(asking(b"TRACE", *lines) + b"2\r\nhi\r\n0\r\n\r\n" + GET)
        first, _, rest = web.peer.received.partition(b"\r\n\r\n")
        self.assertIn(b"\r\nMax-Forwards: 2\r\n", first)
        self.assertIn(b"\r\nTransfer-Encoding: chunked\r\n", first)
        self.assertTrue(rest.startswith(b"2\r\nhi\r\n0\r\n\r\nGET / "), rest)


class LastHop(PlaybookCase):
    def test_it_is_answered_here(self) -> None:
        for method in (b"TRACE", b"OPTIONS"):
            play = self.play()
            play.bind("web", 80)
            client = play.client(asking(method, b"Max-Forwards: 0") * 2)
            self.assertEqual(client.received, NONE_SEEN * 2)
            self.assertNotIn(("127.0.0.1", 80), play.network.dialled)
            for scope in ("client/#/fake/web", "service/svc/web", "server/127.0.0.1/4140"):
                self.assertEqual(play.number(scope + "/success"), 2)
                self.assertEqual(play.number(scope + "/requests"), 2)
            self.assertEqual(play.number("client/#/fake/web/service/svc/web/success"), 2)
            self.assertEqual(play.number("client/#/fake/web/status/200"), 2)

    def test_a_name_that_leads_nowhere_is_told(self) -> None:
        play = self.play()
        client = play.client(asking(b"TRACE", b"Max-Forwards: 0"))
        self.assert_error(client, 502, "L5D-1102", "Unable to route request!")

    def test_it_waits_for_its_name(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        client = play.client(asking(b"TRACE", b"Max-Forwards: 0"))
        self.assertEqual(client.received, b"")
        play.bind("web", 80)
        play.advance(20.0)
        self.assertEqual(client.received, NONE_SEEN)
        self.assertIsNone(client.lost)

    def test_an_old_client(self) -> None:
        play = self.play()
        play.bind("web", 80)
        client = play.client(asking(b"TRACE", b"Max-Forwards: 0", version=b"1.0"))
        self.assertEqual(client.received, NONE_SEEN[:-2] + b"Connection: close\r\n\r\n")

    def test_an_upload_ends_the_connection(self) -> None:
        play = self.play()
        play.bind("web", 80)
        lines = (b"Max-Forwards: 0", b"Transfer-Encoding: chunked")
        client = play.client(asking(b"TRACE", *lines) + b"26\r\n" + GET + b"\r\n")
        self.assertEqual(client.received, NONE_SEEN[:-2] + b"Connection: close\r\n\r\n")

    def test_it_does_not_count_for_the_endpoint(self) -> None:
        play = self.play()
        play.web(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        client = play.client()
        for _ in range(4):
            play.say(client, GET + asking(b"TRACE", b"Max-Forwards: 0"))
        self.assertEqual(play.number("client/#/fake/web/failure_accrual/removals"), 0)
        play.say(client, GET)
        self.assertEqual(play.number("client/#/fake/web/failure_accrual/removals"), 1)


class NoNumber(PlaybookCase):
    def test_it_is_refused_and_the_connection_goes_on(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(asking(b"TRACE", b"Max-Forwards: 31qe", b"l5d-add-context: 1") + GET)
        self.assertEqual(client.received, BAD + OK_SEEN)
        self.assertEqual(web.peer.received.count(b"TRACE"), 0)
        self.assertEqual(play.number("server/127.0.0.1/4140/status/400"), 1)
        self.assertEqual(play.number("server/127.0.0.1/4140/failures"), 1)

    def test_it_takes_no_time(self) -> None:
        play = self.play()
        play.advance(5.0)
        play.client(asking(b"TRACE", b"Max-Forwards: x"))
        self.assertEqual(play.listener.stats.latency.snapshot().max, 0)

    def test_the_body_of_a_refused_request_is_no_request(self) -> None:
        play = self.play()
        web = play.web(OK)
        lines = (b"Max-Forwards: x", b"Content-Length: %d" % len(GET))
        client = play.client(asking(b"TRACE", *lines) + GET + GET)
        self.assertEqual(client.received, BAD + OK_SEEN)
        self.assertEqual(web.peer.received.count(b"GET"), 1)

    def test_a_streamed_body_ends_the_connection(self) -> None:
        play = self.play()
        lines = (b"Max-Forwards: x", b"Transfer-Encoding: chunked")
        client = play.client(asking(b"TRACE", *lines) + b"26\r\n" + GET + b"\r\n")
        self.assertEqual(
            client.received, BAD.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
        )
