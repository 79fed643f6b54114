"""Services in a real ZooKeeper, found by a running proxy."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient
from tests.support.processes import fetch, free_ports, running
from tests.support.proxy import CARRIERS, running_proxy
from tests.support.zookeeper import zookeeper

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.proxy import Proxy

pytestmark = pytest.mark.slow

SET = "/discovery/prod/web"
now = time.monotonic  # noqa: TID251


class Load:
    """Requests, one after the other, until it is stopped; `bad` are those without a good answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.done = 0
        self.bad: list[object] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.work, daemon=True)

    def work(self) -> None:
        while not self._stop.wait(0.005):
            status = fetch(self.port, "/", {"Host": "web"})[0]
            self.done += 1
            if status != 200:
                self.bad.append((self.done, status))

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)


def join(client: Any, port: int) -> str:
    value = {"serviceEndpoint": {"host": "127.0.0.1", "port": port}, "status": "ALIVE"}
    path: str = client.create(
        f"{SET}/member_", json.dumps(value).encode(), sequence=True, makepath=True
    )
    return path


def seen(proxy: Proxy, port: int) -> set[bytes]:
    return {fetch(port, "/", {"Host": "web"})[1] for _ in range(12)}


def wait_for(proxy: Proxy, port: int, wanted: set[bytes]) -> float:
    begun = now()
    while seen(proxy, port) != wanted:
        assert now() - begun < 5, (wanted, seen(proxy, port))
        time.sleep(0.02)
    return now() - begun


@pytest.mark.parametrize("carrier", CARRIERS)
def test_members_come_and_go_and_zookeeper_too(carrier: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        zk_port, server = stack.enter_context(zookeeper(tmp_path / "zk"))
        backends = free_ports(2)
        for backend in backends:
            command = ["python3", "-c", BACKEND, str(backend)]
            stack.enter_context(running(command, tmp_path / str(backend))).wait_open(backend)
        names = [str(backend).encode() for backend in backends]
        client: Any = KazooClient(f"127.0.0.1:{zk_port}", timeout=10)
        client.start()
        stack.callback(client.stop)
        first = join(client, backends[0])
        top = (
            "namers:\n- kind: io.l5d.serversets\n  sessionTimeoutMs: 1000\n"
            f"  zkAddrs: [{{host: 127.0.0.1, port: {zk_port}}}]"
        )
        dtab = "/svc => /#/io.l5d.serversets/discovery/prod"
        proxy = stack.enter_context(running_proxy(tmp_path, carrier, dtab, top=top))
        port = proxy.port
        wait_for(proxy, port, {names[0]})
        load = stack.enter_context(Load(port))
        join(client, backends[1])
        wait_for(proxy, port, set(names))
        client.delete(first)
        wait_for(proxy, port, {names[1]})
        # A server that stands still, then one that is gone: nobody notices but the state.
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        told = json.loads(fetch(proxy.admin, "/namer_state/io.l5d.serversets.json")[1])
        assert '"phase": "stale"' in json.dumps(told)
        server.process.send_signal(signal.SIGCONT)
        join(client, backends[0])
        wait_for(proxy, port, set(names))
        server.end(signal.SIGKILL)
        time.sleep(1.0)
        assert seen(proxy, port) == set(names)
        stack.enter_context(zookeeper(tmp_path / "zk", zk_port))
        time.sleep(2.0)
        assert seen(proxy, port) == set(names)
        assert load.bad == []
        assert load.done > 100
        assert "Traceback" not in proxy.output


BACKEND = """
import http.server, sys
class Own(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for head and body, or each answer waits for an acknowledgement
    def do_GET(self):
        body = sys.argv[1].encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body)))
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Own).serve_forever()
"""
