"""The numbers a page shows of a server, service or client, read from the metrics tree.

A scope comes in, `Numbers` go out; and texts for people of numbers and times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from linkerd.telemetry.export import value_of
from linkerd.telemetry.summary import Summary

if TYPE_CHECKING:
    from linkerd.telemetry.metrics import Scope

DASH = "\N{EN DASH}"


@attrs.frozen
class Numbers:
    """Requests since the start, in flight, and the latency (ms) of the last full minute."""

    requests: int = 0
    success: int = 0
    failures: int = 0
    pending: int = 0
    retries: int = 0
    p50: int | None = None
    p99: int | None = None

    def success_rate(self) -> float | None:
        """Give the share of successes among what was judged, 0 to 1; None if nothing was."""
        judged = self.success + self.failures
        return self.success / judged if judged else None


def numbers_of(scope: Scope | None) -> Numbers:
    """Read the request metrics of a scope; what is not there is zero."""
    if scope is None:
        return Numbers()
    latency = summary_of(scope, "request_latency_ms")
    return Numbers(
        requests=count(scope, "requests"),
        success=count(scope, "success"),
        failures=count(scope, "failures"),
        pending=count(scope, "pending"),
        retries=count(scope, "retries", "total") + count(scope, "retries", "requeues"),
        p50=latency.p50 if latency else None,
        p99=latency.p99 if latency else None,
    )


def count(scope: Scope, *names: str) -> int:
    """Read a counter or gauge as a whole number, 0 if there is none."""
    node = scope.find(*names)
    value = value_of(node.metric) if node is not None and node.metric is not None else None
    return int(value) if isinstance(value, (int, float)) else 0


def summary_of(scope: Scope, *names: str) -> Summary | None:
    """Read the last interval of a stat, None if there was none or it was empty."""
    node = scope.find(*names)
    value = value_of(node.metric) if node is not None and node.metric is not None else None
    return value if isinstance(value, Summary) and value.count else None


def show_rate(rate: float | None) -> str:
    """Show a share as per cent; 100 % only if it is all of them."""
    if rate is None:
        return DASH
    if rate == 1.0:
        return "100 %"
    return f"{min(rate * 100, 99.99):.2f} %"


def show_ms(milliseconds: float | None) -> str:
    """Show a latency."""
    return DASH if milliseconds is None else f"{milliseconds:,.0f} ms"


def show_age(seconds: float) -> str:
    """Show a duration by its two largest units."""
    whole = int(seconds)
    for unit, small, length, part in (
        ("d", "h", 86400, 3600),
        ("h", "min", 3600, 60),
        ("min", "s", 60, 1),
    ):
        if whole >= length:
            return f"{whole // length} {unit} {whole % length // part} {small}"
    return f"{whole} s"


def show_short(seconds: float) -> str:
    """Show a time to wait: tenths of a second count up to ten seconds."""
    return f"{seconds:.1f} s" if seconds < 10.0 else show_age(seconds)


def timestamp(seconds: float) -> str:
    """Write a moment, in seconds since 1970, as RFC 3339 has it: `2026-01-31T12:34:56.789Z`."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def show_bytes(number: float) -> str:
    """Show an amount of memory."""
    return f"{number / 2**20:,.1f} MiB"


__all__ = [
    "DASH",
    "Numbers",
    "count",
    "numbers_of",
    "show_age",
    "show_bytes",
    "show_ms",
    "show_rate",
    "show_short",
    "summary_of",
    "timestamp",
]
