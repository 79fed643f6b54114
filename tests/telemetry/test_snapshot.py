"""Intervals of histograms on a virtual clock."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from linkerd._typing import override
from linkerd.telemetry.metrics import Scope
from linkerd.telemetry.snapshot import INTERVAL, SLICE, SnapshotService


class TurnClock(Clock):
    """A clock on which what is put off until the next turn takes a turn."""

    @override
    def callLater(self, when: float, what: Any, *args: Any, **kwargs: Any) -> Any:
        return super().callLater(max(when, 0.001), what, *args, **kwargs)


class Snapshots(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Scope()
        self.clock = TurnClock()
        self.service = SnapshotService(self.root, self.clock)
        self.stat = self.root.stat("a", "latency")

    def test_exports_show_the_last_full_interval(self) -> None:
        self.service.startService()
        self.stat.add(5)
        self.clock.advance(INTERVAL - 1)
        self.assertIsNone(self.stat.summary)
        self.clock.advance(1)
        self.assertEqual(self.stat.summary.sum, 5)
        self.stat.add(7)
        self.clock.advance(INTERVAL - 1)
        self.assertEqual(self.stat.summary.sum, 5)
        self.clock.advance(1)
        self.assertEqual(self.stat.summary.sum, 7)
        self.clock.advance(INTERVAL)
        self.assertEqual(self.stat.summary.count, 0)

    def test_many_are_taken_in_slices(self) -> None:
        stats = [self.root.stat("many", str(number)) for number in range(3 * SLICE)]
        self.service.startService()
        self.clock.advance(INTERVAL)
        taken = sum(stat.summary is not None for stat in stats)
        self.assertTrue(SLICE - 1 <= taken <= SLICE, taken)
        for _ in range(3):
            self.clock.advance(0.001)
        self.assertTrue(all(stat.summary is not None for stat in stats))

    def test_the_end_leaves_no_timer(self) -> None:
        for number in range(2 * SLICE):
            self.root.stat("many", str(number))
        self.service.startService()
        self.clock.advance(INTERVAL)
        self.service.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_other_intervals(self) -> None:
        service = SnapshotService(self.root, self.clock, 1.5)
        service.startService()
        self.stat.add(2)
        self.clock.advance(1.5)
        self.assertEqual(self.stat.summary.sum, 2)
