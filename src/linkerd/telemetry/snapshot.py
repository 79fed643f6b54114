"""Ends the interval of every histogram once a minute.

The root of the metrics tree and a clock come in. Exports show the last full interval, and nothing
of a histogram before its first one has ended. The linker owns the one service.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from twisted.application.service import Service
from twisted.internet.task import LoopingCall

from linkerd._typing import override
from linkerd.telemetry.stat import Stat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from linkerd.telemetry.metrics import Metric, Scope

INTERVAL = 60.0
SLICE = 200
"""Metrics visited in one go: a few milliseconds at the very most."""


class SnapshotService(Service):
    """Takes the summary of each stat below `root` every `interval` seconds, a slice at a time."""

    def __init__(self, root: Scope, reactor: IReactorTime, interval: float = INTERVAL) -> None:
        self._root = root
        self._reactor = reactor
        self._interval = interval
        self._loop = LoopingCall(self._begin)
        self._loop.clock = reactor
        self._next: IDelayedCall | None = None

    @override
    def startService(self) -> None:
        """Begin the first interval."""
        Service.startService(self)
        self._loop.start(self._interval, now=False)

    @override
    def stopService(self) -> None:
        """Take no more summaries."""
        Service.stopService(self)
        if self._loop.running:
            self._loop.stop()
        self._cancel()

    def _begin(self) -> None:
        self._cancel()
        self._slice(metric for _, metric in self._root.walk())

    def _slice(self, metrics: Iterator[Metric]) -> None:
        self._next = None
        part = list(islice(metrics, SLICE))
        for metric in part:
            if isinstance(metric, Stat):
                metric.snapshot()
        if len(part) == SLICE:
            self._next = self._reactor.callLater(0, self._slice, metrics)

    def _cancel(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None


__all__ = ["INTERVAL", "SnapshotService"]
