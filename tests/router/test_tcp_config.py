"""`protocol: tcp` in a configuration: defaults, and what has no meaning there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.certificates import leaf

from linkerd.errors import ConfigError
from linkerd.identifier.server_port import ServerPortConfig
from linkerd.linker import load
from linkerd.router.tcp_config import TcpRouterConfig

if TYPE_CHECKING:
    from pathlib import Path


def router(**keys: Any) -> TcpRouterConfig:
    written = {"protocol": "tcp", "servers": [{}]} | keys
    (found,) = load(json.dumps({"routers": [written]}), "test").routers
    assert isinstance(found, TcpRouterConfig)
    return found


def faults(**keys: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        router(**keys)
    return str(caught.value)


def test_defaults() -> None:
    found = router()
    (server,) = found.servers
    assert (found.label, found.dst_prefix.show(), server.port) == ("tcp", "/svc", 4145)
    assert [type(each) for each in found.identifier] == [ServerPortConfig]
    assert server.server_session.idle_time_ms == 3_600_000
    assert server.max_concurrent_requests is None


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"client": {"requestAttemptTimeoutMs": 5}}, "`requestAttemptTimeoutMs` has no meaning"),
        ({"client": {"clientSession": {"idleTimeMs": 5}}}, "`clientSession` has no meaning"),
        ({"service": {"totalTimeoutMs": 5}}, "nothing of it has a meaning for raw connections"),
        ({"identifier": []}, "1 to 256 identifiers"),
        ({"identifier": {"kind": "io.l5d.path"}}, "io.l5d.path"),
        ({"identifier": {"kind": "io.l5d.proxyProtocol"}}, "no server of the router takes"),
        ({"client": {"sendProxyProtocol": "v3"}}, "can be none, v1 or v2"),
    ],
)
def test_what_has_no_meaning_is_refused(keys: dict[str, Any], why: str) -> None:
    assert why in faults(**keys)


@pytest.mark.parametrize("protocol", ["http", "thrift"])
def test_proxy_headers_are_for_raw_connections(protocol: str) -> None:
    written = {"protocol": protocol, "servers": [{}], "client": {"sendProxyProtocol": "v1"}}
    with pytest.raises(ConfigError, match="is for routers of TCP only"):
        load(json.dumps({"routers": [written]}), "test")


def test_the_access_log_is_one_of_the_files() -> None:
    found = router(accessLog={"file": "/tmp/tcp.log"})
    assert found.log_files() == [("accessLog", "/tmp/tcp.log", False)]


def test_a_header_before_tls_that_ends_here_is_refused(tmp_path: Path) -> None:
    certificate, key = leaf("front.test").write(tmp_path)
    tls = {"certPath": str(certificate), "keyPath": str(key)}
    assert "not supported yet" in faults(servers=[{"proxyProtocol": True, "tls": tls}])
