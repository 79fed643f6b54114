"""Names that lead nowhere, and the errors that say so."""

from __future__ import annotations

from tests.router.playbook import (
    ADDR_NEG,
    GET,
    PlaybookCase,
)

from linkerd.name.activity import Failed
from linkerd.name.addr import AddrBound, AddrFailed
from linkerd.name.tree import EMPTY, FAIL, NEG

SERVER = "server/127.0.0.1/4140/"


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
