from __future__ import annotations

from tests.name.fakes import bound
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime

from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.p2c import P2cConfig
from linkerd.client.http import HttpConnections
from linkerd.retry.budget import RetryBudget
from linkerd.router.routed_client import RoutedClient
from linkerd.wire.http1 import Limits


def make() -> RoutedClient:
    runtime = make_runtime(MemoryNetwork())
    return RoutedClient(
        bound("/#/fake/web", 80),
        runtime,
        P2cConfig(),
        DEFAULT_ACCRUAL,
        HttpConnections(Limits()),
        RetryBudget(),
    )


def test_statistics_by_service_are_made_once() -> None:
    client = make()
    one = client.stats_of("/svc/a")
    assert client.stats_of("/svc/a") is one
    assert client.stats_of("/svc/b") is not one
    assert one.scope.labels() == ("client", "#/fake/web", "service", "svc/a")


def test_a_forgotten_service_leaves_the_tree() -> None:
    client = make()
    one = client.stats_of("/svc/a")
    client.forget("/svc/a")
    client.forget("/svc/never")
    assert client.scope.find("service", "svc/a") is None
    assert client.stats_of("/svc/a") is not one
