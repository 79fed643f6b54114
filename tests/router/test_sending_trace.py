"""The trace of a request: the same in all its tries, each of which is a span of its own."""

from __future__ import annotations

import re
from typing import Any

from tests.router.playbook import ADDED, GET, OK, Playbook, PlaybookCase

from linkerd.propagator.linkerd import decode, encode
from linkerd.propagator.trace_id import KNOWN, SAMPLED, TraceId

AGAIN = {"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}
FAILED = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
HEADER = re.compile(rb"\r\nl5d-ctx-trace: ([^\r]*)\r\nl5d-reqid: ([0-9a-f]{16})\r\n")
RECEIVED = TraceId(0xABC, 1, 2, KNOWN | SAMPLED, 0)


def asking(*lines: bytes) -> bytes:
    return b"\r\n".join([b"GET / HTTP/1.1", b"Host: web", *lines, b"", b""])


def traces(seen: bytes) -> list[TraceId]:
    """What an endpoint was told of each request."""
    found = []
    for value, number in HEADER.findall(seen):
        trace = decode(value)
        assert trace is not None
        assert trace.trace == int(number, 16)
        found.append(trace)
    return found


class Traces(PlaybookCase):
    def traced(self, kind: str = "io.l5d.default", **settings: Any) -> Playbook:
        return self.play(tracePropagator={"kind": kind}, **settings)

    def test_without_a_word_of_the_client(self) -> None:
        play = self.traced()
        web = play.web(OK)
        play.client(GET + GET)
        seen = web.peer.received
        one, two = traces(seen)
        self.assertNotEqual(one.trace, two.trace)
        self.assertEqual((one.parent, one.flags), (one.trace, 0))
        self.assertNotEqual(one.span, one.parent)
        self.assertEqual(HEADER.sub(b"\r\n", seen), (GET[:-2] + ADDED) * 2)

    def test_below_the_clients_own(self) -> None:
        play = self.traced()
        web = play.web(OK)
        play.client(asking(b"l5d-reqid: 77", b"l5d-ctx-trace: " + encode(RECEIVED)))
        (seen,) = traces(web.peer.received)
        self.assertEqual((seen.trace, seen.flags), (0xABC, KNOWN | SAMPLED))
        self.assertNotIn(seen.parent, (1, 2, 0xABC))
        self.assertEqual(web.peer.received.count(b"l5d-"), 4)

    def test_each_try_is_a_span(self) -> None:
        play = self.traced(service=AGAIN)
        web = play.web()
        play.client(asking(b"l5d-ctx-trace: " + encode(RECEIVED)))
        play.say(web.peer, FAILED)
        play.say(web.peer, OK)
        first, second = traces(web.peer.received)
        self.assertEqual((first.trace, first.parent), (second.trace, second.parent))
        self.assertNotEqual(first.span, second.span)

    def test_a_requeue_is_the_same_span(self) -> None:
        play = self.traced()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, OK)
        web.peer.take()
        play.say(client, GET)
        (before,) = traces(web.peers[0].received)
        web.peers[0].abort()
        play.advance()
        (after,) = traces(web.peers[1].received)
        self.assertEqual(before, after)
        play.say(web.peers[1], OK)

    def test_also_with_other_than_usual_fields(self) -> None:
        play = self.traced()
        web = play.web(OK)
        play.client(asking(b"Via: 1.1 other"))
        self.assertEqual(len(traces(web.peer.received)), 1)
        self.assertIn(b"\r\nVia: 1.1 other, 1.1 linkerd\r\n", web.peer.received)

    def test_a_server_that_trusts_nobody_begins_anew(self) -> None:
        servers = [{"port": 4140, "clearContext": True}]
        play = self.traced(servers=servers)
        web = play.web(OK)
        play.client(asking(b"l5d-sample: 1", b"l5d-ctx-trace: " + encode(RECEIVED)))
        (seen,) = traces(web.peer.received)
        self.assertNotEqual(seen.trace, 0xABC)
        self.assertEqual(seen.flags, 0)

    def test_other_kinds_trust_as_little(self) -> None:
        servers = [{"port": 4140, "clearContext": True}]
        play = self.traced("io.l5d.w3c", servers=servers)
        web = play.web(OK)
        known = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"
        play.client(asking(b"traceparent: " + known, b"tracestate: a=1"))
        self.assertIn(b"\r\ntraceparent: 00-", web.peer.received)
        self.assertNotIn(b"a" * 32, web.peer.received)
        self.assertNotIn(b"tracestate", web.peer.received)

    def test_the_exchange_keeps_it_for_others(self) -> None:
        play = self.traced()
        web = play.web()
        play.client(asking(b"l5d-ctx-trace: " + encode(RECEIVED)))
        exchange: Any = next(iter(play.listener.connections)).exchange
        (seen,) = traces(web.peer.received)
        self.assertEqual(exchange.trace.child(exchange.span), seen)
        self.assertEqual(exchange.trace.parent, 2)
        play.say(web.peer, OK)
