"""Explanations that come in pieces."""

from __future__ import annotations

from tests.name.fakes import FakeNamer
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from linkerd.name.activity import Source
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, Addr, BoundName
from linkerd.name.delegate import explanation
from linkerd.name.dtab import EMPTY_DTAB
from linkerd.name.path import Path
from linkerd.name.tree import Leaf
from linkerd.router.settling import Settling


class Waiting(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.namer = FakeNamer(quiet=True)
        lookups = [(Path.of("#"), self.namer)]
        self.settling = Settling(explanation(EMPTY_DTAB, Path.read("/#/a"), lookups))

    def wait(self) -> Deferred[bool]:
        return Deferred.fromCoroutine(self.settling.wait(self.clock, 2.0))

    def test_until_names_and_addresses_are_known(self) -> None:
        addr: Source[Addr] = Source(ADDR_PENDING)
        waiting = self.wait()
        self.clock.advance(1.0)
        self.namer.set("/a", Leaf(BoundName(Path.read("/#/a"), addr)))
        self.assertNoResult(waiting)
        addr.set(ADDR_NEG)
        self.assertTrue(self.successResultOf(waiting))
        self.assertEqual(self.settling.node.kind, "leaf")
        self.assertEqual(addr.observers, 1)
        self.settling.close()
        self.assertEqual((addr.observers, self.namer.observers), (0, 0))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_not_for_ever(self) -> None:
        waiting = self.wait()
        self.clock.advance(2.0)
        self.assertFalse(self.successResultOf(waiting))
        self.assertEqual(self.settling.node.kind, "pending")
        self.namer.bind("/a", 80)
        self.assertTrue(self.settling.complete)
        self.settling.close()

    def test_not_at_all_for_what_is_known(self) -> None:
        self.namer.bind("/a", 80)
        self.assertTrue(self.successResultOf(self.wait()))
        self.settling.close()

    def test_nobody_waits_any_more(self) -> None:
        waiting = self.wait()
        waiting.addErrback(lambda _: None)
        waiting.cancel()
        self.settling.close()
        self.assertEqual(self.namer.observers, 0)
