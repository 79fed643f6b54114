"""The library websockets on both sides of the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.processes import clean_environment, free_ports, running
from tests.support.programs import serving, succeeds, with_websockets
from tests.support.proxy import running_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.proxy import Proxy

pytestmark = pytest.mark.server

SHORT = (
    "headTimeoutMs: 200, bodyIdleTimeoutMs: 200, timeoutMs: 200, serverSession: {idleTimeMs: 200}"
)
"""Times of the server, none of which is for a tunnel."""

CLIENT = """
client: {clientSession: {idleTimeMs: 200}, requestAttemptTimeoutMs: 200}
service: {totalTimeoutMs: 200}
"""


@pytest.fixture(scope="module")
def server_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of the echo server."""
    (port,) = free_ports(1)
    command = with_websockets("socket_server.py", port)
    with serving(command, port, tmp_path_factory.mktemp("socket")):
        yield port


@pytest.fixture(scope="module")
def shared(
    carrier: str, server_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy in front of it, by the address that clients know: their `Host` has the port."""
    folder = tmp_path_factory.mktemp("proxy")
    dtab = f"/svc => /$/inet/127.0.0.1/{server_port} ;"
    with running_proxy(folder, carrier, dtab, server=SHORT, router=CLIENT) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


@pytest.mark.parametrize("check", ["messages", "many", "pings", "close", "refused"])
def test_check(proxy: Proxy, check: str) -> None:
    succeeds(with_websockets("socket_client.py", check, f"ws://127.0.0.1:{proxy.port}/"))


def test_a_quiet_tunnel_stays_open(proxy: Proxy) -> None:
    succeeds(with_websockets("socket_client.py", "quiet", f"ws://127.0.0.1:{proxy.port}/"))


def test_a_client_that_is_killed_leaves_nothing_behind(proxy: Proxy, tmp_path: Path) -> None:
    name = f"rt/http/server/127.0.0.1/{proxy.port}/connections"
    command = with_websockets("socket_client.py", "stay", f"ws://127.0.0.1:{proxy.port}/")
    with running(command, tmp_path / "client.log", clean_environment()) as client:
        client.wait_until(lambda: "open" in client.output, "open")
        assert proxy.metrics()[name] == 20
    proxy.wait_until(lambda: proxy.metrics()[name] == 0, "without connections", 5)
