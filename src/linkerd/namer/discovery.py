"""How a watched thing fares: the one state machine of all namers.

In: facts of a watcher (begun, a good value, a failure, ended). Out: an `Activity` for whoever
resolves names, a record for the admin page, numbers for the metrics. Pure but for the clock it is
handed.

    pending ──ok──▶ ok ◀──ok── stale        A failure after a good value makes it stale: the last
       │            └──failure──▲           good value stays in effect, and age and reason are
       └─failure─▶ failed ──ok──▶ ok        told. A failure before any good value is an answer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from linkerd.logger import make_logger
from linkerd.name.activity import Failed, Ok, Pending, Source, State
from linkerd.name.addr import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.telemetry.metrics import Scope

T = TypeVar("T")

log = make_logger()

PENDING, OK, STALE, FAILED = "pending", "ok", "stale", "failed"

LOOKUP_FAILED = "L5D-1105"


class Tally:
    """All discoveries of one namer that are under way, and their metrics.

    `scope` gets counters `updates` and `failures` and gauges `watched`, `pending`, `stale`,
    `failed` and `stale_ms` (the age of the oldest stale value). The log is told when the first of
    them becomes stale, and when none is any more.
    """

    def __init__(self, clock: Callable[[], float], wall: Callable[[], float], scope: Scope) -> None:
        self.clock = clock
        self.wall = wall
        self.updates = scope.counter("updates")
        self.failures = scope.counter("failures")
        self.running: dict[Discovery[Any], None] = {}
        self._name = "/".join(scope.labels())
        self._warned = False
        self._gauges = [
            scope.gauge("watched", read=self._watched),
            scope.gauge("stale_ms", read=self._stale_ms),
            scope.gauge(PENDING, read=_Phase(self, PENDING).count),
            scope.gauge(STALE, read=_Phase(self, STALE).count),
            scope.gauge(FAILED, read=_Phase(self, FAILED).count),
        ]

    def _watched(self) -> float:
        return len(self.running)

    def _stale_ms(self) -> float:
        now = self.clock()
        return max((1000.0 * (now - d.since) for d in self.running if d.phase == STALE), default=0)

    def turned(self, why: str) -> None:
        """One of them has become stale for a reason, or has ceased to be ("")."""
        stale = bool(why) or any(each.phase == STALE for each in self.running)
        if stale and not self._warned:
            log.warn(
                "{name} is stale, its last good answers stay in use: {why}",
                name=self._name,
                why=why,
            )
        elif self._warned and not stale:
            log.info("{name} is up to date again", name=self._name)
        self._warned = stale

    def text(self, at: float | None) -> str | None:
        """Write a time of the monotonic clock as Linkerd writes times."""
        if at is None:
            return None
        moment = datetime.fromtimestamp(self.wall() - (self.clock() - at), UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S %z")

    def close(self) -> None:
        """Take the gauges off the metrics tree."""
        for gauge in self._gauges:
            gauge.close()
        self._gauges = []


class _Phase:
    """Counts the discoveries in one phase."""

    def __init__(self, tally: Tally, phase: str) -> None:
        self.tally = tally
        self.phase = phase

    def count(self) -> float:
        return sum(1 for each in self.tally.running if each.phase == self.phase)


class Discovery(Generic[T]):
    """One watched thing.

    `state` is what others observe; the hooks are told when its first observer comes and its last
    one goes, which is when watching begins and ends. `value` is the last good one.
    """

    def __init__(
        self,
        tally: Tally,
        on_first: Callable[[], None] | None = None,
        on_last: Callable[[], None] | None = None,
    ) -> None:
        self.tally = tally
        self.state: Source[State[T]] = Source(Pending(), on_first, on_last)
        self.phase = PENDING
        self.value: T | None = None
        self.why = ""
        self.since = tally.clock()
        self._started: float | None = None
        self._stopped: float | None = None
        self._updated: float | None = None

    @property
    def running(self) -> bool:
        """Whether somebody watches."""
        return self in self.tally.running

    def begin(self) -> None:
        """Watching begins: nothing is known yet."""
        self.tally.running[self] = None
        self._started = self.tally.clock()
        self._enter(PENDING, "")
        self.value = None
        self.state.set(Pending())

    def end(self) -> None:
        """Watching ends; what was known is kept for the record only."""
        self.tally.running.pop(self, None)
        self._stopped = self.tally.clock()
        if self.phase == STALE:
            self.tally.turned("")

    def ok(self, value: T, doubt: str = "") -> None:
        """The registry gave a good value; with a `doubt` it may be an old one."""
        if not self.running:
            return
        if self.phase in (PENDING, FAILED) or value != self.value:
            self._updated = self.tally.clock()
            self.tally.updates.value += 1
        self.value = value
        self._enter(STALE if doubt else OK, doubt)
        self.state.set(Ok(value))

    def failed(self, why: str, code: str = LOOKUP_FAILED) -> None:
        """The registry gave none: keep the last good value, or fail if there never was one."""
        if not self.running:
            return
        self.tally.failures.value += 1
        if self.phase in (OK, STALE):
            self._enter(STALE, why)
        else:
            self._enter(FAILED, why)
            self.state.set(Failed(why, code))

    def standing(self) -> Standing:
        """Tell how it fares, for explanations."""
        return Standing(self.phase, self.tally.clock() - self.since, self.why)

    def _enter(self, phase: str, why: str) -> None:
        before = self.phase
        self.why = why
        if phase != before:
            self.phase = phase
            self.since = self.tally.clock()
            if STALE in (before, phase):
                self.tally.turned(why)

    def record(self, value: Any) -> dict[str, Any]:
        """Write Linkerd's record of a watched state, and ours: phase, since when, why.

        `value` is the JSON form of the last good value.
        """
        text = self.tally.text
        return {
            "state": {
                "running": self.running,
                "lastStartedAt": text(self._started),
                "lastStoppedAt": text(self._stopped),
                "lastUpdatedAt": text(self._updated),
                "value": value,
            },
            "phase": self.phase,
            "stale since": text(self.since) if self.phase == STALE else None,
            "error": self.why or None,
        }


__all__ = ["FAILED", "LOOKUP_FAILED", "OK", "PENDING", "STALE", "Discovery", "Tally"]
