"""The end under load: every accepted request is answered, within the grace."""

from __future__ import annotations

import http.client
import signal
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import closed_loop, now
from tests.support.processes import fetch, free_ports, is_open
from tests.support.proxy import inet, running_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy


def by_signal(number: signal.Signals) -> Callable[[Proxy], object]:
    return lambda proxy: proxy.process.send_signal(number)


def by_admin(proxy: Proxy) -> object:
    return fetch(proxy.admin, "/admin/shutdown", method="POST")


WAYS = {
    "SIGTERM": by_signal(signal.SIGTERM),
    "SIGINT": by_signal(signal.SIGINT),
    "POST": by_admin,
}


@pytest.fixture(scope="module")
def slow_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Back end that takes 50 ms."""
    (port,) = free_ports(1)
    with origin("slow", port, tmp_path_factory.mktemp("slow"), 0.05):
        yield port


@pytest.mark.parametrize(
    ("way", "think_s"), [("SIGTERM", 0.0), ("SIGTERM", 0.4), ("SIGINT", 0.4), ("POST", 0.4)]
)
def test_every_request_is_answered(start: Start, slow_port: int, way: str, think_s: float) -> None:
    """40 keep-alive connections; those that rest may still send, and then they are closed."""
    proxy = start(inet(slow_port))
    asked: list[float] = []

    def end() -> None:
        asked.append(now())
        WAYS[way](proxy)

    report = closed_loop(proxy.port, 40, 8.0, (0.6, end), think_s=think_s)
    proxy.process.wait(5)
    took = now() - asked[0]
    after = [each for each in report.samples if each.sent > asked[0]]
    counts = f"{len(report.samples)} answered, {len(after)} of them sent later"
    print(f"\n{way}, {think_s} s between requests: {counts}; {took:.2f} s")
    assert len(report.samples) > 100
    assert len(after) > 5 or not think_s
    assert report.unanswered() == []
    assert report.failed() == []
    assert proxy.stop(), proxy.output
    assert took < 2


@contextmanager
def asking(proxy: Proxy, path: str) -> Iterator[http.client.HTTPConnection]:
    """Connection that waits for an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    connection.request("GET", path, headers={"Host": "web"})
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def very_slow_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Back end that takes 1.2 s."""
    (port,) = free_ports(1)
    with origin("very-slow", port, tmp_path_factory.mktemp("very-slow"), 1.2):
        yield port


def test_a_request_in_flight_is_waited_for(start: Start, very_slow_port: int) -> None:
    proxy = start(inet(very_slow_port))
    with asking(proxy, "/") as connection:
        time.sleep(0.2)
        proxy.process.send_signal(signal.SIGTERM)
        proxy.wait_until(lambda: not is_open(proxy.port), "refusing", 1)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"very-slow\n")
        assert answer.getheader("Connection") == "close"
    assert proxy.process.wait(2) in (0, -signal.SIGTERM)


def test_the_grace_has_an_end(start: Start, very_slow_port: int) -> None:
    top = "admin: {port: ADMIN, shutdownGraceMs: 300}"
    proxy = start(inet(very_slow_port), "", top)
    with asking(proxy, "/") as connection:
        time.sleep(0.2)
        begin = now()
        proxy.process.send_signal(signal.SIGTERM)
        proxy.process.wait(1)
        assert 0.25 < now() - begin < 1
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
    assert "the shutdown grace is over: closing 1 connections" in proxy.output


def test_admin_may_give_another_grace(start: Start, very_slow_port: int) -> None:
    proxy = start(inet(very_slow_port))
    with asking(proxy, "/"):
        time.sleep(0.2)
        begin = now()
        assert fetch(proxy.admin, "/admin/shutdown?grace=200.milliseconds", method="POST")[0] == 200
        proxy.process.wait(1.2)
        assert now() - begin < 1
    assert proxy.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_forces_the_end(
    start: Start, very_slow_port: int, number: signal.Signals
) -> None:
    proxy = start(inet(very_slow_port))
    with asking(proxy, "/"):
        time.sleep(0.2)
        proxy.process.send_signal(number)
        proxy.wait_until(lambda: not is_open(proxy.port), "refusing", 1)
        begin = now()
        proxy.process.send_signal(number)
        proxy.process.wait(1)
        assert now() - begin < 0.5
    assert proxy.stop()


def test_an_upload_in_flight_is_finished(start: Start, origin_port: int) -> None:
    proxy = start(inet(origin_port))
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        sock.sendall(b"POST /digest HTTP/1.1\r\nHost: web\r\nContent-Length: 100000\r\n\r\n")
        sock.sendall(bytes(50_000))
        time.sleep(0.1)
        proxy.process.send_signal(signal.SIGTERM)
        time.sleep(0.8)
        sock.sendall(bytes(50_000))
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"length": 100000,' in answer


def test_idle_connections_do_not_hold_it_up(start: Start, origin_port: int) -> None:
    proxy = start(inet(origin_port))
    sockets = [socket.create_connection(("127.0.0.1", proxy.port), 5) for _ in range(50)]
    for sock in sockets[::2]:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
    begin = now()
    proxy.process.send_signal(signal.SIGTERM)
    for sock in sockets:
        assert sock.recv(10) == b""
        sock.close()
    proxy.process.wait(5)
    assert now() - begin < 2


def test_connections_that_wait_to_be_accepted_are_answered(
    carrier: str, origin_port: int, tmp_path: Path
) -> None:
    """They were established before the end began, so their requests count as accepted."""
    with running_proxy(tmp_path, carrier, inet(origin_port)) as proxy:
        proxy.process.send_signal(signal.SIGSTOP)
        sockets = [socket.create_connection(("127.0.0.1", proxy.port), 5) for _ in range(20)]
        for sock in sockets:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        proxy.process.send_signal(signal.SIGTERM)
        proxy.process.send_signal(signal.SIGCONT)
        answers = []
        for sock in sockets:
            try:
                answers.append(sock.recv(65536)[:12])
            except ConnectionResetError:
                answers.append(b"reset")
            sock.close()
        assert proxy.stop(), proxy.output
        assert answers == [b"HTTP/1.1 200"] * 20


def test_ctrl_c_in_the_middle_of_the_start(start: Start, origin_port: int) -> None:
    """A signal right behind the first served request ends it as well."""
    proxy = start(inet(origin_port))
    stopper = threading.Timer(0.05, proxy.process.send_signal, [signal.SIGINT])
    stopper.start()
    assert proxy.get()[0] in (200, 502)
    stopper.join()
    assert proxy.process.wait(3) in (0, -signal.SIGINT)
