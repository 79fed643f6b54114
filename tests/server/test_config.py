from __future__ import annotations

import pytest

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError
from linkerd.labeler.request_random import RequestRandomConfig
from linkerd.net.socket_options import DEFAULT_OPTIONS
from linkerd.server.config import ServerConfig


def read(text: str) -> ServerConfig:
    return bind(parse(text, "x"), ServerConfig)


def test_defaults_are_linkerds() -> None:
    server = read("{}")
    assert (server.ip, server.port, server.label) == ("127.0.0.1", 4140, None)
    assert server.clear_context is False
    assert (server.max_concurrent_requests, server.max_call_depth) == (None, 1000)
    assert (server.add_forwarded_header, server.timestamp_header) == (None, None)
    assert server.socket_options == DEFAULT_OPTIONS
    assert server.server_session.life_time_ms is None


def test_defaults_that_are_ours() -> None:
    server = read("{}")
    assert (server.head_timeout_ms, server.body_idle_timeout_ms) == (10_000, 30_000)
    assert server.server_session.idle_time_ms == 600_000


def test_labels_are_random_unless_told_otherwise() -> None:
    forwarded = read("addForwardedHeader:\n  by: {kind: ip}\n").add_forwarded_header
    assert forwarded is not None
    assert forwarded.by.kind == "ip"
    assert forwarded.for_ == RequestRandomConfig()


@pytest.mark.parametrize("key", sorted(ServerConfig.not_yet))
def test_what_is_not_built_is_refused_by_name(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f"port: 1\n{key}: 1\n")
    (fault,) = caught.value.faults
    assert (fault.code, fault.line, fault.column, fault.path) == ("L5D-4007", 2, 1, key)


@pytest.mark.parametrize("text", ["port: 65536", "port: -1", "port: a", "ip: web", "ip: 1"])
def test_bad_addresses_are_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    (fault,) = caught.value.faults
    assert (fault.code, fault.line) == ("L5D-4004", 1)


@pytest.mark.parametrize(
    "name",
    ["a b", "", "ä", "a:", "content-length", "Transfer-Encoding", "HOST", "Via", "l5d-dtab", "te"],
)
def test_headers_that_a_timestamp_cannot_be_in(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f"timestampHeader: '{name}'")
    assert caught.value.faults[0].code == "L5D-4004"


@pytest.mark.parametrize("name", ["x-request-start", "X-T", "l5d-time"])
def test_headers_that_a_timestamp_can_be_in(name: str) -> None:
    assert read(f"timestampHeader: {name}").timestamp_header == name


@pytest.mark.parametrize(
    "text",
    [
        "maxConcurrentRequests: 0",
        "maxCallDepth: 0",
        "headTimeoutMs: -1",
        "bodyIdleTimeoutMs: -1",
        "serverSession: {idleTimeMs: -1}",
        "serverSession: {lifeTimeMs: 0}",
    ],
)
def test_numbers_that_make_no_sense(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert [fault.code for fault in caught.value.faults] == ["L5D-4004"]
