"""What the keys of a server do on real sockets, over both carriers."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import closed_loop, now
from tests.support.processes import environment, free_ports, proxy_command, running
from tests.support.proxy import Proxy, inet, running_proxy, write_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.backends import Recorder

KEEPALIVE_TIMER = "02"
GET = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"


def read_head(sock: socket.socket) -> bytes:
    """The head of one answer, and the two bytes of its body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        data = sock.recv(4096)
        assert data, answer
        answer += data
    return answer


def timers(port: int, column: int) -> set[str]:
    """The kernel's timers of open connections whose local (1) or remote (2) port is this one."""
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "01" and fields[column].endswith(f":{port:04X}"):
            found.add(fields[5].partition(":")[0])
    return found


def test_what_is_added_to_requests(tmp_path: Path, carrier: str, recorder: Recorder) -> None:
    labelers = "{by: {kind: ip}, for: {kind: 'ip:port'}}"
    server = f"ip: 0.0.0.0, timestampHeader: x-start, addForwardedHeader: {labelers}"
    with (
        running_proxy(tmp_path, carrier, inet(recorder.port), server=server) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), 5) as sock,
    ):
        client = sock.getsockname()[1]
        sock.sendall(GET)
        read_head(sock)
    fields = dict(re.findall(rb"(Forwarded|x-start): ([^\r]*)\r\n", recorder.received))
    assert fields[b"Forwarded"] == b'by=127.0.0.1;for="127.0.0.1:%d";host=web' % client
    assert abs(int(fields[b"x-start"]) / 1000 - time.time()) < 30  # noqa: TID251


def test_too_many_requests_at_once(tmp_path: Path, carrier: str) -> None:
    (slow,) = free_ports(1)
    with (
        origin("slow", slow, tmp_path, 1.0),
        running_proxy(tmp_path, carrier, inet(slow), server="maxConcurrentRequests: 2") as proxy,
    ):
        clients = [http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10) for _ in "123"]
        for client in clients:
            client.request("GET", "/", headers={"Host": "web"})
        refused = clients[2].getresponse()
        assert (refused.status, refused.headers["finagle-http-nack"]) == (503, "true")
        assert (refused.headers["Retry-After"], refused.headers["l5d-err"]) == ("0", None)
        assert refused.read().endswith(b" is safe to retry")
        assert [client.getresponse().status for client in clients[:2]] == [200, 200]
        assert proxy.metrics()[f"rt/http/server/127.0.0.1/{proxy.port}/nacks"] == 1
        for client in clients:
            client.close()
        assert proxy.stop(), proxy.output


def test_connections_that_rest_or_grow_old(
    tmp_path: Path, carrier: str, recorder: Recorder
) -> None:
    server = "serverSession: {idleTimeMs: 800, lifeTimeMs: 3000}"
    with running_proxy(tmp_path, carrier, inet(recorder.port), server=server) as proxy:
        begin = now()
        resting = socket.create_connection(("127.0.0.1", proxy.port), 5)
        resting.sendall(GET)
        with resting:
            assert read_head(resting).endswith(b"ok")
            assert resting.recv(1) == b""
            assert 0.8 <= now() - begin < 2.5
        begin = now()
        answers = 0
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as busy:
            while True:
                busy.sendall(GET)
                answer = read_head(busy)
                answers += 1
                if b"Connection: close" in answer:
                    break
                time.sleep(0.005)
            assert busy.recv(1) == b""
        assert answers > 10
        assert 3.0 <= now() - begin < 5.5
        scope = f"rt/http/server/127.0.0.1/{proxy.port}/"
        metrics = proxy.metrics()
        assert (metrics[scope + "idle"], metrics[scope + "lifetime"]) == (1, 1)
        assert proxy.stop(), proxy.output


@pytest.mark.parametrize("on", ["true", "false"])
def test_keepalive_of_the_system(tmp_path: Path, carrier: str, recorder: Recorder, on: str) -> None:
    options = f"socketOptions: {{keepAlive: {on}}}"
    router = f"client: {{{options}}}"
    with running_proxy(tmp_path, carrier, inet(recorder.port), router, server=options) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
            sock.sendall(GET)
            read_head(sock)
            expected = {KEEPALIVE_TIMER if on == "true" else "00"}
            assert timers(proxy.port, 1) == expected
            assert timers(recorder.port, 2) == expected
        assert proxy.stop(), proxy.output


def test_a_client_that_is_silent_for_too_long(
    tmp_path: Path, carrier: str, recorder: Recorder
) -> None:
    options = "socketOptions: {readTimeoutMs: 400}"
    with running_proxy(tmp_path, carrier, inet(recorder.port), server=options) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
            sock.sendall(GET)
            read_head(sock)
            with pytest.raises(ConnectionResetError):
                sock.recv(1)
        assert proxy.metrics()[f"rt/http/server/127.0.0.1/{proxy.port}/read_timeout"] == 1
        assert proxy.stop(), proxy.output


@pytest.fixture
def two_on_one_port(tmp_path: Path, carrier: str, recorder: Recorder) -> Iterator[list[Proxy]]:
    """Two proxies with one configuration, one started after the other."""
    shared = "socketOptions: {reusePort: true}"
    top = f"admin: {{port: ADMIN, {shared}}}\n"
    config, port, admin = write_config(tmp_path, inet(recorder.port), top=top, server=shared)
    proxies = []
    env = environment(LINKERD_ENGINE=carrier)
    command = proxy_command(config)
    with running(command, tmp_path / "1.log", env) as old:
        old.wait_open(admin)
        with running(command, tmp_path / "2.log", env) as new:
            new.wait_until(lambda: "initialized" in new.output, "start", 10)
            proxies = [Proxy(each, port, admin, config) for each in (old, new)]
            yield proxies
            for proxy in proxies:
                assert proxy.stop(), proxy.output
                assert proxy.troubles() == [], proxy.output


def test_a_successor_takes_over_the_port(two_on_one_port: list[Proxy]) -> None:
    """Under load the old process ends, and the new one answers: not one request is lost."""
    old, new = two_on_one_port
    report = closed_loop(
        old.port, 20, 3.0, (1.0, lambda: old.process.send_signal(signal.SIGTERM)), think_s=0.02
    )
    assert old.process.wait(5) in (0, -signal.SIGTERM)
    assert len(report.samples) > 500
    assert report.unanswered() == []
    assert report.failed() == []
    assert new.process.poll() is None
