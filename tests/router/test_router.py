"""Naming as a request meets it: identified, bound, or refused with a reason."""

from __future__ import annotations

from tests.router.playbook import (
    ADDR_NEG,
    ADDR_PENDING,
    GET,
    GET_SEEN,
    OK,
    OK_SEEN,
    PlaybookCase,
    post,
)

from linkerd.name.activity import PENDING, Failed, Ok
from linkerd.name.addr import AddrBound, AddrFailed
from linkerd.name.tree import EMPTY, FAIL, NEG

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


class NoHosts(PlaybookCase):
    TEXT = (
        "Unable to route request!\n\nservice name: /svc/web\ndtab:\n\nbase dtab:\n"
        "{base}override dtab:\n\n\n"
    )

    def refused(self, code: str, dtab: str, lines: str, answer: object = None) -> str:
        play = self.play(dtab=dtab)
        if answer is not None:
            play.namer.set("/web", answer)
        client = play.client(GET)
        body = self.assert_error(client, 502, code, self.TEXT.format(base=lines))
        self.assertIsNone(client.lost)
        failure = "com.twitter.finagle.naming.buoyant.RichNoBrokersAvailableException"
        self.assertEqual(play.number("service/svc/web/failures/" + failure), 1)
        self.assertEqual(play.number(SERVER + "status/502"), 1)
        return body

    def test_no_rule(self) -> None:
        self.refused("L5D-1101", "/host => /a", "  /host => /a\n")

    def test_all_rules_lead_nowhere(self) -> None:
        body = self.refused("L5D-1102", "/svc => /#/fake", "  /svc => /#/fake\n")
        self.assertIn("/#/fake/web", body)

    def test_fail(self) -> None:
        for tree in ("!", "/$/fail"):
            self.refused("L5D-1104", f"/svc => {tree}", f"  /svc => {tree}\n")

    def test_nil(self) -> None:
        for tree in ("$", "/$/nil"):
            self.refused("L5D-1104", f"/svc => {tree}", f"  /svc => {tree}\n")

    def test_trees_of_a_namer(self) -> None:
        lines = "  /svc => /#/fake\n"
        self.refused("L5D-1102", "/svc => /#/fake", lines, NEG)
        self.refused("L5D-1104", "/svc => /#/fake", lines, FAIL)
        self.refused("L5D-1103", "/svc => /#/fake", lines, EMPTY)

    def test_a_namer_in_trouble(self) -> None:
        body = self.refused(
            "L5D-1105", "/svc => /#/fake", "  /svc => /#/fake\n", Failed("the registry is down")
        )
        self.assertIn("the registry is down", body)

    def test_recursion(self) -> None:
        self.refused("L5D-1107", "/svc => /a; /a => /svc", "  /svc => /a\n  /a => /svc\n")

    def test_an_empty_set_of_addresses(self) -> None:
        for addr in (AddrBound(frozenset()), ADDR_NEG):
            play = self.play()
            play.addresses("web", addr)
            client = play.client(GET)
            text = self.TEXT.format(base="  /svc => /#/fake\n")
            self.assert_error(client, 502, "L5D-1103", text)

    def test_addresses_that_cannot_be_learnt(self) -> None:
        play = self.play()
        play.addresses("web", AddrFailed("no DNS today"))
        client = play.client(GET)
        body = self.assert_error(client, 502, "L5D-1105", "Unable to route request!")
        self.assertIn("no DNS today", body)


class Waiting(PlaybookCase):
    def test_requests_wait_for_their_name(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        clients = [play.client(GET) for _ in range(3)]
        play.advance(5.0)
        web = play.web(OK)
        play.advance()
        for client in clients:
            self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(sum(peer.received.count(b"GET") for peer in web.peers), 3)
        self.assertEqual(play.number("bindcache/path/misses"), 1)

    def test_requests_wait_for_addresses(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(5.0)
        play.web(OK)
        play.advance()
        self.assertEqual(client.received, OK_SEEN)

    def test_no_name_in_time(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        client = play.client(GET)
        play.advance(9.9)
        self.assertEqual(client.received, b"")
        play.advance(0.2)
        self.assert_error(
            client,
            502,
            "L5D-1106",
            "Exceeded 10.seconds binding timeout while resolving name: /svc/web\n",
        )
        self.assertEqual(play.bindings.table[b"web"].waiting, [])
        play.web(OK)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)

    def test_no_addresses_in_time(self) -> None:
        play = self.play(bindingTimeoutMs=1500)
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(1.6)
        self.assert_error(
            client,
            502,
            "L5D-1106",
            "Exceeded 1.seconds+500.milliseconds binding timeout while connecting to /#/fake/web"
            " for name: /svc/web\n",
        )
        self.assertEqual(play.the_client().waiting, [])

    def test_those_who_left_wait_no_longer(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        for _ in range(3):
            play.client(GET).abort()
        for data in (post(10000) + b"x", b"GET / HTTP/1.1\r\nHost: late\r\n\r\n"):
            play.namer.set("/late", PENDING)
            play.client(data).abort()
        play.advance()
        for route in play.bindings.table.values():
            self.assertEqual(route.waiting, [])

    def test_a_failure_is_over_when_the_namer_recovers(self) -> None:
        play = self.play()
        play.namer.set("/web", Failed("down"))
        client = play.client(GET)
        self.assert_error(client, 502, "L5D-1105", "Unable to route request!")
        play.web(OK)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)

    def test_the_last_good_tree_stays_in_force(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        for worse in (Failed("down"), PENDING):
            play.namer.set("/web", worse)
            play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 3)
        play.namer.set("/web", Ok(NEG))
        client.take()
        play.say(client, GET)
        self.assert_error(client, 502, "L5D-1102", "Unable to route request!")

    def test_the_last_good_addresses_stay_in_force(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        for worse in (AddrFailed("down"), ADDR_PENDING):
            play.addresses("web", worse)
            play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 3)
