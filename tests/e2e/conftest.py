"""What end-to-end tests share: both carriers, a back end, proxies whose logs are looked through."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest
from tests.support.backends import Recorder, origin
from tests.support.processes import free_ports
from tests.support.programs import node, serving
from tests.support.proxy import CARRIERS, Proxy, inet, running_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Start(Protocol):
    """Starts a proxy that ends, and whose log is looked through, with the test."""

    def __call__(self, dtab: str, router: str = "", top: str = "", more: str = "") -> Proxy: ...


@pytest.fixture(scope="session")
def origin_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a back end of our own."""
    (port,) = free_ports(1)
    with origin("origin", port, tmp_path_factory.mktemp("origin")):
        yield port


@pytest.fixture(scope="session")
def node_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of Node's http server, which runs programs/server.js."""
    (port,) = free_ports(1)
    with serving(node("server.js", port, 5000), port, tmp_path_factory.mktemp("node")):
        yield port


@pytest.fixture(scope="module", params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
    """Who carries connections: the engine or Twisted's stock transports."""
    return str(request.param)


@pytest.fixture(scope="module")
def shared(
    carrier: str, origin_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy in front of the back end, for all tests of a module."""
    with running_proxy(tmp_path_factory.mktemp("proxy"), carrier, inet(origin_port)) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


@pytest.fixture
def proxy(shared: Proxy) -> Iterator[Proxy]:
    """The module's proxy, whose log is looked through after each test."""
    yield shared
    assert shared.troubles() == [], shared.output


@pytest.fixture
def start(tmp_path: Path, carrier: str) -> Iterator[Start]:
    """Start proxies of the test's own."""
    proxies: list[Proxy] = []
    with ExitStack() as stack:

        def begin(dtab: str, router: str = "", top: str = "", more: str = "") -> Proxy:
            running = running_proxy(tmp_path, carrier, dtab, router, top, more)
            proxies.append(stack.enter_context(running))
            return proxies[-1]

        yield begin
        for each in proxies:
            assert each.stop(), each.output
    for each in proxies:
        assert each.troubles() == [], each.output


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Back end that keeps every byte it gets."""
    found = Recorder()
    yield found
    found.close()
