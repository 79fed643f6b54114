from __future__ import annotations

import pytest

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError
from linkerd.server.config import ServerConfig


def test_defaults_are_linkerds() -> None:
    server = bind(parse("{}", "x"), ServerConfig)
    assert (server.ip, server.port, server.label) == ("127.0.0.1", 4140, None)
    assert server.clear_context is False


@pytest.mark.parametrize("key", sorted(ServerConfig.not_yet))
def test_what_is_not_built_is_refused_by_name(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        bind(parse(f"port: 1\n{key}: 1\n", "x"), ServerConfig)
    (fault,) = caught.value.faults
    assert (fault.code, fault.line, fault.column, fault.path) == ("L5D-4007", 2, 1, key)


@pytest.mark.parametrize("text", ["port: 65536", "port: -1", "port: a", "ip: web", "ip: 1"])
def test_bad_addresses_are_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        bind(parse(text, "x"), ServerConfig)
    (fault,) = caught.value.faults
    assert (fault.code, fault.line) == ("L5D-4004", 1)
