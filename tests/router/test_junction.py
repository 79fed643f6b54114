"""An HTTP request gets its name: from an identifier, and with a dtab of its own."""

from __future__ import annotations

from tests.router.playbook import (
    GET,
    GET_SEEN,
    OK,
    OK_SEEN,
    PlaybookCase,
)

SERVER = "server/127.0.0.1/4140/"


class Identified(PlaybookCase):
    def test_no_name(self) -> None:
        play = self.play()
        client = play.client(b"GET /a?b HTTP/1.1\r\nHost:\r\n\r\n")
        (peer,) = [connection.transport.peer for connection in play.listener.connections]
        self.assert_error(
            client,
            400,
            "L5D-1001",
            f'Unknown destination: Request("GET /a?b", from /{peer[0]}:{peer[1]}) / '
            "Host header is absent\n",
        )
        self.assertIsNone(client.lost)
        self.assertEqual(play.number("bindcache/path/misses"), 0)
        failure = "failures/io.buoyant.router.RoutingFactory$UnknownDst"
        self.assertEqual(play.number(SERVER + failure), 1)

    def test_an_identifier_may_rewrite_the_target(self) -> None:
        play = self.play(identifier={"kind": "io.l5d.path", "segments": 1, "consume": True})
        web = play.web(OK)
        client = play.client(b"GET /web/a?b HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(web.peer.received.startswith(b"GET /a?b HTTP/1.1\r\nHost: x\r\n"))
        self.assertEqual(client.received, OK_SEEN)

    def test_a_list_of_identifiers(self) -> None:
        play = self.play(
            identifier=[
                {"kind": "io.l5d.header", "header": "dst"},
                {"kind": "io.l5d.static", "path": "/web"},
            ]
        )
        play.web(OK)
        client = play.client(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertEqual(client.received, OK_SEEN)


class LocalDtab(PlaybookCase):
    def test_both_headers_override_the_dtab_and_travel_on(self) -> None:
        play = self.play()
        play.bind("other", 80)
        web = play.serve(80, OK)
        client = play.client(
            GET[:-2] + b"l5d-ctx-dtab: /x=>/y\r\nl5d-dtab: /svc/web => /#/fake/other\r\n\r\n"
        )
        self.assertEqual(
            web.peer.received,
            b"GET / HTTP/1.1\r\nHost: web\r\nVia: 1.1 linkerd\r\nl5d-dst-service: /svc/web\r\n"
            b"l5d-dst-client: /#/fake/other\r\n"
            b"l5d-ctx-dtab: /x=>/y;/svc/web=>/#/fake/other\r\n\r\n",
        )
        self.assertEqual(client.received, OK_SEEN)

    def test_other_requests_are_not_touched(self) -> None:
        play = self.play()
        play.bind("other", 81)
        other = play.serve(81, OK)
        web = play.web(OK)
        dtab = GET[:-2] + b"l5d-dtab: /svc/web => /#/fake/other\r\n\r\n"
        client = play.client(GET + dtab + GET + dtab)
        self.assertEqual(web.peer.received, GET_SEEN * 2)
        self.assertEqual(other.peer.received.count(b"GET"), 2)
        self.assertEqual(client.received, OK_SEEN * 4)
        self.assertEqual(play.number("bindcache/path/misses"), 2)
        self.assertEqual(list(play.bindings.by_service), [play.bindings.table[b"web"].service.path])

    def test_a_bad_one_is_refused(self) -> None:
        for name in (b"l5d-dtab", b"l5d-ctx-dtab"):
            play = self.play()
            web = play.web(OK)
            client = play.client(GET[:-2] + name + b": /a => /b =>\r\n\r\n" + GET)
            head, _, rest = client.received.partition(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"HTTP/1.1 400 "), head)
            self.assertIn(b"l5d-err: L5D-1002+", head)
            self.assertIn(b"found at", rest)
            self.assertTrue(client.received.endswith(OK_SEEN))
            self.assertEqual(web.peer.received, GET_SEEN)
