"""The access log: Linkerd's line, in a file and on standard output."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.loads import open_loop
from tests.support.processes import environment, running
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
