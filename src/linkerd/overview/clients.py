"""What is shown of one client: its balancer, its pools, its budget, and its endpoints.

In comes a client with the router that it belongs to, out goes its view, by values of the moment.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from linkerd.admin.view import BalancerView, ClientView, PoolView
from linkerd.balancer.base import BUSY, OPEN
from linkerd.client.stats import windows
from linkerd.config.show import plain
from linkerd.name.path import Path
from linkerd.overview.endpoints import EndpointViews
from linkerd.router.client_config import UNBOUNDED

if TYPE_CHECKING:
    from linkerd.client.client import Client
    from linkerd.retry.budget import RetryBudget
    from linkerd.router.built import BuiltRouter
    from linkerd.router.routed_client import RoutedClient
    from linkerd.runtime import Runtime


def client_view(client: RoutedClient, router: BuiltRouter, runtime: Runtime) -> ClientView:
    """Give the view of a client of `router`."""
    return ClientView(
        id=client.id,
        router=router.config.label,
        balancer=balancer_view(client),
        state=state_of(client),
        endpoints=EndpointViews(client, runtime.clock, runtime.wall),
        pool=pool_view(client),
        requeue_budget=balance(client.budget, runtime.clock()),
        policy=partial(_policy, router, client),
    )


def state_of(client: Client) -> str:
    """Give what Linkerd says of a client's addresses."""
    if client.problem:
        return f"Failed: {client.problem}"
    return "bound" if client.known else "Pending"


def balancer_view(client: Client) -> BalancerView:
    """Give what the balancer says of the set as a whole."""
    balancer = client.balancer
    found = windows(client)
    return BalancerView(
        kind=client.balancer_config.kind,
        unit="ms" if balancer.unit() == "s" else balancer.unit(),
        size=balancer.size,
        available=balancer.count(OPEN),
        busy=balancer.count(BUSY),
        aperture=sum([window.window() for window in found]) if found else None,
    )


def pool_view(client: Client) -> PoolView:
    """Give the bounds of each endpoint's pool."""
    pool = client.pool
    if pool is None:
        return PoolView()
    bounds = (pool.max_size, pool.max_waiters)
    return PoolView(*[bound if bound < UNBOUNDED else None for bound in bounds])


def balance(budget: RetryBudget, now: float) -> int:
    """Read a budget's balance and leave the budget as it is: its window moves as it is read."""
    seen = copy(budget)
    seen.ring = list(budget.ring)
    return seen.balance(now)


def _policy(router: BuiltRouter, client: Client) -> dict[str, object]:
    """Show the parameters of a client that were written for it."""
    shown = plain(router.config.client.parameters(Path.read(client.id)))
    shown.pop("kind", None)
    return shown


__all__ = ["balance", "balancer_view", "client_view", "pool_view", "state_of"]
