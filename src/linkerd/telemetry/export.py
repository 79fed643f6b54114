"""What an exporter sees of a metric: its value now, or nothing.

Metrics of the tree come in; plain numbers and summaries go out. An export never fails because one
function behind a gauge does: that metric is left out, and the log says so once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from linkerd.telemetry.counter import Counter
from linkerd.telemetry.stat import Stat

if TYPE_CHECKING:
    from linkerd.telemetry.metrics import CounterReading, Gauge, Metric
    from linkerd.telemetry.summary import Summary

_log = Logger()


def value_of(metric: Metric) -> int | float | Summary | None:
    """Give a counter's int, a gauge's float or a stat's last summary; None if there is none."""
    if isinstance(metric, Counter):
        return metric.value
    if isinstance(metric, Stat):
        return metric.summary
    return _read(metric)


def _read(metric: Gauge | CounterReading) -> int | float | None:
    try:
        return metric.read()
    except Exception:
        if not metric.broken:
            metric.broken = True
            _log.failure("A metric cannot be read and is left out of all exports")
        return None


__all__ = ["value_of"]
