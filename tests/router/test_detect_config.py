"""`protocol: detect` in a configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linkerd.errors import ConfigError
from linkerd.linker import load
from linkerd.router.detect_config import DetectRouterConfig

HTTP = {"protocol": "http", "servers": [{}]}


def router(**keys: Any) -> DetectRouterConfig:
    written = {"protocol": "detect", "servers": [{}]} | keys
    found = load(json.dumps({"routers": [written, HTTP]}), "test").routers[0]
    assert isinstance(found, DetectRouterConfig)
    return found


def test_defaults() -> None:
    found = router(http="http")
    (server,) = found.servers
    assert (found.label, server.port, server.detect_timeout_ms) == ("detect", 4146, 1000)
    assert found.targets() == [("http", "http")]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({}, "at least one of `http`, `thrift` and `tcp` is needed"),
        ({"http": "http", "dtab": "/a => /b"}, "dtab: belongs to the routers that"),
        ({"http": "http", "client": {"failFast": True}}, "client: belongs to the routers that"),
        ({"http": "web"}, "there is no router web with protocol http (expected http)"),
        ({"tcp": "http"}, "there is no router http with protocol tcp (expected such a router)"),
        ({"http": "http", "tcp": "detect"}, "there is no router detect with protocol tcp"),
    ],
)
def test_what_is_refused(keys: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        router(**keys)
    assert why in str(caught.value)
