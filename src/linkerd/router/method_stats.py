"""What is counted of the calls of each method of a service. HOT.

In come calls that are over; out go numbers below `service/<name>/method/<method>`. Names of methods
come from clients: beyond `MAX_METHODS` of a service all others are counted together. Owned by the
service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkerd.router.service import Service
    from linkerd.telemetry.metrics import Scope

MAX_METHODS = 100
OTHERS = "(others)"


class MethodStats:
    """Successes, failures and latency of one method, to the whole answer."""

    __slots__ = ("failures", "latency", "success")

    def __init__(self, scope: Scope) -> None:
        self.success = 0
        self.failures = 0
        self.latency = scope.stat("request_latency_ms")
        scope.count_of("requests", read=lambda: self.success + self.failures)
        scope.count_of("success", read=lambda: self.success)
        scope.count_of("failures", read=lambda: self.failures)

    def done(self, good: bool, elapsed_ms: int) -> None:
        """Note a call that is over."""
        if good:
            self.success += 1
        else:
            self.failures += 1
        self.latency.add(elapsed_ms)


def method_stats(service: Service, name: bytes) -> MethodStats:
    """The numbers of a method that the service has not seen yet."""
    methods = service.methods
    if len(methods) < MAX_METHODS:
        shown = name.decode("utf-8", "backslashreplace")
        stats = methods[name] = MethodStats(service.scope.scope("method", shown))
        return stats
    others = methods.get(b"")
    if others is None:
        others = methods[b""] = MethodStats(service.scope.scope("method", OTHERS))
    return others


__all__ = ["MAX_METHODS", "OTHERS", "MethodStats", "method_stats"]
