"""Where log events go when the `linkerd` command runs the proxy: lines in the manner of Linkerd.

In come events of twisted.logger, out go lines on a stream. Under twistd its own options apply.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
    globalLogBeginner,
)
from txaio.tx import set_global_log_level
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.logger import LogEvent

LEVELS = {
    "OFF": None,
    "FATAL": LogLevel.critical,
    "CRITICAL": LogLevel.critical,
    "ERROR": LogLevel.error,
    "WARNING": LogLevel.warn,
    "INFO": LogLevel.info,
    "DEBUG": LogLevel.debug,
    "TRACE": LogLevel.debug,
    "ALL": LogLevel.debug,
}

LETTERS = {"debug": "D", "info": "I", "warn": "W", "error": "E", "critical": "E"}


def log_to(stream: TextIO, level: str) -> None:
    """Begin to log. `level` is one of Linkerd's words."""
    threshold = LEVELS[level.upper()]
    observers = []
    if threshold is not None:
        predicate = LogLevelFilterPredicate(defaultLogLevel=threshold)
        observers.append(FilteringLogObserver(Lines(stream), [predicate]))
    if threshold == LogLevel.debug:
        # Without this a logger makes no debug events at all.
        set_global_log_level("debug")
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)


@implementer(ILogObserver)
class Lines:
    """Writes events as lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: LogEvent) -> None:
        """Write one event."""
        self._stream.write(line(event))
        self._stream.flush()


def line(event: LogEvent) -> str:
    """`I 1123 14:22:05.123 UTC linkerd.client.client: text`, one line (and a traceback's own)."""
    when = event.get("log_time", 0.0)
    local = time.localtime(when)
    stamp = time.strftime("%m%d %H:%M:%S", local) + f".{int(when * 1000) % 1000:03d}"
    zone = time.strftime("%Z", local)
    letter = LETTERS.get(event["log_level"].name, "U")
    text = formatEvent(event).rstrip("\n")
    failure = event.get("log_failure")
    if failure is not None and "Traceback" not in text:
        text += "\n" + failure.getTraceback().rstrip("\n")
    return f"{letter} {stamp} {zone} {event.get('log_namespace', '-')}: {text}\n"
