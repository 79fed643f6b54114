"""Requests that ask for a tunnel: what goes to the endpoint, and which answers make one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.router.playbook import DST, GET, GET_SEEN, GOOD, OK, OK_SEEN, VIA, Playbook, PlaybookCase

from linkerd.router.tunnelling import asked_for
from linkerd.wire.http1 import Limits, RequestHead, ResponseHead

if TYPE_CHECKING:
    from tests.support.memory import Recorder, TestClient

FIELDS = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
ASK = b"GET /chat HTTP/1.1\r\nHost: web\r\n" + FIELDS + b"A: b\r\n\r\n"
SWITCH = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
ASK_SEEN = b"GET /chat HTTP/1.1\r\nHost: web\r\nA: b\r\n" + SWITCH + VIA + DST
START = b"HTTP/1.1 101 Switching Protocols\r\n"
CONSENT = START + b"upgrade: WebSocket\r\nB: c\r\nconnection: upgrade\r\n\r\n"
CONNECT = b"CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\n"
TUNNEL = "server/127.0.0.1/4140/tunnels/"


def tunnel(play: Playbook) -> tuple[TestClient, Recorder]:
    """A client and an endpoint that have agreed on one."""
    web = play.web()
    client = play.client(ASK, end_with_peer=False)
    play.say(web.peer, CONSENT)
    client.take()
    web.peer.take()
    return client, web.peer


class Upgrade(PlaybookCase):
    def test_both_sides_see_the_protocol(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK)
        self.assertEqual(web.peer.received, ASK_SEEN)
        play.say(web.peer, CONSENT)
        self.assertEqual(
            client.received,
            START
            + b"B: c\r\n"
            + VIA
            + b"Connection: Upgrade\r\nUpgrade: WebSocket\r\nl5d-success-class: 1.0\r\n\r\n",
        )

    def test_bytes_that_come_early_are_passed_on(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK + b"GET /no HTTP/1.1\r\n\r\n")
        self.assertEqual(web.peer.take(), ASK_SEEN)
        play.say(client, b"more")
        self.assertEqual(web.peer.take(), b"")
        play.say(web.peer, CONSENT + b"HTTP/1.1 500 No\r\n\r\n")
        self.assertEqual(web.peer.take(), b"GET /no HTTP/1.1\r\n\r\nmore")
        self.assertTrue(client.received.endswith(b"\r\n\r\nHTTP/1.1 500 No\r\n\r\n"))
        play.say(client, b"later")
        self.assertEqual(web.peer.take(), b"later")

    def test_any_other_answer_is_an_ordinary_one(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(ASK + GET)
        self.assertEqual(web.peer.received, ASK_SEEN + GET_SEEN)
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_interim_answers_before_it(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK)
        play.say(web.peer, b"HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + CONSENT + b"x")
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 2)
        self.assertTrue(client.received.endswith(b"\r\n\r\nx"))

    def test_with_a_body_it_is_an_ordinary_request(self) -> None:
        for framing, body in (
            (b"Content-Length: 2", b"hi"),
            (b"Content-Length: 20000", b"x" * 20_000),
            (b"Transfer-Encoding: chunked", b"2\r\nhi\r\n0\r\n\r\n"),
        ):
            play = self.play()
            web = play.web()
            client = play.client(ASK.replace(b"A: b", framing) + body + GET)
            self.assertNotIn(b"pgrade", web.peer.received)
            self.assertTrue(web.peer.received.endswith(b"\r\n\r\n" + body))
            play.say(web.peer, OK)
            self.assertTrue(web.peer.received.endswith(GET_SEEN))
            play.say(web.peer, CONSENT)
            self.assertTrue(client.received.startswith(OK_SEEN + b"HTTP/1.1 502 "))

    def test_an_empty_body_is_none(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK.replace(b"A: b", b"Content-Length: 0"))
        play.say(web.peer, CONSENT)
        self.assertTrue(client.received.startswith(START))

    def test_it_is_counted_at_the_answer(self) -> None:
        play = self.play()
        tunnel(play)
        for scope in ("server/127.0.0.1/4140/", "service/svc/web/", "client/#/fake/web/"):
            self.assertEqual(play.number(scope + "success"), 1, scope)
            self.assertEqual(play.number(scope + "pending"), 0, scope)
        self.assertEqual(play.number("server/127.0.0.1/4140/status/101"), 1)

    def test_its_load_stays_with_the_endpoint(self) -> None:
        play = self.play()
        client, _ = tunnel(play)
        self.assertEqual(play.the_client().balancer.outstanding(), 1)
        client.abort()
        play.advance()
        self.assertEqual(play.the_client().balancer.outstanding(), 0)

    def test_other_clients_and_connections_go_on(self) -> None:
        play = self.play()
        client, peer = tunnel(play)
        web = play.clients
        play.client(GET)
        self.assertEqual(len(web), 2)
        self.assertEqual(peer.received, b"")
        play.say(client, b"hello")
        self.assertEqual(peer.take(), b"hello")

    def test_the_time_for_requests_is_none_for_tunnels(self) -> None:
        play = self.play(service={"totalTimeoutMs": 1000})
        client, peer = tunnel(play)
        play.advance(10.0)
        play.say(client, b"hello")
        self.assertEqual(peer.take(), b"hello")

    def test_untrusted_clients_get_no_context(self) -> None:
        play = self.play(servers=[{"port": 4140, "clearContext": True}])
        web = play.web()
        client = play.client(ASK.replace(b"A: b", b"l5d-sample: 1.0"))
        self.assertNotIn(b"l5d-sample", web.peer.received)
        play.say(web.peer, CONSENT.replace(b"B: c", b"l5d-err: x\r\nB: c"))
        head = START + b"B: c\r\n" + VIA + b"Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n"
        self.assertEqual(client.received, head)


class Refused(PlaybookCase):
    def bad(self, ask: bytes, answer: bytes, **settings: Any) -> None:
        """An answer that must not make a tunnel: 502, and both connections stay clean."""
        play = self.play(**settings)
        web = play.web()
        client = play.client(ask)
        peer = web.peer
        play.say(peer, answer + b"poison")
        self.assert_error(client, 502, "L5D-2003", "a change of protocol that nobody asked for")
        self.assertIsNotNone(peer.lost)
        self.assertIsNone(client.lost)
        play.say(client, GET)
        self.assertEqual(web.peer.received, GET_SEEN)
        self.assertEqual(play.number(TUNNEL + "opened"), 0)

    def test_nobody_asked(self) -> None:
        self.bad(GET, CONSENT)

    def test_another_protocol(self) -> None:
        self.bad(ASK, CONSENT.replace(b"WebSocket", b"websocket, other"))

    def test_no_protocol(self) -> None:
        self.bad(ASK, CONSENT.replace(b"upgrade: WebSocket", b"C: d"))

    def test_not_for_this_hop(self) -> None:
        self.bad(ASK, CONSENT.replace(b"connection: upgrade", b"C: d"))

    def test_http_inside(self) -> None:
        self.bad(ASK.replace(b"websocket", b"h2c"), CONSENT.replace(b"WebSocket", b"h2c"))

    def test_turned_off(self) -> None:
        self.bad(ASK, CONSENT, upgradeEnabled=False)

    def test_before_the_body_is_complete(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK.replace(b"A: b", b"Content-Length: 20000") + b"x" * 9000)
        play.say(web.peer, CONSENT)
        self.assertEqual(client.received.split(b" ")[1], b"502")
        self.assertEqual(play.number(TUNNEL + "opened"), 0)

    def test_what_does_not_reach_the_endpoint(self) -> None:
        for ask in (
            ASK.replace(b"websocket", b"h2c"),
            ASK.replace(b"HTTP/1.1", b"HTTP/1.0"),
            ASK.replace(b"Connection: Upgrade", b"C: d"),
        ):
            play = self.play()
            web = play.web()
            play.client(ask)
            self.assertNotIn(b"pgrade", web.peer.received)


class Required(PlaybookCase):
    """An endpoint that answers 426 says what it wants to be asked for."""

    def answered(self, *lines: bytes, **settings: Any) -> bytes:
        """The head that the client gets."""
        play = self.play(**settings)
        fields = b"".join(line + b"\r\n" for line in (*lines, b"Content-Length: 2"))
        play.web(b"HTTP/1.1 426 Upgrade Required\r\n" + fields + b"\r\nno")
        head, _, body = play.client(GET).received.partition(b"\r\n\r\n")
        self.assertEqual(body, b"no")
        return head

    def test_that_is_passed_on(self) -> None:
        for lines in (
            (b"Upgrade: websocket, h2c", b"Connection: upgrade"),
            (b"Upgrade: websocket",),
            (b"Connection: close", b"Upgrade: websocket"),
        ):
            head = self.answered(*lines)
            self.assertEqual(head.count(SWITCH[:-2]), 1, head)
            self.assertEqual(head.lower().count(b"upgrade:"), 1, head)
            self.assertNotIn(b"close", head)

    def test_what_would_lead_nowhere_is_not(self) -> None:
        self.assertNotIn(b"Upgrade:", self.answered(b"Upgrade: h2c", b"Connection: upgrade"))
        self.assertNotIn(b"Upgrade:", self.answered(b"Upgrade: a", upgradeEnabled=False))
        self.assertNotIn(b"Connection", self.answered(b"A: b"))

    def test_no_other_answer_has_it(self) -> None:
        play = self.play()
        play.web(b"HTTP/1.1 200 OK\r\n" + SWITCH + b"Content-Length: 2\r\n\r\nhi")
        self.assertEqual(play.client(GET).received, OK_SEEN)


class Connect(PlaybookCase):
    def proxied(self, **settings: Any) -> Playbook:
        """A router that takes CONNECT."""
        return self.play(dtab="/svc/web:443 => /#/fake/web", connectEnabled=True, **settings)

    def test_success_makes_a_tunnel(self) -> None:
        play = self.proxied()
        web = play.web()
        client = play.client(CONNECT)
        seen = CONNECT[:-2] + VIA + DST.replace(b"/svc/web", b"/svc/web:443")
        self.assertEqual(web.peer.take(), seen)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello there")
        self.assertEqual(client.take(), b"HTTP/1.1 200 OK\r\nA: b\r\n" + GOOD + b"\r\nhello there")
        play.say(client, b"\x16\x03\x01")
        self.assertEqual(web.peer.take(), b"\x16\x03\x01")
        self.assertEqual(play.number(TUNNEL + "open"), 1)

    def test_a_chunked_success_is_not_read_as_chunks(self) -> None:
        play = self.proxied()
        web = play.web()
        client = play.client(CONNECT)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        self.assertEqual(client.take(), b"HTTP/1.1 200 OK\r\n" + GOOD + b"\r\n0\r\n\r\n")

    def test_early_bytes_wait_for_success(self) -> None:
        play = self.proxied()
        web = play.web()
        client = play.client(CONNECT + GET)
        self.assertNotIn(b"GET", web.peer.take())
        play.say(web.peer, b"HTTP/1.1 200 OK\r\n\r\n")
        self.assertEqual(web.peer.take(), GET)
        self.assertIsNone(client.lost)

    def test_early_bytes_are_no_request_after_a_refusal(self) -> None:
        play = self.proxied()
        web = play.web(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
        client = play.client(CONNECT + GET)
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 1)
        self.assertIn(b"Connection: close\r\n", client.received)
        self.assertNotIn(b"GET", web.peer.received)
        self.assertTrue(client.eof)

    def test_it_is_for_the_target_and_not_for_the_host(self) -> None:
        play = self.proxied()
        web = play.web()
        play.client(CONNECT.replace(b"Host: web:443", b"Host: other"))
        self.assertIn(b"\r\nHost: web:443\r\n", web.peer.received)
        self.assertNotIn(b"other", web.peer.received)

    def test_where_the_dtab_does_not_lead_nothing_is_dialled(self) -> None:
        play = self.proxied()
        play.web()
        client = play.client(CONNECT.replace(b"web", b"127.0.0.1"))
        self.assert_error(client, 502, "L5D-1101", "Unable to route request!")
        self.assertEqual(play.network.dialled, [("127.0.0.1", 4140)])

    def test_by_http_10(self) -> None:
        play = self.proxied()
        web = play.web()
        client = play.client(b"CONNECT web:443 HTTP/1.0\r\n\r\n")
        self.assertTrue(web.peer.received.startswith(b"CONNECT web:443 HTTP/1.0\r\nHost: web:443"))
        play.say(web.peer, b"HTTP/1.0 200 Connection established\r\n\r\nhello")
        self.assertTrue(client.received.endswith(b"\r\n\r\nhello"))
        play.say(client, b"hi")
        self.assertTrue(web.peer.received.endswith(b"\r\n\r\nhi"))

    def test_no_change_of_protocol(self) -> None:
        play = self.proxied()
        web = play.web()
        client = play.client(CONNECT[:-2] + SWITCH + b"\r\n")
        self.assertNotIn(b"pgrade", web.peer.received)
        play.say(web.peer, CONSENT)
        self.assertEqual(client.received.split(b" ")[1], b"502")

    def test_other_identifiers_have_their_reasons(self) -> None:
        play = self.proxied(identifier={"kind": "io.l5d.path"})
        client = play.client(CONNECT)
        self.assertIn(b" 400 ", client.received)
        self.assertIn(b"not enough segments in path", client.received)

    def test_off_by_default(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(CONNECT + GET)
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 1)
        head, _, body = client.received.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 405 Method Not Allowed\r\nallow: GET, "))
        self.assertIn(b"connection: close", head)
        self.assertEqual(body, b"L5D-3010: CONNECT is off here; `connectEnabled` turns it on\n")


class AccessLogs(PlaybookCase):
    def test_one_line(self) -> None:
        play = self.play(httpAccessLog="-", httpAccessLogFormat="json")
        log = play.router.access_log
        assert log is not None
        client, peer = tunnel(play)
        play.say(client, b"x" * 100)
        play.say(peer, b"y" * 100)
        client.abort()
        play.advance()
        [facts] = log.lines
        line = json.loads(log.form.line(facts))
        self.assertEqual((line["status"], line["outcome"]), (101, "answered"))
        self.assertEqual(line["endpoint"], "127.0.0.1:80")


def request(*lines: bytes) -> RequestHead:
    head = RequestHead()
    first = lines[0] if lines[0].endswith(b"HTTP/1.1") else b"GET / HTTP/1.1"
    raw = b"\r\n".join((first, b"Host: a", *lines[first == lines[0] :], b"", b""))
    assert head.scan(raw, 0, Limits(connect=True)) > 0, head.fault
    return head


def consent(upgrade: bytes, status: int = 101) -> ResponseHead:
    head = ResponseHead()
    raw = b"HTTP/1.1 %d A\r\nConnection: upgrade\r\nUpgrade: %b\r\n\r\n" % (status, upgrade)
    assert head.scan(raw, 0, Limits()) > 0, head.fault
    return head


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        (b"a", True),
        (b"B/2", True),
        (b"b/2, A", True),
        (b"b", False),
        (b"a, c", False),
        (b"", False),
        (b"h2c", False),
    ],
)
def test_what_is_given_must_have_been_asked_for(given: bytes, fits: bool) -> None:
    head = request(b"Connection: upgrade", b"Upgrade: A, h2c", b"Upgrade: b/2")
    assert asked_for(head, consent(given)) == fits
    assert not asked_for(head, consent(given, 200))
    connect = request(b"CONNECT a:1 HTTP/1.1")
    assert not asked_for(connect, consent(given))
    assert asked_for(connect, consent(given, 200))
