from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.memory import MemoryNetwork
from tests.support.runtime import START, make_runtime
from twisted.internet import defer
from twisted.python.threadpool import ThreadPool
from twisted.trial.unittest import SynchronousTestCase

from linkerd.router.access_log import AccessLog, facts, line, shown
from linkerd.wire.http1 import Limits, RequestHead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time zone of the log's dates."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def head_of(*fields: bytes, first: bytes = b"GET /a?b=c HTTP/1.1") -> RequestHead:
    head = RequestHead()
    data = b"\r\n".join([first, *fields, b"", b""])
    assert head.scan(data, 0, Limits()) == len(data)
    return head


def test_a_line_is_linkerds() -> None:
    head = head_of(b"Host: web", b"Referer: http://a/", b"User-Agent: curl/8 (x)")
    assert line(*facts(START, head, "10.0.0.1", 200, 17)) == (
        'web 10.0.0.1 - - [01/01/2019:12:00:00 UTC] "GET /a?b=c HTTP/1.1" 200 17 '
        '"http://a/" "curl/8 (x)"\n'
    )


def test_what_is_not_there_is_a_dash() -> None:
    head = head_of(first=b"HEAD / HTTP/1.0")
    assert line(*facts(START, head, "10.0.0.1", 503, -1)) == (
        '- 10.0.0.1 - - [01/01/2019:12:00:00 UTC] "HEAD / HTTP/1.0" 503 - "-" "-"\n'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"", "-"),
        (b'a"b', "a\\x22b"),
        (b"a\\b", "a\\x5cb"),
        (b"\xe9t\xe9", "été"),
        (b"a\tb", "a\\x09b"),
        (b"\x9b1m\x85", "\\x9b1m\\x85"),
    ],
)
def test_nothing_ends_the_line_or_its_quotes(value: bytes, text: str) -> None:
    assert shown(value) == text


class AtOnce(ThreadPool):
    """Runs what it is given at once, in the caller's thread."""

    def callInThreadWithCallback(
        self,
        onResult: Any,  # noqa: N803
        func: Any,
        *args: Any,
        **kw: Any,
    ) -> None:
        try:
            result = func(*args, **kw)
        except Exception:
            from twisted.python.failure import Failure

            onResult(False, Failure())
        else:
            onResult(True, result)


class Writing(SynchronousTestCase):
    def setUp(self) -> None:
        self.network = MemoryNetwork()
        clock: Any = self.network.clock
        clock.getThreadPool = lambda: AtOnce()
        clock.callFromThread = call_at_once
        self.runtime = make_runtime(self.network)

    def log(self, path: str, append: bool = True) -> AccessLog:
        log = AccessLog(self.runtime, path, append)
        log.startService()
        return log

    def note(self, log: AccessLog, count: int = 1) -> None:
        for _ in range(count):
            log.note(head_of(b"Host: web"), "127.0.0.1", 200, 2)

    def stop(self, log: AccessLog) -> None:
        self.successResultOf(defer.Deferred.fromCoroutine(log.stopService()))

    def test_lines_are_written_in_batches(self) -> None:
        path = self.mktemp()
        log = self.log(path)
        self.note(log, 3)
        self.assertEqual(lines_of(path), 0)
        self.network.clock.advance(0.3)
        self.assertEqual(lines_of(path), 3)
        self.note(log)
        self.network.clock.advance(0.3)
        self.assertEqual(lines_of(path), 4)
        self.stop(log)
        self.assertEqual(self.network.clock.getDelayedCalls(), [])

    def test_the_rest_is_written_at_the_end(self) -> None:
        path = self.mktemp()
        log = self.log(path)
        self.note(log, 2)
        self.stop(log)
        self.assertEqual(lines_of(path), 2)

    def test_a_file_is_continued_or_emptied(self) -> None:
        path = self.mktemp()
        for append, expected in ((True, 1), (True, 2), (False, 1)):
            log = self.log(path, append)
            self.note(log)
            self.stop(log)
            self.assertEqual(lines_of(path), expected)

    def test_a_full_disk_costs_lines_and_nothing_else(self) -> None:
        log = self.log("/dev/full")
        self.note(log, 2)
        self.network.clock.advance(0.3)
        self.assertEqual(log.dropped.value, 2)
        self.assertEqual(log.lines, [])
        self.note(log)
        self.stop(log)

    def test_lines_that_nobody_writes_are_bounded(self) -> None:
        import linkerd.router.access_log as module

        self.patch(module, "MOST", 2)
        log = AccessLog(self.runtime, "-")
        self.note(log, 5)
        self.assertEqual((len(log.lines), log.dropped.value), (2, 3))

    def test_standard_output_stays_open(self) -> None:
        import sys

        out = io.StringIO()
        self.patch(sys, "stdout", out)
        log = self.log("-")
        self.note(log)
        self.stop(log)
        self.assertFalse(out.closed)
        self.assertEqual(out.getvalue().count("\n"), 1)


def call_at_once(work: Callable[..., object], *args: object) -> None:
    work(*args)


def lines_of(path: str | Path) -> int:
    with open(path, encoding="utf-8") as file:
        return len(file.readlines())
