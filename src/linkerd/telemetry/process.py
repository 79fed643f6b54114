"""What the process itself looks like: age, memory, threads, garbage collection, descriptors, lag.

A scope, a reactor and the time of start come in; gauges under `jvm` (Linkerd's names, which its
dashboards read) and the histogram `l5d/loop_lag_ms` go out. The linker owns the one service.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import threading
from typing import TYPE_CHECKING

from twisted.application.service import Service

from linkerd._typing import override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from linkerd.telemetry.metrics import Registration, Scope

LAG_INTERVAL = 1.0


class ProcessService(Service):
    """Exports the state of the process while it runs.

    `clock` gives monotonic seconds; `started_at` is the start's wall time in seconds since 1970.
    """

    def __init__(
        self,
        root: Scope,
        reactor: IReactorTime,
        clock: Callable[[], float],
        started_at: float,
    ) -> None:
        self._scope = root.scope("jvm")
        self._lag = root.stat("l5d", "loop_lag_ms")
        self._reactor = reactor
        self._clock = clock
        self._started = clock()
        self._started_at = started_at
        self._registrations: list[Registration] = []
        self._beat: IDelayedCall | None = None
        self._collection = GcTime(clock)

    @override
    def startService(self) -> None:
        """Begin to export and to watch."""
        Service.startService(self)
        gc.callbacks.append(self._collection.on_collection)
        gauges: dict[tuple[str, ...], Callable[[], float]] = {
            ("uptime",): self.uptime_ms,
            ("start_time",): lambda: self._started_at * 1000,
            ("num_cpus",): lambda: os.cpu_count() or 1,
            ("mem", "current", "used"): resident_bytes,
            ("thread", "count"): threading.active_count,
            ("gc", "msec"): lambda: self._collection.seconds * 1000,
            ("gc", "cycles"): lambda: self._collection.cycles,
            ("fd_count",): open_descriptors,
            ("fd_limit",): descriptor_limit,
        }
        self._registrations = [self._scope.gauge(*names, read=gauges[names]) for names in gauges]
        self._wait()

    @override
    def stopService(self) -> None:
        """Export and watch no more."""
        Service.stopService(self)
        if self._collection.on_collection in gc.callbacks:
            gc.callbacks.remove(self._collection.on_collection)
        for registration in self._registrations:
            registration.close()
        self._registrations = []
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def uptime_ms(self) -> float:
        """Give the milliseconds since the service was made."""
        return (self._clock() - self._started) * 1000

    def _wait(self) -> None:
        due = self._clock() + LAG_INTERVAL
        self._beat = self._reactor.callLater(LAG_INTERVAL, self._note_lag, due)

    def _note_lag(self, due: float) -> None:
        self._lag.add(int((self._clock() - due) * 1000))
        self._wait()


class GcTime:
    """Adds up what the garbage collector takes; `on_collection` is a `gc.callbacks` entry."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = 0.0
        self.seconds = 0.0
        self.cycles = 0

    def on_collection(self, phase: str, info: Mapping[str, int]) -> None:
        """Note the begin or the end of one collection."""
        if phase == "start":
            self._began = self._clock()
        else:
            self.seconds += self._clock() - self._began
            self.cycles += 1


def resident_bytes() -> float:
    """Give the memory in use now; where the system does not tell, the most ever used."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return float(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def open_descriptors() -> float:
    """Give the number of open file descriptors."""
    for directory in ("/proc/self/fd", "/dev/fd"):
        try:
            # Listing takes a descriptor of its own.
            return len(os.listdir(directory)) - 1
        except OSError:
            continue
    return 0


def descriptor_limit() -> float:
    """Give the number of file descriptors the process may open."""
    return float(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


__all__ = ["GcTime", "ProcessService", "descriptor_limit", "open_descriptors", "resident_bytes"]
