"""The bound names of an explanation, and their endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET, OK, PlaybookCase

from linkerd.name.activity import Constant
from linkerd.name.addr import (
    ADDR_PENDING,
    Addr,
    AddrBound,
    Address,
    AddrFailed,
    AddrNeg,
    BoundName,
)
from linkerd.name.path import Path
from linkerd.name.tree import Leaf
from linkerd.router.explain_bound import MAX_ENDPOINTS, bound_json, legs

if TYPE_CHECKING:
    from tests.router.playbook import Playbook

    from linkerd.name.trace import Node


class Bound(PlaybookCase):
    def node(self, play: Playbook, name: str = "/svc/web") -> Node:
        return play.router.interpreter.explain(play.router.config.dtab, Path.read(name))

    def bound(self, play: Playbook) -> Any:
        return bound_json(play.router, self.node(play))

    def test_shares(self) -> None:
        play = self.play(dtab="/svc/web => 3 * /#/fake/a & 1 * (! | /#/fake/b) & 1 * /#/fake/a")
        play.bind("a", 1)
        play.bind("b", 2)
        self.assertEqual(
            [(share, str(name)) for share, name in legs(self.node(play))],
            [(0.75, "/#/fake/a"), (0.25, "/#/fake/a")],
            "a branch that fails is none",
        )
        self.assertEqual([each["share"] for each in self.bound(play)], [0.75, 0.25])

    def test_a_branch_that_is_empty_keeps_its_share(self) -> None:
        play = self.play(dtab="/svc/web => 3 * /#/fake/a & 1 * $")
        play.bind("a", 1)
        self.assertEqual([share for share, _ in legs(self.node(play))], [0.75, 0.25])
        self.assertEqual([each["share"] for each in self.bound(play)], [0.75])

    def test_weights_that_are_all_zero(self) -> None:
        play = self.play(dtab="/svc/web => 0 * /#/fake/a & 0 * /#/fake/b")
        play.bind("a", 1)
        play.bind("b", 2)
        self.assertEqual([each["share"] for each in self.bound(play)], [0.5, 0.5])

    def test_what_is_not_bound(self) -> None:
        play = self.play(dtab="/svc => /#/fake ; /svc/a => !")
        self.assertEqual(legs(self.node(play)), [(1.0, None)])
        self.assertEqual(self.bound(play), [])

    def test_a_name_of_a_file(self) -> None:
        play = self.play()
        addresses = {Address("127.0.0.1", 90, 0.5), Address("::1", 80), Address("127.0.0.1", 80)}
        play.addresses("web", AddrBound(frozenset(addresses)))
        [bound] = self.bound(play)
        self.assertEqual(
            bound,
            {
                "share": 1.0,
                "id": "/#/fake/web",
                "residual": "",
                "transformed": [],
                "address": {"type": "bound", "count": 3, "meta": {}},
                "in_use": False,
                "balancer": None,
                "count": 3,
                "endpoints": [
                    {"address": "127.0.0.1:80", "weight": 1.0},
                    {"address": "127.0.0.1:90", "weight": 0.5},
                    {"address": "[::1]:80", "weight": 1.0},
                ],
            },
        )

    def test_a_residual(self) -> None:
        play = self.play()
        addr: Constant[Addr] = Constant(AddrBound(frozenset()))
        name = BoundName(Path.read("/#/fake/web"), addr, Path.read("/a/b"))
        play.namer.set("/web", Leaf(name))
        [bound] = self.bound(play)
        self.assertEqual(bound["residual"], "/a/b")

    def test_many_endpoints_are_counted(self) -> None:
        play = self.play()
        play.bind("web", *range(1000, 1000 + 2 * MAX_ENDPOINTS))
        [bound] = self.bound(play)
        self.assertEqual(bound["count"], 2 * MAX_ENDPOINTS)
        self.assertEqual(len(bound["endpoints"]), MAX_ENDPOINTS)

    def test_states_of_addresses(self) -> None:
        play = self.play()
        for addr, told in (
            (ADDR_PENDING, {"type": "pending"}),
            (AddrFailed("no DNS"), {"type": "failed", "why": "no DNS"}),
            (AddrNeg("gone", "L5D-1109"), {"type": "neg", "why": "gone", "code": "L5D-1109"}),
        ):
            play.addresses("web", addr)
            [bound] = self.bound(play)
            self.assertEqual((bound["address"], bound["endpoints"]), (told, []))

    def test_what_transformers_made_of_it(self) -> None:
        play = self.play()
        addr: Constant[Addr] = Constant(AddrBound(frozenset({Address("127.0.0.1", 80)})))
        none: Constant[Addr] = Constant(AddrNeg("none left"))
        first = BoundName(Path.read("/#/fake/web"), addr)
        second = BoundName(Path.read("/%/port/1") + first.id, addr, before=first)
        third = BoundName(Path.read("/%/local") + second.id, none, before=second)
        play.namer.set("/web", Leaf(third))
        [bound] = self.bound(play)
        full = {"type": "bound", "count": 1, "meta": {}}
        self.assertEqual(
            bound["transformed"],
            [
                {"transformer": "/%/local", "before": "/%/port/1/#/fake/web", "address": full},
                {"transformer": "/%/port/1", "before": "/#/fake/web", "address": full},
            ],
        )

    def test_what_a_running_router_knows(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        [bound] = self.bound(play)
        self.assertEqual((bound["in_use"], bound["balancer"]), (True, "p2c"))
        self.assertEqual(
            bound["endpoints"],
            [
                {
                    "address": "127.0.0.1:80",
                    "weight": 1.0,
                    "status": "open",
                    "pending": 0,
                    "connections": 1,
                    "load": 0.0,
                }
            ],
        )

    def test_an_endpoint_that_is_ejected(self) -> None:
        play = self.play()
        play.bind("web", 80)
        play.client(GET)
        [bound] = self.bound(play)
        [endpoint] = bound["endpoints"]
        self.assertEqual(endpoint["status"], "ejected")
        self.assertTrue(0.0 < endpoint["probe_in_s"] <= 5.0)
        play.advance(5.2)
        [bound] = self.bound(play)
        [endpoint] = bound["endpoints"]
        self.assertEqual(endpoint["status"], "probing")
        self.assertNotIn("probe_in_s", endpoint)

    def test_a_client_keeps_what_naming_has_lost(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        play.addresses("web", AddrFailed("no DNS"))
        [bound] = self.bound(play)
        self.assertEqual(bound["address"]["type"], "failed")
        self.assertEqual([each["address"] for each in bound["endpoints"]], ["127.0.0.1:80"])

    def test_the_load_of_ewma_is_in_milliseconds(self) -> None:
        play = self.play(client={"kind": "io.l5d.global", "loadBalancer": {"kind": "ewma"}})
        play.web(OK)
        play.client(GET)
        play.the_endpoint().cost = 0.25
        [bound] = self.bound(play)
        self.assertEqual(bound["endpoints"][0]["load"], 250.0)
