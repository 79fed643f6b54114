"""The access log as a service: batches, trouble, hang-ups; and which requests have lines."""

from __future__ import annotations

import io
import json
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.router.playbook import CHUNKED_OK, GET, OK, Playbook, PlaybookCase, post
from tests.router.test_access_log_format import exchange_of, head_of
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime
from tests.support.threads import AtOnce
from twisted.internet import defer
from twisted.logger import LogLevel, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from linkerd.router import access_log as module
from linkerd.router.access_log import FORMATS, AccessLog, format_of
from linkerd.router.access_log_format import CombinedFormat, CommonFormat, LinkerdFormat
from linkerd.router.access_log_json import JsonFormat
from linkerd.router.access_log_policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXCHANGE = exchange_of(head_of(b"Host: web"), 200, 2)


def test_formats_by_name() -> None:
    classes = [type(format_of(name, "in")) for name in FORMATS]
    assert classes == [LinkerdFormat, CommonFormat, CombinedFormat, JsonFormat]


class Writing(SynchronousTestCase):
    def setUp(self) -> None:
        self.network = MemoryNetwork()
        clock: Any = self.network.clock
        clock.getThreadPool = AtOnce
        clock.callFromThread = call_at_once
        self.runtime = make_runtime(self.network)
        self.said: list[tuple[LogLevel, str]] = []
        observer = self.observe
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def observe(self, event: Any) -> None:
        if event.get("log_namespace") == module.__name__:
            self.said.append((event["log_level"], event["log_format"]))

    def log(self, path: str, append: bool = True, policy: str = "never") -> AccessLog:
        log = AccessLog(self.runtime, path, LinkerdFormat(), read_policy(policy), append)
        log.startService()
        return log

    def note(self, log: AccessLog, count: int = 1) -> None:
        for _ in range(count):
            log.note(EXCHANGE, None, 0.0)

    def stop(self, log: AccessLog) -> None:
        self.successResultOf(defer.Deferred.fromCoroutine(log.stopService()))
        self.assertEqual(self.network.clock.getDelayedCalls(), [])

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

    def test_a_full_disk_is_said_once_and_costs_lines_and_nothing_else(self) -> None:
        log = self.log("/dev/full")
        for _ in range(3):
            self.note(log, 2)
            self.network.clock.advance(0.3)
        self.network.clock.advance(0.3)
        self.assertEqual((log.dropped.value, log.lines), (6, []))
        self.assertEqual(self.said, [(LogLevel.error, "cannot write {path}: {why}")])
        log.sink = good = self.log(self.mktemp()).sink
        self.note(log)
        self.network.clock.advance(0.3)
        self.assertEqual(log.dropped.value, 6)
        self.assertEqual(self.said[1:], [(LogLevel.info, "{path} is written again")])
        good.close()

    def test_a_fault_of_ours_costs_lines_too(self) -> None:
        log = self.log(self.mktemp())
        log.lines.append((0.0,))
        self.network.clock.advance(0.3)
        self.assertEqual(log.dropped.value, 1)
        self.note(log)
        self.stop(log)
        self.assertEqual(lines_of(log.path), 1)

    def test_lines_that_nobody_writes_are_bounded(self) -> None:
        self.patch(module, "MOST", 2)
        log = AccessLog(self.runtime, "-", LinkerdFormat(), read_policy("never"))
        self.note(log, 4)
        log.note_error(EXCHANGE, None, 0.0, "L5D-1101")
        self.assertEqual((len(log.lines), log.dropped.value), (2, 3))

    def test_standard_output_stays_open(self) -> None:
        out = io.StringIO()
        self.patch(sys, "stdout", out)
        log = self.log("-")
        self.note(log)
        self.stop(log)
        self.assertFalse(out.closed)
        self.assertEqual(out.getvalue().count("\n"), 1)

    def test_a_hang_up_begins_a_new_file_at_once(self) -> None:
        path = self.mktemp()
        log = self.log(path, policy="sighup")
        self.note(log)
        self.network.clock.advance(0.3)
        os.rename(path, path + ".1")
        log.hung_up()
        self.assertEqual((lines_of(path + ".1"), lines_of(path)), (1, 0))
        self.note(log)
        self.stop(log)
        self.assertEqual((lines_of(path + ".1"), lines_of(path)), (1, 1))

    def test_a_hang_up_is_nothing_to_other_policies(self) -> None:
        path = self.mktemp()
        log = self.log(path, policy="never")
        os.rename(path, path + ".1")
        log.hung_up()
        self.note(log)
        self.stop(log)
        self.assertEqual(lines_of(path + ".1"), 1)
        self.assertFalse(os.path.exists(path))

    def test_a_hang_up_while_a_batch_is_written_comes_after_it(self) -> None:
        path = self.mktemp()
        log = self.log(path, policy="sighup")
        waiting: list[Callable[[], None]] = []
        self.network.clock.getThreadPool = lambda: SimpleNamespace(  # type: ignore[attr-defined]
            callInThreadWithCallback=lambda *args: waiting.append(
                lambda: AtOnce().callInThreadWithCallback(*args)
            )
        )
        self.note(log)
        self.network.clock.advance(0.3)
        os.rename(path, path + ".1")
        log.hung_up()
        log.hung_up()
        self.assertEqual(len(waiting), 1)
        waiting.pop()()
        self.assertEqual((lines_of(path + ".1"), os.path.exists(path)), (1, False))
        waiting.pop()()
        self.assertEqual((waiting, os.path.exists(path)), ([], True))
        self.stop(log)


