"""What is built of a router's configuration."""

from __future__ import annotations

from tests.router.configured import make

from linkerd.balancer.p2c import P2c
from linkerd.name.path import Path


def test_what_is_built_by_default() -> None:
    built = make()
    assert built.access_log is None
    client = built.bindings.client_policy(Path.of("x"))
    assert isinstance(client.balancer.mk(built.bindings.runtime.rng), P2c)
    assert client.connect_timeout_s == 1.0
    service = built.bindings.service_policy(Path.of("x"))
    assert (service.backoff, service.max_retries) == (None, 10)
    assert service.budget.mk(0.0).balance(0.0) == 100
