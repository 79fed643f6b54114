"""The access log: one line for each answer. HOT.

In come exchanges, of which facts are appended to a list on the data path; out go lines, formatted
and written in batches on a thread, so that a slow disk stalls no request. A log that cannot be
written says so once and counts the lines that are lost. Owned by the router that it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application import service
from twisted.internet import defer, threads

from linkerd._typing import override
from linkerd.logger import make_logger
from linkerd.router.access_log_file import LogFile, Outcome, Sink, StandardOutput
from linkerd.router.access_log_format import (
    CLIENT_GONE,
    CombinedFormat,
    CommonFormat,
    Facts,
    Format,
    LinkerdFormat,
)
from linkerd.router.access_log_json import JsonFormat
from linkerd.router.access_log_policy import SIGHUP, RollPolicy

if TYPE_CHECKING:
    from linkerd.balancer.base import Endpoint
    from linkerd.router.beginning import Beginning
    from linkerd.runtime import Runtime

FLUSH_S = 0.25
# Beyond this many unwritten lines new ones are dropped and counted: a full disk must not eat
# memory.
MOST = 100_000
# Said of a request without an answer, as nginx does.
GONE = 499
FORMATS = ("linkerd", "common", "combined", "json")
STANDARD_OUTPUT = "-"

log = make_logger()


class AccessLog(service.Service):
    """A log file (`-` is standard output). `dropped` counts lines that could not be kept."""

    def __init__(
        self,
        runtime: Runtime,
        path: str,
        form: Format,
        policy: RollPolicy,
        append: bool = True,
        keep: int = -1,
    ) -> None:
        self.runtime = runtime
        self.path = path
        self.form = form
        self.capture = form.capture
        self.errors = form.errors
        self.policy = policy
        self.append = append
        self.lines: list[Facts] = []
        self.wall = runtime.wall
        self.dropped = runtime.metrics.counter("access_log", "dropped")
        self.sink: Sink = StandardOutput()
        if path != STANDARD_OUTPUT:
            self.sink = LogFile(path, policy, keep)
        self.failing = False
        self._again = False
        self._call: Any = None
        self._writing: defer.Deferred[None] | None = None

    # -- the data path

    def note(self, exchange: Beginning, endpoint: Endpoint | None, now: float) -> None:
        """Keep what a line about an answer of an endpoint needs."""
        lines = self.lines
        if len(lines) < MOST:
            lines.append(self.capture(exchange, endpoint, self.wall(), now, ""))
        else:
            self.dropped.value += 1

    def note_error(
        self, exchange: Beginning, endpoint: Endpoint | None, now: float, code: str
    ) -> None:
        """The same of an answer that ended in an error of ours."""
        if len(self.lines) < MOST:
            self.lines.append(self.capture(exchange, endpoint, self.wall(), now, code))
        else:
            self.dropped.value += 1

    def note_gone(self, exchange: Beginning, now: float) -> None:
        """The same of a request that nobody waits for any more, where errors have lines."""
        if self.errors:
            exchange.answered_status = GONE
            exchange.length = 0
            self.note_error(exchange, exchange.endpoint, now, CLIENT_GONE)

    # -- the file

    @override
    def startService(self) -> None:
        """Open the file, before the ports open. Raises OSError if it cannot be written."""
        service.Service.startService(self)
        self.sink.open(self.append, self.wall())
        self._call = self.runtime.reactor.callLater(FLUSH_S, self.flush)

    def hung_up(self) -> None:
        """SIGHUP: with that policy, leave the file to logrotate and begin a new one at once."""
        if self.policy.kind != SIGHUP or not self.running:
            return
        self._again = True
        if self._call is not None:
            self._call.cancel()
            self.flush()

    def flush(self) -> None:
        """Write what there is, then come again."""
        self._call = None
        if self.lines or self._again:
            self._writing = self.write()
            self._writing.addCallback(self.written)
        else:
            self.come_again()

    def write(self) -> defer.Deferred[None]:
        """Have the lines that wait formatted and written, on a thread."""
        batch, again = self.lines, self._again
        self.lines = []
        self._again = False
        reactor = self.runtime.reactor
        writing = threads.deferToThreadPool(
            reactor, reactor.getThreadPool(), self.write_batch, batch, again
        )
        writing.addErrback(self.failed, len(batch))
        return writing.addCallback(self.judge)

    def write_batch(self, batch: list[Facts], again: bool) -> Outcome:
        """Format and write; runs on a thread."""
        line = self.form.line
        return self.sink.write([(facts[0], line(facts).encode("utf-8")) for facts in batch], again)

    def failed(self, failure: Any, lines: int) -> Outcome:
        """Something other than the disk refused a batch."""
        return Outcome(lines, failure.getErrorMessage())

    def judge(self, outcome: Outcome) -> None:
        """Count what was lost; say once that there is trouble, and when it is over."""
        self.dropped.value += outcome.lost
        if outcome.trouble and not self.failing:
            log.error("cannot write {path}: {why}", path=self.path, why=outcome.trouble)
        elif self.failing and not outcome.trouble:
            log.info("{path} is written again", path=self.path)
        self.failing = bool(outcome.trouble)

    def written(self, _: None) -> None:
        """The batch is on its way; look for the next one in a moment."""
        self._writing = None
        if self._again and self.running:
            self.flush()
        else:
            self.come_again()

    def come_again(self) -> None:
        """Look for lines in a moment."""
        if self.running:
            self._call = self.runtime.reactor.callLater(FLUSH_S, self.flush)

    @override
    async def stopService(self) -> None:
        """Write the rest and close."""
        service.Service.stopService(self)
        if self._call is not None:
            self._call.cancel()
            self._call = None
        if self._writing is not None:
            await self._writing
        if self.lines:
            await self.write()
        self.sink.close()


def format_of(name: str, label: str) -> Format:
    """The format of that name, one of `FORMATS`, for the router of that label."""
    if name == "json":
        return JsonFormat(label)
    if name == "combined":
        return CombinedFormat()
    return CommonFormat() if name == "common" else LinkerdFormat()


__all__ = ["FORMATS", "STANDARD_OUTPUT", "AccessLog", "format_of"]