class Lines(PlaybookCase):
    """Which requests have lines, and what they say; `self.lines` empties the log."""

    def logged(self, form: str, **settings: Any) -> Playbook:
        return self.play(httpAccessLog="unopened", httpAccessLogFormat=form, **settings)

    def lines(self, play: Playbook) -> list[Any]:
        log = play.router.access_log
        assert log is not None
        made = [log.form.line(facts) for facts in log.lines]
        log.lines = []
        return [json.loads(line) if line[0] == "{" else line for line in made]

    def test_an_answer(self) -> None:
        play = self.logged("json")
        web = play.web()
        client = play.client(GET)
        play.advance(0.5)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n")
        self.assertEqual(self.lines(play), [], "it is not over")
        play.advance(0.25)
        play.say(web.peer, b"hi" * 3000)
        client.abort()
        (line,) = self.lines(play)
        wanted = {
            "status": 200,
            "response_bytes": 6000,
            "service": "/svc/web",
            "client_id": "/#/fake/web",
            "endpoint": "127.0.0.1:80",
            "duration_ms": 500.0,
            "total_ms": 750.0,
            "retries": 0,
            "requeues": 0,
            "outcome": "answered",
            "router": "http",
        }
        self.assertEqual({name: line[name] for name in wanted}, wanted)

    def test_every_try_that_was_answered(self) -> None:
        for form in FORMATS:
            play = self.logged(
                form,
                service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}},
            )
            web = play.web()
            play.client(GET)
            play.say(web.peer, b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
            play.say(web.peer, OK)
            lines = self.lines(play)
            self.assertEqual(len(lines), 2, form)
            if form == "json":
                facts = [(each["status"], each["outcome"], each["retries"]) for each in lines]
                self.assertEqual(facts, [(500, "retried", 0), (200, "answered", 1)])

    def test_a_try_without_an_answer_has_none(self) -> None:
        play = self.logged("json")
        play.bind("web", 80, 81)
        play.serve(81, OK)
        client = play.client()
        while not play.number("client/#/fake/web/retries/requeues"):
            play.say(client, GET)
        last = self.lines(play)[-1]
        self.assertEqual((last["outcome"], last["requeues"]), ("answered", 1))
        self.assertEqual(last["endpoint"], "127.0.0.1:81")

    def test_errors_of_ours_but_in_linkerds_format(self) -> None:
        found = {}
        for form in FORMATS:
            play = self.logged(form)
            client = play.client(b"GET / HTTP/1.1\r\nHost: nobody\r\n\r\n")
            body = client.received.partition(b"\r\n\r\n")[2]
            found[form] = self.lines(play)
        self.assertEqual(found["linkerd"], [])
        self.assertTrue(found["common"][0].endswith(f'HTTP/1.1" 502 {len(body)}\n'))
        self.assertTrue(found["combined"][0].endswith(f'HTTP/1.1" 502 {len(body)} "-" "-"\n'))
        (line,) = found["json"]
        self.assertEqual(
            (line["status"], line["response_bytes"], line["outcome"], line["error"]),
            (502, len(body), "failed", "L5D-1102"),
        )

    def test_a_request_without_a_name(self) -> None:
        play = self.logged("json")
        play.client(b"GET / HTTP/1.0\r\n\r\n")
        (line,) = self.lines(play)
        self.assertEqual((line["status"], line["error"]), (400, "L5D-1001"))

    def test_an_instance_that_went_away(self) -> None:
        play = self.logged("json")
        web = play.web()
        play.client(GET)
        web.peer.abort()
        play.advance()
        (line,) = self.lines(play)
        self.assertEqual((line["status"], line["error"]), (502, "L5D-2002"))
        self.assertEqual((line["outcome"], line["client_id"]), ("failed", "/#/fake/web"))

    def test_an_answer_that_breaks_off(self) -> None:
        for form in FORMATS:
            play = self.logged(form)
            web = play.web()
            play.client(GET)
            play.say(web.peer, CHUNKED_OK + b"2\r\nhi\r\n")
            web.peer.abort()
            play.advance()
            (line,) = self.lines(play)
            if form == "json":
                self.assertEqual((line["status"], line["outcome"]), (200, "broken"))
                self.assertEqual((line["error"], line["endpoint"]), ("L5D-2002", "127.0.0.1:80"))

    def test_a_client_that_leaves_in_its_answer(self) -> None:
        play = self.logged("json")
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK)
        client.abort()
        play.advance()
        (line,) = self.lines(play)
        self.assertEqual((line["status"], line["outcome"], line["error"]), (200, "broken", None))

    def test_a_client_that_leaves_before_its_answer(self) -> None:
        for form in FORMATS:
            play = self.logged(form)
            play.web()
            play.advance(1.0)
            client = play.client(GET)
            play.advance(0.5)
            client.abort()
            play.advance()
            lines = self.lines(play)
            self.assertEqual(len(lines), form != "linkerd")
            if form == "common":
                self.assertTrue(lines[0].endswith('"GET / HTTP/1.1" 499 -\n'), lines)
            if form == "json":
                wanted = {
                    "status": 499,
                    "response_bytes": 0,
                    "duration_ms": 500.0,
                    "total_ms": 500.0,
                    "endpoint": "127.0.0.1:80",
                    "outcome": "cancelled",
                    "error": "L5D-3011",
                }
                self.assertEqual({name: lines[0][name] for name in wanted}, wanted)
            self.assertEqual(play.number("server/127.0.0.1/4140/status/499"), 0)

    def test_a_client_that_leaves_in_its_request_has_one_line(self) -> None:
        play = self.logged("json")
        play.web()
        play.client(post(9000) + b"x").finish()
        play.advance()
        self.assertEqual([line["status"] for line in self.lines(play)], [499])

    def test_too_many_requests_and_timeouts(self) -> None:
        play = self.logged(
            "json",
            servers=[{"port": 4140, "maxConcurrentRequests": 1}],
            service={"totalTimeoutMs": 1000},
        )
        play.web()
        play.client(GET)
        play.client(GET)
        play.advance(1.5)
        found = [(line["status"], line["error"], line["client_id"]) for line in self.lines(play)]
        self.assertEqual(found, [(503, "L5D-5001", None), (503, "L5D-2007", "/#/fake/web")])


def call_at_once(work: Callable[..., object], *args: object) -> None:
    work(*args)


def lines_of(path: str | Path) -> int:
    with open(path, encoding="utf-8") as file:
        return len(file.readlines())
