"""What would become of a request: routed, in part, or an error of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET, OK, PlaybookCase

from linkerd.catalogue import CATALOGUE
from linkerd.errors import BadDtab, Unidentified
from linkerd.name.activity import Failed, Pending
from linkerd.name.addr import ADDR_PENDING, AddrBound, AddrFailed, AddrNeg
from linkerd.name.dtab import EMPTY_DTAB
from linkerd.name.path import Path
from linkerd.namer.builtin import STATUS_META
from linkerd.router.explain_verdict import (
    Named,
    percent,
    refused_json,
    unreadable_json,
    verdict_json,
)

if TYPE_CHECKING:
    from tests.router.playbook import Playbook


class Verdicts(PlaybookCase):
    def verdict(self, play: Playbook) -> Any:
        name = Path.read("/svc/web")
        dtab = play.router.config.dtab
        named = Named(name, dtab, EMPTY_DTAB)
        return verdict_json(play.router, named, play.router.interpreter.explain(dtab, name))

    def test_routed(self) -> None:
        play = self.play()
        play.bind("web", 80)
        self.assertEqual(
            self.verdict(play),
            {
                "routed": True,
                "share": 1.0,
                "code": None,
                "title": None,
                "why": None,
                "next_step": None,
                "status": None,
                "answer": None,
                "notes": [],
            },
        )

    def test_codes(self) -> None:
        for answer, code in (
            (Failed("no registry"), "L5D-1105"),
            (Pending(), "L5D-1106"),
        ):
            play = self.play()
            play.namer.set("/web", answer)
            self.assertEqual(self.verdict(play)["code"], code)
        for addr, code in (
            (AddrNeg(), "L5D-1103"),
            (AddrNeg("filtered", "L5D-1109"), "L5D-1109"),
            (AddrFailed("no DNS"), "L5D-1105"),
            (ADDR_PENDING, "L5D-1106"),
        ):
            play = self.play()
            play.addresses("web", addr)
            self.assertEqual(self.verdict(play)["code"], code)
        for dtab, code in (
            ("/a => /b", "L5D-1101"),
            ("/svc => /#/fake", "L5D-1102"),
            ("/svc => !", "L5D-1104"),
            ("/svc => /svc/x", "L5D-1107"),
        ):
            self.assertEqual(self.verdict(self.play(dtab=dtab))["code"], code)

    def test_all_about_an_error(self) -> None:
        verdict = self.verdict(self.play(dtab="/svc => !"))
        entry = CATALOGUE["L5D-1104"]
        self.assertEqual(
            (verdict["routed"], verdict["share"], verdict["status"]), (False, 0.0, 502)
        )
        self.assertEqual((verdict["title"], verdict["next_step"]), (entry.title, entry.next_step))
        self.assertIn("/svc => !", verdict["why"])
        self.assertTrue(verdict["answer"].startswith("Unable to route request!\n\nservice name: "))
        self.assertIn("\nL5D-1104: ", verdict["answer"])

    def test_no_answer_reads_as_the_timeout_will(self) -> None:
        play = self.play(bindingTimeoutMs=1500)
        play.namer.set("/web", Pending())
        text = "Exceeded 1.seconds+500.milliseconds binding timeout while resolving name: /svc/web"
        self.assertTrue(self.verdict(play)["answer"].startswith(text))
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        text = "Exceeded 10.seconds binding timeout while connecting to /#/fake/web for name: "
        self.assertTrue(self.verdict(play)["answer"].startswith(text))

    def test_a_part_of_the_requests(self) -> None:
        play = self.play(dtab="/svc/web => 6 * /#/fake/a & 3 * /#/fake/b & 1 * $")
        play.bind("a", 80)
        play.addresses("b", AddrNeg())
        verdict = self.verdict(play)
        self.assertFalse(verdict["routed"])
        self.assertAlmostEqual(verdict["share"], 0.6)
        self.assertEqual(verdict["code"], "L5D-1103")
        self.assertTrue(verdict["why"].startswith("/#/fake/b "), verdict["why"])
        self.assertEqual(
            verdict["notes"],
            ["30 % of the requests get L5D-1103", "10 % of the requests get L5D-1104"],
        )

    def test_all_endpoints_are_ejected(self) -> None:
        play = self.play()
        play.bind("web", 80)
        play.client(GET)
        verdict = self.verdict(play)
        self.assertTrue(verdict["routed"], "they are tried in spite of it")
        [note] = verdict["notes"]
        self.assertTrue(note.startswith("/#/fake/web: the one endpoint is ejected"), note)

    def test_a_client_that_still_has_endpoints_serves(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        play.addresses("web", AddrFailed("no DNS"))
        self.assertTrue(self.verdict(play)["routed"])
        play.addresses("web", AddrNeg())
        self.assertFalse(self.verdict(play)["routed"])

    def test_a_status_of_our_own(self) -> None:
        play = self.play()
        play.addresses("web", AddrBound(frozenset(), ((STATUS_META, 404),)))
        self.assertTrue(self.verdict(play)["routed"])


def test_before_a_request_has_a_name() -> None:
    shown = refused_json(Unidentified("Unknown destination: x"))
    assert (shown["status"], shown["why"]) == (400, "Unknown destination: x")
    assert refused_json(BadDtab("wrong", reasoning="l5d-dtab"))["why"] == "l5d-dtab: wrong"
    shown = unreadable_json(431, "too large")
    assert (shown["code"], shown["answer"]) == ("L5D-3003", "L5D-3003: too large\n")


def test_shares() -> None:
    assert [percent(share) for share in (1.0, 0.9, 1 / 3, 0.0)] == [
        "100 %",
        "90 %",
        "33.3 %",
        "0 %",
    ]
