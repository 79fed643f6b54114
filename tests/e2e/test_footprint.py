"""What the proxy costs: time to start, memory at rest, system calls per request."""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.loads import now
from tests.support.proxy import inet, running_proxy
from tests.support.servers import find

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

MIB_IN_KIB = 1024
REQUEST = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"


def test_start_to_first_served_request(tmp_path: Path, origin_port: int) -> None:
    """Best of five; the bar is 0.7 s on a machine of its own."""
    times = []
    for _ in range(5):
        begin = now()
        with running_proxy(tmp_path, "pure", inet(origin_port)) as proxy:
            assert proxy.get() == (200, b"origin\n")
            times.append(now() - begin)
    shown = ", ".join(f"{each:.2f}" for each in times)
    print(f"\nfirst request served after {min(times):.2f} s (of {shown})")
    assert min(times) < 2


def test_idle_memory(start: Start, origin_port: int) -> None:
    proxy = start(inet(origin_port))
    for _ in range(20):
        proxy.get()
    memory = proxy.memory()
    print(f"\nidle: rss {memory['rss'] / 1024:.1f} MiB, pss {memory['pss'] / 1024:.1f} MiB")
    assert memory["rss"] < 60 * MIB_IN_KIB
    assert memory["pss"] < 60 * MIB_IN_KIB


def test_idle_connections_hold_no_buffer(start: Start, origin_port: int) -> None:
    """2,000 connections that have each had an answer of 64 KiB."""
    proxy = start(inet(origin_port))
    proxy.get("/bytes/65536")
    request = REQUEST.replace(b"GET / ", b"GET /bytes/65536 ")
    with ExitStack() as stack:
        begin = proxy.memory()["rss"]
        for _ in range(2000):
            sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
            stack.enter_context(sock)
            sock.sendall(request)
            got = 0
            while got < 65536:
                got += len(sock.recv(262144))
        each = (proxy.memory()["rss"] - begin) / 2000
        name = f"rt/http/server/127.0.0.1/{proxy.port}/connections"
        assert proxy.metrics()[name] == 2000
    print(f"\n{each:.1f} KiB for each idle connection")
    assert each < 8
    proxy.wait_until(lambda: proxy.metrics()[name] == 0, "rid of them", 5)


def test_two_receives_and_two_sends_for_a_request(tmp_path: Path, origin_port: int) -> None:
    """On the engine nothing else is called for a keep-alive request, above all no epoll_ctl."""
    trace = tmp_path / "trace"
    calls = "trace=network,read,write,readv,writev,epoll_ctl,epoll_wait,epoll_pwait,fcntl,close"
    strace = [find("strace", "strace"), "-f", "-o", str(trace), "-e", calls]
    with running_proxy(tmp_path, "pure", inet(origin_port), command=strace) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
            exchange(sock, 50)
            before = counted(trace)
            exchange(sock, 200)
            after = counted(trace)
            took = {name: (after[name] - before.get(name, 0)) / 200 for name in after}
            took = {name: number for name, number in took.items() if number >= 0.02}
        print(f"\nper request: {took}")
        polls = {name for name in took if name.startswith("epoll_")}
        receives = sum(took.get(name, 0) for name in ("recvfrom", "recvmsg", "read", "readv"))
        sends = sum(took.get(name, 0) for name in ("sendto", "sendmsg", "write", "writev"))
        assert receives == pytest.approx(2, abs=0.05)
        assert sends == pytest.approx(2, abs=0.05)
        assert polls <= {"epoll_wait", "epoll_pwait"}
        assert sum(took[name] for name in polls) <= 2.1
        assert proxy.troubles() == []


def exchange(sock: socket.socket, times: int) -> None:
    for _ in range(times):
        sock.sendall(REQUEST)
        answer = sock.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 ")


def counted(trace: Path) -> dict[str, int]:
    """How often each call is in the trace so far."""
    time.sleep(0.2)
    found: dict[str, int] = {}
    for name in re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE):
        found[name] = found.get(name, 0) + 1
    return found


def test_it_sleeps_when_there_is_nothing_to_do(start: Start, origin_port: int) -> None:
    """At most 3 % of a processor, with an idle client and an idle back end."""
    proxy = start(inet(origin_port))
    proxy.get()
    time.sleep(0.3)
    before = processor_s(proxy)
    time.sleep(1)
    assert processor_s(proxy) - before <= 0.03


def processor_s(proxy: Proxy) -> float:
    with open(f"/proc/{proxy.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
