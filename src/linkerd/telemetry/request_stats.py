"""What is counted of every request in one scope: a server, a service, a client, or a pair of those.

The router calls `begin` and one of the endings; outcomes come in as plain facts (good or bad,
milliseconds, names of errors). The numbers are kept as fields, and what follows from others is
derived when somebody reads them: a good request costs one addition each for success, pending and
latency. Names are those of Finagle's StatsFilter and Linkerd's StatusCodeStatsFilter.

HOT: `RequestStats`, `StatusCount` and `StatusStats` compile as they stand; `export` and `_first_*`
are slow paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkerd.telemetry.counter import Counter
    from linkerd.telemetry.metrics import Scope
    from linkerd.telemetry.stat import Stat

# What dashboards made for Linkerd 1 look for.
CLASSIFIED_FAILURE = "com.twitter.finagle.service.ResponseClassificationSyntheticException"
CHANNEL_CLOSED = "com.twitter.finagle.ChannelClosedException"
CONNECTION_FAILED = "com.twitter.finagle.ConnectionFailedException"
FAILED_FAST = "com.twitter.finagle.FailedFastException"
REQUEST_TIMEOUT = "com.twitter.finagle.IndividualRequestTimeoutException"
TOTAL_TIMEOUT = "com.twitter.finagle.GlobalRequestTimeoutException"
NO_BROKERS = "com.twitter.finagle.naming.buoyant.RichNoBrokersAvailableException"
FAILURE = "com.twitter.finagle.Failure"
UNIDENTIFIED = "io.buoyant.router.RoutingFactory$UnknownDst"
CANCELLED = "com.twitter.finagle.CancelledRequestException"

CLASSES = 10
"""Status codes have three digits: classes 0 to 9, of which 0 stands for `error`."""


class RequestStats:
    """Requests, successes, failures, pending and latency of one scope.

    `ignored` are requests that the classifier leaves out of success and failure, `classified` those
    that it calls failures, `failed` those that ended in an error.
    """

    __slots__ = (
        "_counters",
        "classified",
        "failed",
        "ignored",
        "latency",
        "pending",
        "scope",
        "success",
    )

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.pending = 0
        self.success = 0
        self.classified = 0
        self.failed = 0
        self.ignored = 0
        self.latency = scope.stat("request_latency_ms")
        self._counters: dict[tuple[str, ...], Counter] = {}
        self.export(scope)

    def export(self, scope: Scope) -> None:
        """Make the numbers visible in the scope."""
        scope.count_of("requests", read=lambda: self.success + self.failures() + self.ignored)
        scope.count_of("success", read=lambda: self.success)
        scope.count_of("failures", read=self.failures)
        scope.gauge("pending", read=lambda: self.pending)

    def failures(self) -> int:
        """Give the number of failures of both kinds."""
        return self.classified + self.failed

    def begin(self) -> None:
        """Note that a request is under way; exactly one of the endings below has to follow."""
        self.pending += 1

    def done(self, good: bool, elapsed_ms: int) -> None:
        """Note a response; `good` is the classifier's verdict."""
        self.pending -= 1
        if good:
            self.success += 1
        else:
            if self.classified == 0:
                self._first_classified()
            self.classified += 1
        self.latency.add(elapsed_ms)

    def abandoned(self) -> None:
        """Note that nobody waits for the request any more: it counts nowhere."""
        self.pending -= 1

    def ignore(self) -> None:
        """Note a response that the classifier calls neither good nor bad."""
        self.pending -= 1
        self.ignored += 1

    def failed_with(
        self,
        causes: tuple[str, ...],
        elapsed_ms: int,
        flags: tuple[str, ...] = (),
        source: str = "",
    ) -> None:
        """Note a request that ended in an error.

        `causes` names the error's class, its cause's class and so on (`CHANNEL_CLOSED`, ...);
        `flags` are Finagle's failure flags (`rejected`, `restartable`, ...), `source` is who caused
        it. `failures/[<flag>/]<cause>/<cause>` counts at every level, once for each flag.
        """
        self.pending -= 1
        self.failed += 1
        self.latency.add(elapsed_ms)
        for flag in flags:
            self._count("failures", flag)
            self._count_levels(("failures", flag), causes)
        if not flags:
            self._count_levels(("failures",), causes)
        if source:
            self._count("sourcedfailures", source)
            self._count_levels(("sourcedfailures", source), causes)

    def _count_levels(self, prefix: tuple[str, ...], causes: tuple[str, ...]) -> None:
        for depth in range(1, len(causes) + 1):
            self._count(*prefix, *causes[:depth])

    def _count(self, *names: str) -> None:
        counter = self._counters.get(names)
        if counter is None:
            counter = self._counters[names] = self.scope.counter(*names)
        counter.value += 1

    def _first_classified(self) -> None:
        self.scope.count_of("failures", CLASSIFIED_FAILURE, read=lambda: self.classified)


class StatusCount:
    """Responses of one status code, and the latency of its class."""

    __slots__ = ("count", "time")

    def __init__(self, time: Stat) -> None:
        self.count = 0
        self.time = time


class Statuses:
    """The base counts nothing: the protocol has no status codes."""

    __slots__ = ()

    def done(self, code: int, elapsed_ms: int) -> None:
        """Note a response with that status code (three digits)."""

    def failed(self, elapsed_ms: int) -> None:
        """Note a request that ended in an error instead of a response."""


NO_STATUSES = Statuses()


class StatusStats(Statuses):
    """Responses by status code and by class of status codes; `time/...` is in milliseconds."""

    __slots__ = ("classes", "codes", "errors", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.codes: dict[int, StatusCount] = {}
        self.classes: list[list[StatusCount]] = [[] for _ in range(CLASSES)]
        self.errors: StatusCount | None = None

    def done(self, code: int, elapsed_ms: int) -> None:
        try:
            status = self.codes[code]
        except KeyError:
            status = self._first_of(code)
        status.count += 1
        status.time.add(elapsed_ms)

    def failed(self, elapsed_ms: int) -> None:
        errors = self.errors
        if errors is None:
            errors = self._first_error()
        errors.count += 1
        errors.time.add(elapsed_ms)

    def _first_of(self, code: int) -> StatusCount:
        family = self.classes[code // 100 % CLASSES]
        name = f"{code // 100}XX"
        status = StatusCount(self.scope.stat("time", name))
        self.scope.count_of("status", str(code), read=lambda: status.count)
        if not family:
            self.scope.count_of("status", name, read=lambda: sum([one.count for one in family]))
        family.append(status)
        self.codes[code] = status
        return status

    def _first_error(self) -> StatusCount:
        errors = self.errors = StatusCount(self.scope.stat("time", "error"))
        self.scope.count_of("status", "error", read=lambda: errors.count)
        return errors


__all__ = [
    "CANCELLED",
    "CHANNEL_CLOSED",
    "CLASSIFIED_FAILURE",
    "CONNECTION_FAILED",
    "FAILED_FAST",
    "FAILURE",
    "NO_BROKERS",
    "NO_STATUSES",
    "REQUEST_TIMEOUT",
    "TOTAL_TIMEOUT",
    "UNIDENTIFIED",
    "RequestStats",
    "StatusStats",
    "Statuses",
]
