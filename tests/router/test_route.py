"""Where a route sends requests: shares of a union, and trees and addresses that change."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.name.fakes import bound
from tests.router.playbook import ADDR_NEG, ADDR_PENDING, GET, OK, OK_SEEN, PlaybookCase

from linkerd.name.activity import PENDING, Ok
from linkerd.name.addr import AddrBound, Address
from linkerd.name.tree import EMPTY, NEG, Leaf, NameTree, Union, Weighted
from linkerd.router.route import branches

if TYPE_CHECKING:
    from linkerd.name.addr import BoundName

A, B, C = bound("/a"), bound("/b"), bound("/c")


def union(*parts: tuple[float, NameTree[BoundName]]) -> NameTree[BoundName]:
    return Union(tuple(Weighted(weight, tree) for weight, tree in parts))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Leaf(A), [(1.0, A)]),
        (NEG, [(1.0, None)]),
        (union((9, Leaf(A)), (1, Leaf(B))), [(0.9, A), (0.1, B)]),
        (union((1, Leaf(A)), (1, EMPTY)), [(0.5, A), (0.5, None)]),
        (union((0, Leaf(A)), (0, Leaf(B))), [(0.5, A), (0.5, B)]),
        (
            union((1, union((1, Leaf(A)), (3, Leaf(B)))), (1, Leaf(C))),
            [(0.125, A), (0.375, B), (0.5, C)],
        ),
    ],
)
def test_branches_share_the_requests(
    tree: NameTree[BoundName], expected: list[tuple[float, BoundName | None]]
) -> None:
    found = branches(tree, 1.0)
    assert [name for _, name in found] == [name for _, name in expected]
    assert [share for share, _ in found] == pytest.approx([share for share, _ in expected])


class Shares(PlaybookCase):
    def assert_near(self, found: float, expected: float) -> None:
        self.assertLess(abs(found - expected), 40, found)

    def test_weights(self) -> None:
        play = self.play(dtab="/svc => 9 * /#/fake/a & 1 * /#/fake/b")
        for name, port in (("a", 80), ("b", 81)):
            play.namer.set(f"/{name}/web", Leaf(bound(f"/#/fake/{name}", port)))
            play.serve(port, OK)
        client = play.client(GET * 1000)
        self.assertEqual(client.received, OK_SEEN * 1000)
        self.assert_near(play.number("client/#/fake/a/success"), 900)
        self.assert_near(play.number("client/#/fake/b/success"), 100)

    def test_a_branch_without_endpoints_keeps_its_share(self) -> None:
        play = self.play(dtab="/svc => 1 * /#/fake/a & 1 * /$/nil")
        play.namer.set("/a/web", Leaf(bound("/#/fake/a", 80)))
        play.serve(80, OK)
        client = play.client(GET * 400)
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 400)
        self.assert_near(client.received.count(b"HTTP/1.1 502 "), 200)

    def test_the_weights_of_addresses(self) -> None:
        play = self.play()
        addresses = {Address("127.0.0.1", 80, 9.0), Address("127.0.0.1", 81, 1.0)}
        play.addresses("web", AddrBound(frozenset(addresses)))
        heavy, light = play.serve(80, OK), play.serve(81, OK)
        client = play.client(GET * 1000)
        self.assertEqual(client.received, OK_SEEN * 1000)
        count = sum(peer.received.count(b"GET") for peer in light.peers)
        self.assert_near(count, 100)
        self.assertEqual(sum(peer.received.count(b"GET") for peer in heavy.peers), 1000 - count)

    def test_the_residual_is_told_to_the_endpoint(self) -> None:
        play = self.play()
        play.namer.set("/web", Leaf(bound("/#/fake/w", 80, residual="/x/y")))
        web = play.serve(80, OK)
        play.client(GET)
        self.assertIn(b"l5d-dst-client: /#/fake/w\r\nl5d-dst-residual: /x/y\r\n", web.peer.received)


class Changes(PlaybookCase):
    def test_an_address_goes_while_it_serves(self) -> None:
        play = self.play()
        play.bind("web", 80)
        old = play.serve(80)
        client = play.client(GET)
        idle = play.client(GET)
        play.say(old.peers[1], OK)
        play.bind("web", 81)
        new = play.serve(81, OK)
        play.advance()
        self.assertTrue(old.peers[1].eof, "idle connections go at once")
        self.assertFalse(old.peers[0].eof)
        play.say(old.peers[0], OK)
        self.assertEqual(client.received, OK_SEEN)
        play.advance()
        self.assertTrue(old.peers[0].eof, "those in use when they are done")
        play.say(idle, GET)
        self.assertEqual(idle.received, OK_SEEN * 2)
        self.assertEqual(len(new.peers), 1)

    def test_addresses_that_stay_keep_their_connections(self) -> None:
        play = self.play()
        play.bind("web", 80)
        web = play.serve(80, OK)
        client = play.client(GET)
        play.bind("web", 80, 81)
        play.bind("web", 80)
        play.say(client, GET)
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_constant_change_fails_no_request(self) -> None:
        play = self.play()
        for port in range(80, 90):
            play.serve(port, OK)
        play.bind("web", 80)
        client = play.client()
        for turn in range(300):
            play.bind("web", 80 + turn % 10, 80 + turn * 7 % 10)
            play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 300)
        self.assertEqual(play.number("client/#/fake/web/failures"), 0)

    def test_all_addresses_go(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        play.addresses("web", ADDR_NEG)
        client.take()
        play.say(client, GET)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 502 "))

    def test_the_tree_changes_under_requests(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.namer.set("/web", Leaf(bound("/#/fake/new", 81)))
        play.serve(81, OK)
        other = play.client(GET)
        self.assertEqual(other.received, OK_SEEN)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(list(play.bindings.clients.resting), ["/#/fake/web"])
        play.advance(1250.0)
        names = Counter(name.split("/service/")[0] for name in play.numbers())
        self.assertFalse([name for name in names if "fake/web" in name], "metrics are pruned")

    def test_who_waits_for_an_old_name_goes_with_the_new_one(self) -> None:
        for other_user in (False, True):
            play = self.play(dtab="/svc => /#/fake ; /svc/also => /#/fake/web")
            play.addresses("web", ADDR_PENDING)
            client = play.client(GET)
            also = play.client(GET.replace(b"web", b"also")) if other_user else None
            play.namer.set("/also", NEG)
            waiting = play.the_client().waiting
            self.assertEqual(len(waiting), 1 + other_user)
            play.serve(81, OK)
            play.bindings.table[b"web"].changed(Ok(Leaf(bound("/#/fake/new", 81))))
            play.advance()
            self.assertEqual(client.received, OK_SEEN)
            if also is not None:
                self.assertEqual(also.received, b"")
                self.assertEqual(len(play.the_client().waiting), 1)

    def test_from_nothing_to_something_and_back(self) -> None:
        play = self.play()
        play.serve(80, OK)
        client = play.client()
        for turn in range(6):
            play.namer.set("/web", Leaf(bound("/#/fake/web", 80)) if turn % 2 else NEG)
            client.take()
            play.say(client, GET)
            expected = b"HTTP/1.1 200 " if turn % 2 else b"HTTP/1.1 502 "
            self.assertTrue(client.received.startswith(expected), client.received)
        play.namer.set("/web", PENDING)
