"""The access log: one line for each answer of an endpoint, in Linkerd's format.

In come facts, appended to a list on the data path; out go lines, formatted and written in batches
on a thread, so that a slow disk stalls no request. Owned by the router that it belongs to.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from twisted.application import service
from twisted.internet import defer, threads
from twisted.logger import LoggingFile

from linkerd._typing import override
from linkerd.logger import make_logger

if TYPE_CHECKING:
    from linkerd.runtime import Runtime
    from linkerd.wire.http1 import RequestHead

FLUSH_S = 0.25
# Beyond this many unwritten lines new ones are dropped and counted: a full disk must not eat
# memory.
MOST = 100_000

REFERER = re.compile(rb"\nreferer:([^\r]*)", re.IGNORECASE)
USER_AGENT = re.compile(rb"\nuser-agent:([^\r]*)", re.IGNORECASE)

# When, host, method, target, version, fields, peer, status, length: what `line` is made from.
Facts: TypeAlias = tuple[float, bytes, bytes, bytes, int, bytes, str, int, int]

log = make_logger()


class AccessLog(service.Service):
    """A log file (`-` is standard output). `dropped` counts lines that could not be kept."""

    def __init__(self, runtime: Runtime, path: str, append: bool = True) -> None:
        self.runtime = runtime
        self.path = path
        self.append = append
        self.lines: list[Facts] = []
        self.wall = runtime.wall
        self.dropped = runtime.metrics.counter("access_log", "dropped")
        self._file: Any = None
        self._call: Any = None
        self._writing: defer.Deferred[None] | None = None

    def note(self, head: RequestHead, peer: str, status: int, length: int) -> None:
        """Keep what a line needs; `length` is the answer's Content-Length or -1."""
        lines = self.lines
        if len(lines) < MOST:
            lines.append(facts(self.wall(), head, peer, status, length))
        else:
            self.dropped.value += 1

    @override
    def startService(self) -> None:
        """Open the file. Raises OSError if it cannot be written."""
        service.Service.startService(self)
        if self.path != "-":
            mode = "a" if self.append else "w"
            self._file = FilePath(self.path).open(mode, encoding="utf-8")  # noqa: SIM115
        else:
            self._file = standard_output()
        self._call = self.runtime.reactor.callLater(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Write what there is, then come again."""
        self._call = None
        batch = self.lines
        if batch:
            self.lines = []
            self._writing = threads.deferToThreadPool(
                self.runtime.reactor, self.runtime.reactor.getThreadPool(), self.write, batch
            )
            self._writing.addErrback(self.failed, len(batch))
            self._writing.addCallback(self.written)
        else:
            self.written(None)

    def written(self, _: None) -> None:
        """The batch is on its way; look for the next one in a moment."""
        self._writing = None
        if self.running:
            self._call = self.runtime.reactor.callLater(FLUSH_S, self.flush)

    def failed(self, failure: Any, lines: int) -> None:
        """The disk refused a batch."""
        self.dropped.value += lines
        log.error("cannot write {path}: {why}", path=self.path, why=failure.getErrorMessage())

    def write(self, batch: list[Facts]) -> None:
        """Format and write; runs on a thread."""
        if self._file is not None:
            self._file.write("".join([line(*facts) for facts in batch]))
            self._file.flush()

    @override
    async def stopService(self) -> None:
        """Write the rest and close."""
        service.Service.stopService(self)
        if self._call is not None:
            self._call.cancel()
        if self._writing is not None:
            await self._writing
        try:
            self.write(self.lines)
            if self._file is not None and self.path != "-":
                self._file.close()
        except OSError as error:
            log.error("cannot write {path}: {why}", path=self.path, why=str(error))
        self.lines = []


def standard_output() -> TextIO:
    """Standard output itself, in whose place twistd puts its log."""
    if isinstance(sys.stdout, LoggingFile) and sys.__stdout__ is not None:
        return sys.__stdout__
    return sys.stdout


def facts(when: float, head: RequestHead, peer: str, status: int, length: int) -> Facts:
    """What a line needs of a request, copied: the head's bytes may be a large read with a body."""
    fields = head.raw[head.first - 1 : head.end]
    return when, head.host, head.method, head.target, head.version, fields, peer, status, length


def line(
    when: float,
    host: bytes,
    method: bytes,
    target: bytes,
    version: int,
    fields: bytes,
    peer: str,
    status: int,
    length: int,
) -> str:
    """One line: host, client, time, request line, status, length, referer, user agent."""
    stamp = time.strftime("%d/%m/%Y:%H:%M:%S %Z", time.localtime(when))
    spoken = "1.0" if version == 10 else "1.1"
    return (
        f"{shown(host)} {peer} - - [{stamp}] "
        f'"{shown(method)} {shown(target)} HTTP/{spoken}" {status} '
        f"{length if length >= 0 else '-'} "
        f'"{shown(field(fields, REFERER))}" "{shown(field(fields, USER_AGENT))}"\n'
    )


def field(fields: bytes, name: re.Pattern[bytes]) -> bytes:
    """The first value of a field in a block of fields."""
    found = name.search(fields)
    return found[1].strip(b" \t") if found else b""


def shown(value: bytes) -> str:
    """A value on one line: `-` if empty, and nothing that could end the line or its quotes."""
    if not value:
        return "-"
    text = value.decode("latin-1")
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(c if c.isprintable() and c not in '"\\' else f"\\x{ord(c):02x}" for c in text)
