"""The proxy out of file descriptors: who is served goes on, who is not waits, and all recovers."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import now, open_loop
from tests.support.processes import free_ports
from tests.support.proxy import Proxy, inet, running_proxy
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = 128
ASK = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"


@contextmanager
def short_of_descriptors(folder: Path, carrier: str, port: int) -> Iterator[Proxy]:
    """A proxy that may have `LIMIT` descriptors in all."""
    few = [find("prlimit", "util-linux"), f"--nofile={LIMIT}:{LIMIT}"]
    with running_proxy(folder, carrier, inet(port), command=few) as proxy:
        yield proxy
        assert proxy.troubles() == [], proxy.output
        assert proxy.stop(), proxy.output


@pytest.fixture
def proxy(tmp_path: Path, carrier: str, origin_port: int) -> Iterator[Proxy]:
    with short_of_descriptors(tmp_path, carrier, origin_port) as proxy:
        yield proxy


def connect(stack: ExitStack, proxy: Proxy, count: int) -> list[socket.socket]:
    found = []
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
        found.append(stack.enter_context(sock))
    return found


def is_answered(sock: socket.socket, limit_s: float = 5) -> bool:
    """Whether a request on this connection is answered with 200 in time."""
    sock.settimeout(limit_s)
    try:
        sock.sendall(ASK)
        return sock.recv(65536).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def test_established_connections_are_served_meanwhile(proxy: Proxy) -> None:
    """Clients that ask now and then keep their connections, however many others come."""
    with ExitStack() as stack:
        early = connect(stack, proxy, 10)
        connect(stack, proxy, 300)
        proxy.wait_until(lambda: "accepts nobody for the moment" in proxy.output, "short", 5)
        for _ in range(20):
            assert all(is_answered(sock) for sock in early)
            time.sleep(0.1)
        assert proxy.admin_json("/admin/metrics.json")["jvm/fd_count"] <= LIMIT
        assert proxy.output.count("accepts nobody for the moment") == 1
    proxy.wait_until(lambda: proxy.get()[0] == 200, "accepting again", 2)
    proxy.wait_until(lambda: "accepts everybody again" in proxy.output, "told", 8)


def test_connections_at_rest_make_room(proxy: Proxy) -> None:
    """Idle clients that hold all descriptors do not keep others out."""
    with ExitStack() as stack:
        connect(stack, proxy, 120)
        proxy.wait_until(lambda: "accepts nobody" in proxy.output, "short", 5)
        begin = now()
        (late,) = connect(stack, proxy, 1)
        assert is_answered(late, 20)
        print(f"\nserved behind 120 idle clients after {now() - begin:.1f} s")


def test_it_does_not_spin(proxy: Proxy) -> None:
    with ExitStack() as stack:
        socks = connect(stack, proxy, 300)
        for sock in socks:
            # Not idle, so not to be closed.
            sock.sendall(ASK[:-2])
        proxy.wait_until(lambda: "accepts nobody" in proxy.output, "short", 5)
        before = processor_s(proxy)
        time.sleep(1)
        assert processor_s(proxy) - before < 0.1


def processor_s(proxy: Proxy) -> float:
    with open(f"/proc/{proxy.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_the_endpoint_is_not_blamed(tmp_path: Path, carrier: str) -> None:
    """More requests at once than there can be connections: they take turns or are told why."""
    (port,) = free_ports(1)
    with (
        origin("slow", port, tmp_path, delay_s=0.2),
        short_of_descriptors(tmp_path, carrier, port) as proxy,
        ExitStack() as stack,
    ):
        socks = connect(stack, proxy, 80)
        answers: list[bytes] = []

        def ask(sock: socket.socket) -> None:
            sock.sendall(ASK)
            answers.append(sock.recv(65536))

        asking = [threading.Thread(target=ask, args=(sock,)) for sock in socks]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        found = {answer.split(b" ")[1] for answer in answers}
        assert b"200" in found
        assert found <= {b"200", b"503"}
        assert all(b"l5d-err: L5D-5003+" in each for each in answers if b" 503 " in each[:15])
        print(f"\n{sum(b' 200 ' in each[:15] for each in answers)} of 80 served")
        metrics = proxy.metrics()
        client = f"rt/http/client/$/inet/127.0.0.1/{port}"
        assert metrics[f"{client}/failure_accrual/removals"] == 0
        assert proxy.get()[0] == 200


def test_it_recovers_fully(proxy: Proxy) -> None:
    with ExitStack() as stack:
        connect(stack, proxy, 300)
        proxy.wait_until(lambda: "accepts nobody" in proxy.output, "short", 5)
    proxy.wait_until(lambda: proxy.get()[0] == 200, "accepting again", 2)
    assert open_loop(proxy.port, 100, 1).failed() == []
