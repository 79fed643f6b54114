"""An HTTP router's entry, read from a few lines of YAML: its faults, or what it builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.name.fakes import FakeNamer
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime

from linkerd.errors import ConfigError
from linkerd.linker import load
from linkerd.name.path import Path
from linkerd.router.http_config import HttpRouterConfig
from linkerd.tls.shared import SharedStore

if TYPE_CHECKING:
    from linkerd.errors import Fault
    from linkerd.router.build import HttpRouter
    from linkerd.router.policy import ClientPolicy, ServicePolicy


def read(text: str = "", servers: str = "[{}]") -> HttpRouterConfig:
    config: Any = load(f"routers:\n- protocol: http\n  servers: {servers}\n{text}", "x").routers[0]
    assert isinstance(config, HttpRouterConfig)
    return config


def faults(text: str, servers: str = "[{}]") -> list[Fault]:
    with pytest.raises(ConfigError) as caught:
        read(text, servers)
    return caught.value.faults


def make(text: str = "") -> HttpRouter:
    runtime = make_runtime(MemoryNetwork())
    return read(text).mk(runtime, ((Path.read("/#/fake"), FakeNamer()),), SharedStore(runtime))


def client_policy(text: str = "", client_id: str = "/#/fake/web") -> ClientPolicy:
    return make(text).bindings.client_policy(Path.read(client_id))


def service_policy(text: str = "", name: str = "/svc/web") -> ServicePolicy:
    return make(text).bindings.service_policy(Path.read(name))
