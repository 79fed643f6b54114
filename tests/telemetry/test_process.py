"""The process's own metrics."""

from __future__ import annotations

import gc
import json
import os
import threading

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from linkerd.telemetry.json_export import flat
from linkerd.telemetry.metrics import Scope
from linkerd.telemetry.process import GcTime, ProcessService, open_descriptors, resident_bytes


class Process(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Scope()
        self.reactor = Clock()
        self.late = 0.0
        self.service = ProcessService(self.root, self.reactor, self.now, 1_700_000_000.5)

    def now(self) -> float:
        return self.reactor.seconds() + self.late

    def shown(self) -> dict[str, float]:
        values: dict[str, float] = json.loads("".join(flat(self.root)))
        return values

    def started(self) -> None:
        self.service.startService()
        self.addCleanup(lambda: self.service.running and self.service.stopService())

    def test_names_and_plausible_values(self) -> None:
        self.started()
        self.reactor.advance(0.25)
        values = self.shown()
        self.assertEqual(
            set(values),
            {
                "jvm/uptime",
                "jvm/start_time",
                "jvm/num_cpus",
                "jvm/mem/current/used",
                "jvm/thread/count",
                "jvm/gc/msec",
                "jvm/gc/cycles",
                "jvm/fd_count",
                "jvm/fd_limit",
            },
        )
        self.assertEqual(values["jvm/uptime"], 250.0)
        self.assertEqual(values["jvm/start_time"], 1_700_000_000_500.0)
        self.assertEqual(values["jvm/thread/count"], threading.active_count())
        self.assertTrue(2**20 < values["jvm/mem/current/used"] < 2**36)
        self.assertTrue(3 <= values["jvm/fd_count"] <= values["jvm/fd_limit"])

    def test_lag_is_how_late_the_loop_comes_back(self) -> None:
        self.started()
        self.reactor.advance(1)
        self.late = 0.0425
        self.reactor.advance(1)
        lag = self.root.stat("l5d", "loop_lag_ms").snapshot()
        self.assertEqual((lag.count, lag.min, lag.max), (2, 0, 42))

    def test_the_end_leaves_nothing_behind(self) -> None:
        before = list(gc.callbacks)
        self.started()
        self.assertEqual(len(gc.callbacks), len(before) + 1)
        self.service.stopService()
        self.assertEqual(gc.callbacks, before)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertEqual(self.shown(), {})


def test_collections_are_timed() -> None:
    clock = Clock()
    collection = GcTime(clock.seconds)
    for seconds in (0.5, 0.25):
        collection.on_collection("start", {})
        clock.advance(seconds)
        collection.on_collection("stop", {})
        clock.advance(10)
    assert (collection.seconds, collection.cycles) == (0.75, 2)


def test_descriptors_are_counted() -> None:
    before = open_descriptors()
    reading, writing = os.pipe()
    try:
        assert open_descriptors() == before + 2
    finally:
        os.close(reading)
        os.close(writing)


def test_memory_is_in_bytes() -> None:
    assert resident_bytes() > 2**20
