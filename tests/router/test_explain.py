"""Explanations of requests: identification, dtabs in force, and the shape of it all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET, OK, PlaybookCase
from twisted.internet.defer import Deferred

from linkerd.errors import Where
from linkerd.name.activity import Failed
from linkerd.name.addr import ADDR_PENDING
from linkerd.name.dtab import Dtab
from linkerd.router.explain import LIMIT_S, explain
from linkerd.router.request_text import read_request

if TYPE_CHECKING:
    from tests.router.playbook import Playbook


class Explaining(PlaybookCase):
    def ask(
        self, play: Playbook, text: str, *headers: tuple[str, str], **more: Any
    ) -> Deferred[dict[str, Any]]:
        written = read_request(text, headers, play.router.listeners[0].limits)
        return Deferred.fromCoroutine(explain(play.router, written, **more))

    def explained(self, play: Playbook, text: str, *headers: tuple[str, str], **more: Any) -> Any:
        shown = self.successResultOf(self.ask(play, text, *headers, **more))
        self.assertEqual(json.loads(json.dumps(shown)), shown)
        self.assertEqual(play.namer.observers, 0)
        return shown

    def test_a_request_that_is_routed(self) -> None:
        play = self.play(label="in", dtab="/svc => /#/fake")
        play.bind("web", 80)
        shown = self.explained(play, "GET http://web/x")
        self.assertEqual(
            {key: shown[key] for key in ("router", "protocol", "where", "complete")},
            {"router": "in", "protocol": "http", "where": "playbook:1", "complete": True},
        )
        self.assertEqual(
            shown["request"],
            {
                "text": "GET http://web/x",
                "method": "GET",
                "target": "/x",
                "host": "web",
                "headers": [],
            },
        )
        self.assertEqual(
            shown["identification"],
            {
                "tried": [
                    {
                        "identifier": "io.l5d.header.token",
                        "settings": {"header": "Host"},
                        "said": "/svc/web",
                    }
                ],
                "name": "/svc/web",
            },
        )
        self.assertEqual(shown["trace"]["name"], "/svc/web")
        self.assertEqual([each["id"] for each in shown["bound"]], ["/#/fake/web"])
        self.assertTrue(shown["verdict"]["routed"])
        self.assertEqual((play.bindings.table, play.bindings.by_client), ({}, {}))

    def test_the_rules_in_force_in_their_order(self) -> None:
        play = self.play(dtab="/svc => /#/fake")
        extra = Dtab.read("/e => /f").located(lambda _: Where("more", 3))
        headers = (("l5d-dtab", "/svc => /b"), ("l5d-ctx-dtab", "/c => /d"), ("L5d-Dtab", "/b=>!"))
        shown = self.explained(play, "web", *headers, extra=extra)
        told = [
            (dtab["of"], dtab["count"], [list(rule.values()) for rule in dtab["rules"]])
            for dtab in shown["dtabs"]
        ]
        [(_, _, [[_, _, where]]), *others] = told
        self.assertTrue(where.startswith("playbook:"), where)
        self.assertEqual(
            others,
            [
                ("extra", 1, [["/e", "/f", "more:3"]]),
                ("l5d-ctx-dtab", 1, [["/c", "/d", "l5d-ctx-dtab"]]),
                ("l5d-dtab", 2, [["/svc", "/b", "l5d-dtab"], ["/b", "!", "l5d-dtab"]]),
            ],
        )
        self.assertEqual(shown["verdict"]["code"], "L5D-1104")

    def test_another_dtab_in_place_of_the_routers(self) -> None:
        play = self.play()
        play.bind("b", 80)
        shown = self.explained(play, "web", dtab=Dtab.read("/svc/web => /#/fake/b"))
        self.assertEqual([each["id"] for each in shown["bound"]], ["/#/fake/b"])

    def test_a_name_is_not_identified(self) -> None:
        play = self.play()
        play.bind("web", 80)
        shown = self.explained(play, "/#/fake/web")
        self.assertEqual(shown["identification"], {"tried": [], "name": "/#/fake/web"})
        self.assertEqual(shown["request"], {"text": "/#/fake/web"})
        self.assertTrue(shown["verdict"]["routed"])

    def test_identifiers_up_to_the_one_that_decides(self) -> None:
        identifiers = [
            {"kind": "io.l5d.path", "segments": 2},
            {"kind": "io.l5d.header"},
            {"kind": "io.l5d.static", "path": "/web"},
        ]
        play = self.play(identifier=identifiers)
        said = [
            (each["identifier"], each["settings"], each["said"])
            for each in self.explained(play, "GET http://a/x")["identification"]["tried"]
        ]
        self.assertEqual(
            said,
            [
                (
                    "io.l5d.path",
                    {"segments": 2, "consume": False},
                    "not enough segments in path",
                ),
                ("io.l5d.header", {"header": "l5d-name"}, "l5d-name header is absent"),
                ("io.l5d.static", {"path": "/web"}, "/svc/web"),
            ],
        )
        shown = self.explained(play, "GET http://a/x", ("l5d-name", "x"))
        self.assertEqual(len(shown["identification"]["tried"]), 2)
        self.assertEqual(shown["verdict"]["code"], "L5D-1001")
        self.assertIn("'/' expected but 'x' found", shown["verdict"]["why"])

    def test_a_request_without_a_name(self) -> None:
        play = self.play()
        shown = self.explained(play, "GET / HTTP/1.0")
        self.assertIsNone(shown["identification"]["name"])
        verdict = shown["verdict"]
        self.assertEqual((verdict["status"], verdict["code"]), (400, "L5D-1001"))
        text = 'Unknown destination: Request("GET /", from /client) / Host header is absent'
        self.assertTrue(verdict["answer"].startswith(text))
        self.assertEqual((shown["trace"], shown["bound"]), (None, []))

    def test_a_bad_dtab_header(self) -> None:
        verdict = self.explained(self.play(), "web", ("l5d-ctx-dtab", "/a => b"))["verdict"]
        self.assertEqual((verdict["status"], verdict["code"]), (400, "L5D-1002"))
        self.assertEqual(
            verdict["why"],
            "in the header l5d-ctx-dtab: simple expected but 'b' found at '/a => [b]'",
        )

    def test_headers_that_no_server_trusts(self) -> None:
        servers = [{"port": 4140, "clearContext": True}, {"port": 4141, "clearContext": True}]
        play = self.play(servers=servers)
        play.bind("web", 80)
        shown = self.explained(play, "web", ("L5d-dtab", "/svc => !"))
        self.assertTrue(shown["verdict"]["routed"])
        self.assertTrue(shown["request"]["cleared"])
        self.assertNotIn("cleared", self.explained(play, "web", ("a", "b"))["request"])
        servers[1]["clearContext"] = False
        shown = self.explained(self.play(servers=servers), "web", ("l5d-dtab", "/svc => !"))
        self.assertEqual(shown["verdict"]["code"], "L5D-1104")

    def test_a_request_that_is_not_http(self) -> None:
        verdict = self.explained(self.play(), "GET /x")["verdict"]
        self.assertEqual((verdict["status"], verdict["code"]), (400, "L5D-3001"))
        self.assertEqual(verdict["answer"], "L5D-3001: not exactly one Host\n")

    def test_what_is_pending_is_waited_for(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        asking = self.ask(play, "web")
        self.assertNoResult(asking)
        play.bind("web", 80)
        self.assertTrue(self.successResultOf(asking)["verdict"]["routed"])
        self.assertEqual(play.runtime.reactor.getDelayedCalls(), [])

    def test_but_not_for_ever(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        asking = self.ask(play, "web")
        play.advance(LIMIT_S + 0.1)
        shown = self.successResultOf(asking)
        self.assertFalse(shown["complete"])
        self.assertEqual(shown["verdict"]["code"], "L5D-1106")

    def test_long_dtabs_are_cut_but_counted(self) -> None:
        rules = ";".join(f"/a{n} => /b" for n in range(1200))
        [dtab] = self.explained(self.play(dtab=rules), "web")["dtabs"]
        self.assertEqual((dtab["count"], len(dtab["rules"])), (1200, 1000))

    def test_the_same_as_a_real_request(self) -> None:
        play = self.play(dtab="/svc => /#/fake/no")
        play.client(GET)
        client = play.client(GET)
        body = client.take().partition(b"\r\n\r\n")[2].decode()
        self.assertEqual(self.explained_in_use(play)["answer"], body)

    def explained_in_use(self, play: Playbook) -> Any:
        return self.successResultOf(self.ask(play, "GET http://web/"))["verdict"]

    def test_a_router_that_lost_its_naming_goes_on(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        play.namer.set("/web", Failed("no registry"))
        verdict = self.explained_in_use(play)
        self.assertTrue(verdict["routed"])
        self.assertEqual(
            verdict["notes"],
            ["naming has no answer now, so requests go where they went before: /#/fake/web"],
        )
        other = self.successResultOf(self.ask(play, "web", ("l5d-dtab", "/a => /b")))["verdict"]
        self.assertEqual(other["code"], "L5D-1105")
