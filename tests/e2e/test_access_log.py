"""The access log: its formats, in files that are rolled and on standard output."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.loads import open_loop
from tests.support.processes import environment, fetch, free_ports, running
from tests.support.proxy import Proxy, inet, running_proxy, write_config

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

LINE = re.compile(
    r"(?P<host>\S+) (?P<client>\S+) - - \[\d\d/\d\d/\d{4}:\d\d:\d\d:\d\d [^]]+\] "
    r'"(?P<request>[^"]+)" (?P<status>\d{3}) (?P<length>\d+|-) "(?P<referer>[^"]*)" '
    r'"(?P<agent>[^"]*)"'
)


def some_requests(proxy: Proxy) -> None:
    assert proxy.get("/a?b=c", Referer="http://there/", User_Agent="me 1.0")[0] == 200
    assert proxy.get("/chunks/10", User_Agent='" \\ quoted')[0] == 200
    assert proxy.get("/status/503")[0] == 503
    assert proxy.get("/", host="nobody")[0] == 502


def check(lines: list[str]) -> None:
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), lines
    facts = [match.groups() for match in found if match]
    assert facts == [
        ("web", "127.0.0.1", "GET /a?b=c HTTP/1.1", "200", "7", "http://there/", "me 1.0"),
        ("web", "127.0.0.1", "GET /chunks/10 HTTP/1.1", "200", "-", "-", r"\x22 \x5c quoted"),
        ("web", "127.0.0.1", "GET /status/503 HTTP/1.1", "503", "7", "-", "-"),
    ]


def written(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_to_a_file(start: Start, tmp_path: Path, origin_port: int) -> None:
    """What never gets a client is not in it; lines come while the proxy runs."""
    file = tmp_path / "access.log"
    proxy = start(inet(origin_port), f"httpAccessLog: {file}")
    some_requests(proxy)
    proxy.wait_until(lambda: len(written(file)) >= 3, "logged", 3)
    check(written(file))


def test_a_file_is_appended_to(start: Start, tmp_path: Path, origin_port: int) -> None:
    file = tmp_path / "access.log"
    file.write_text("before\n")
    proxy = start(inet(origin_port), f"httpAccessLog: {file}")
    some_requests(proxy)
    assert proxy.stop()
    assert written(file)[0] == "before"
    check(written(file)[1:])


def test_a_file_is_emptied_if_told_so(start: Start, tmp_path: Path, origin_port: int) -> None:
    file = tmp_path / "access.log"
    file.write_text("before\n")
    proxy = start(inet(origin_port), f"httpAccessLog: {file}\nhttpAccessLogAppend: false")
    some_requests(proxy)
    assert proxy.stop()
    check(written(file))


def test_nothing_is_lost_at_the_end(start: Start, tmp_path: Path, origin_port: int) -> None:
    file = tmp_path / "access.log"
    proxy = start(inet(origin_port), f"httpAccessLog: {file}")
    report = open_loop(proxy.port, 400, 0.5)
    assert proxy.stop()
    assert len(written(file)) == len(report.samples) == 200


@pytest.mark.parametrize("program", ["twistd", "linkerd"])
def test_to_standard_output(carrier: str, tmp_path: Path, origin_port: int, program: str) -> None:
    """Bare lines among what else the program prints there."""
    router = 'httpAccessLog: "-"'
    if program == "twistd":
        with running_proxy(tmp_path, carrier, inet(origin_port), router) as proxy:
            some_requests(proxy)
            assert proxy.stop()
            output = proxy.output
    else:
        config, port, admin = write_config(tmp_path, inet(origin_port), router)
        command = [str(Path(sys.executable).with_name("linkerd")), str(config)]
        with running(command, tmp_path / "log", environment(LINKERD_ENGINE=carrier)) as started:
            proxy = Proxy(started, port, admin, config)
            proxy.wait_open(admin)
            some_requests(proxy)
            assert proxy.end() == 0
            output = proxy.output
    assert "Traceback" not in output
    check([line for line in output.splitlines() if line.startswith("web ")])


def test_json_tells_of_every_answer(start: Start, tmp_path: Path, origin_port: int) -> None:
    file = tmp_path / "access.log"
    proxy = start(inet(origin_port), f"httpAccessLog: {file}\nhttpAccessLogFormat: json")
    some_requests(proxy)
    assert proxy.stop()
    lines = [json.loads(line) for line in written(file)]
    names = ("host", "status", "response_bytes", "outcome", "endpoint", "user_agent")
    at = f"127.0.0.1:{origin_port}"
    assert [tuple(line[name] for name in names) for line in lines[:3]] == [
        ("web", 200, 7, "answered", at, "me 1.0"),
        ("web", 200, None, "answered", at, '" \\ quoted'),
        ("web", 503, 7, "answered", at, None),
    ]
    assert [line["service"] for line in lines] == ["/svc/web"] * 3 + ["/svc/nobody"]
    assert (lines[3]["outcome"], lines[3]["error"]) == ("failed", "L5D-1101")
    assert all(0 < line["duration_ms"] <= line["total_ms"] < 5000 for line in lines)


def test_refusals_and_clients_that_leave(carrier: str, tmp_path: Path) -> None:
    """An endpoint that is silent, and clients that ask for nothing, too much or not fast enough."""
    file = tmp_path / "access.log"
    router = f"httpAccessLog: {file}\nhttpAccessLogFormat: json\nmaxRequestBodyKB: 1"
    get = b"GET /a HTTP/1.1\r\nHost: web\r\n"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dtab = inet(silent.getsockname()[1])
        limits = "headTimeoutMs: 400, maxConcurrentRequests: 1"
        with running_proxy(tmp_path, carrier, dtab, router, server=limits) as proxy:
            proxy.say(b"\x16\x03\x01 no HTTP\r\n")
            proxy.say(get + b"Content-Length: 2000\r\n\r\n")
            proxy.say(get, patience_s=3.0)
            with socket.create_connection(("127.0.0.1", proxy.port)) as leaving:
                leaving.sendall(get + b"\r\n")
                connection, _ = silent.accept()
                assert connection.recv(9) == b"GET /a HT"
                proxy.say(get + b"Connection: close\r\n\r\n")
            assert connection.recv(65536)
            connection.settimeout(5)
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
            assert proxy.stop(), proxy.output
            assert proxy.troubles() == []
    names = ("status", "target", "outcome", "error", "client")
    assert [tuple(json.loads(line)[name] for name in names) for line in written(file)] == [
        (400, None, "failed", "L5D-3001", "127.0.0.1"),
        (413, "/a", "failed", "L5D-3009", "127.0.0.1"),
        (408, "/a", "failed", "L5D-3006", "127.0.0.1"),
        (503, "/a", "failed", "L5D-5001", "127.0.0.1"),
        (499, "/a", "cancelled", "L5D-3011", "127.0.0.1"),
    ]


def test_no_line_is_lost_where_files_are_rolled_under_load(
    start: Start, tmp_path: Path, origin_port: int
) -> None:
    file = tmp_path / "access.log"
    policy = "httpAccessLogRollPolicy: 10.kilobytes"
    proxy = start(inet(origin_port), f"httpAccessLog: {file}\n{policy}")
    report = open_loop(proxy.port, 500, 1.5)
    assert proxy.stop()
    assert report.failed() == []
    files = list(tmp_path.glob("access*.log"))
    assert len(files) > 3
    assert max(each.stat().st_size for each in files) <= 10 * 1024
    lines = [line for each in files for line in written(each)]
    assert len(lines) == len(report.samples)
    assert all(LINE.fullmatch(line) for line in lines)


def test_a_file_that_is_moved_away_under_load_is_left_at_a_hang_up(
    start: Start, tmp_path: Path, origin_port: int
) -> None:
    """What logrotate does, twice."""
    file = tmp_path / "access.log"
    policy = "httpAccessLogRollPolicy: sighup"
    proxy = start(inet(origin_port), f"httpAccessLog: {file}\n{policy}")

    def rotate(number: int) -> None:
        file.rename(tmp_path / f"access.{number}")
        proxy.process.send_signal(signal.SIGHUP)

    events = [(0.5, lambda: rotate(1)), (1.0, lambda: rotate(2))]
    report = open_loop(proxy.port, 400, 1.5, events=events)
    assert proxy.stop()
    assert report.failed() == []
    parts = [len(written(tmp_path / name)) for name in ("access.1", "access.2", "access.log")]
    assert sum(parts) == len(report.samples)
    assert min(parts) > 50, parts


def test_a_hang_up_ends_nothing_and_a_full_disk_neither(start: Start, origin_port: int) -> None:
    proxy = start(inet(origin_port), "httpAccessLog: /dev/full")
    for _ in range(3):
        proxy.process.send_signal(signal.SIGHUP)
        assert proxy.get()[0] == 200
    dropped = "rt/http/access_log/dropped"
    proxy.wait_until(lambda: proxy.metrics().get(dropped) == 3, "counted", 3)
    assert proxy.output.count("cannot write /dev/full: No space left on device") == 1


def test_two_routers_have_two_logs(start: Start, tmp_path: Path, origin_port: int) -> None:
    (port,) = free_ports(1)
    second = f"""
- protocol: http
  label: second
  dtab: {inet(origin_port)}
  servers: [{{port: {port}}}]
  httpAccessLog: {tmp_path}/second.log
"""
    proxy = start(inet(origin_port), f"httpAccessLog: {tmp_path}/first.log", more=second)
    assert proxy.get("/first")[0] == 200
    assert fetch(port, "/second", {"Host": "web"})[0] == 200
    assert proxy.stop()
    for name in ("first", "second"):
        (line,) = written(tmp_path / f"{name}.log")
        assert f'"GET /{name} HTTP/1.1"' in line
