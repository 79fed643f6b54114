"""What exporters see, also of a metric that fails."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from linkerd.telemetry.export import value_of
from linkerd.telemetry.metrics import Scope


class ValueOf(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Scope()

    def value(self, name: str) -> object:
        return value_of(self.root.scope(name).metric)

    def test_each_kind(self) -> None:
        self.root.counter("counter").value = 3
        self.root.count_of("reading", read=lambda: 4)
        self.root.gauge("gauge", read=lambda: 5)
        self.root.stat("stat").add(6)
        self.assertEqual([self.value(n) for n in ("counter", "reading", "gauge")], [3, 4, 5.0])
        self.assertIsInstance(self.value("gauge"), float)
        self.assertIsNone(self.value("stat"))
        self.root.stat("stat").snapshot()
        self.assertEqual(self.value("stat").sum, 6)

    def test_a_failing_function_is_left_out_and_logged_once(self) -> None:
        self.root.gauge("bad", read=lambda: 1 // 0)
        self.root.count_of("worse", read=lambda: 1 // 0)
        self.assertIsNone(self.value("bad"))
        self.assertIsNone(self.value("bad"))
        self.assertIsNone(self.value("worse"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)
