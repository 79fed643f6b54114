"""Node's clients, fetch and http.request with an Agent, to Node's server through the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.programs import node, succeeds
from tests.support.proxy import running_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.proxy import Proxy

pytestmark = pytest.mark.server

CHECKS = (
    "fetch_get",
    "fetch_post",
    "fetch_stream_up",
    "fetch_stream_both_ways",
    "fetch_redirects",
    "fetch_gzip",
    "fetch_statuses",
    "fetch_abort",
    "fetch_break",
    "fetch_many_at_once",
    "agent_keeps_connections",
    "agent_without_keep_alive",
    "trailers",
    "continues",
    "early_hints",
    "cookies",
    "upgrade",
)
"""What programs/client.js can check."""


@pytest.fixture(scope="module")
def shared(
    carrier: str, node_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy that leads every name to the Node server: fetch does not let one choose `Host`."""
    dtab = f"/svc => /$/inet/127.0.0.1/{node_port} ;"
    with running_proxy(tmp_path_factory.mktemp("proxy"), carrier, dtab) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


@pytest.mark.parametrize("check", CHECKS)
def test_check(proxy: Proxy, check: str) -> None:
    succeeds(node("client.js", check, f"http://127.0.0.1:{proxy.port}"))
