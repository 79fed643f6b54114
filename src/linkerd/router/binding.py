"""The router's caches: routes by key, services by name, clients by id, each as large as is useful.

In come names and bound names; out go routes, services and clients, made once however many requests
wait for them. A full cache gives up the route that has rested longest; if every route is in use the
new one serves its request only. Owned by the router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.name.reasoning import reasoning, verdict
from linkerd.net.wheel import Timed
from linkerd.router import messages
from linkerd.router.route import Bindings, Route
from linkerd.router.routed_client import RoutedClient
from linkerd.router.service import RetryPolicy, Service

if TYPE_CHECKING:
    from linkerd.client.client import Client
    from linkerd.errors import RequestError
    from linkerd.interpreter.base import Interpreter
    from linkerd.name.activity import Failed
    from linkerd.name.addr import BoundName
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.router.policy import ClientPolicy, ServicePolicy
    from linkerd.runtime import Runtime
    from linkerd.wire.http1 import Limits

CAPACITY = 1000
IDLE_S = 600.0
LOOKED_AT = 8


class RouterBindings(Bindings):
    """Routes, services and clients of one router. `table` maps a request's key to its route."""

    __slots__ = (
        "base",
        "bind_latency",
        "by_client",
        "by_service",
        "capacity",
        "client_policy",
        "counts",
        "interpreter",
        "limits",
        "new_clients",
        "runtime",
        "service_policy",
        "sweep",
        "table",
    )

    def __init__(
        self,
        runtime: Runtime,
        interpreter: Interpreter,
        base: Dtab,
        client_policy: ClientPolicy,
        service_policy: ServicePolicy,
        limits: Limits,
        capacity: int = CAPACITY,
    ) -> None:
        super().__init__(runtime.clock)
        self.runtime = runtime
        self.interpreter = interpreter
        self.base = base
        self.client_policy = client_policy
        self.service_policy = service_policy
        self.limits = limits
        self.capacity = capacity
        self.table: dict[object, Route] = {}
        self.by_service: dict[Path, Service] = {}
        self.by_client: dict[str, RoutedClient] = {}
        scope = runtime.metrics.scope("bindcache", "path")
        self.counts = {
            name: scope.counter(name) for name in ("misses", "evicts", "expires", "oneshots")
        }
        self.bind_latency = scope.stat("bind_latency_us")
        self.new_clients = runtime.metrics.counter("bindcache", "client", "misses")
        self.sweep = Sweep(self)

    # -- routes

    def bind(self, key: object, path: Path, local: Dtab) -> Route:
        """A new route for a key that has none; it may be ready already."""
        self.counts["misses"].value += 1
        route = Route(self, key, self.service(path), local)
        route.last = self.clock()
        if len(self.table) < self.capacity or self.evict():
            self.table[key] = route
            if self.sweep.deadline == 0.0:
                self.runtime.network.wheel.arm(self.sweep, route.last + IDLE_S)
        else:
            self.counts["oneshots"].value += 1
            route.one_shot = True
        activity = self.interpreter.bind(self.base + local, path)
        route.observation = activity.observe(route.changed)
        return route

    def evict(self) -> bool:
        """Make room: of the first few idle routes the one that rested longest goes.

        Routes looked at and kept move to the end, so a flood of names costs a bounded time each.
        """
        looked: list[Route] = []
        for route in self.table.values():
            if route.pending == 0:
                looked.append(route)
                if len(looked) == LOOKED_AT:
                    break
        if not looked:
            return False
        victim = min(looked, key=rested_since)
        for route in looked:
            del self.table[route.key]
            if route is not victim:
                self.table[route.key] = route
        self.counts["evicts"].value += 1
        victim.close()
        return True

    def expire(self, now: float) -> None:
        """Drop the routes that nobody has used for long."""
        for route in list(self.table.values()):
            if route.pending == 0 and now - route.last >= IDLE_S:
                del self.table[route.key]
                self.counts["expires"].value += 1
                route.close()

    def close(self) -> None:
        """Let go of everything."""
        self.sweep.deadline = 0.0
        routes = list(self.table.values())
        self.table.clear()
        for route in routes:
            route.close()

    # -- services and clients

    def service(self, path: Path) -> Service:
        """The service of a name, for one more use."""
        service = self.by_service.get(path)
        if service is None:
            policy = self.service_policy
            retry = RetryPolicy(policy.budget.mk(), policy.backoff, policy.max_retries)
            service = Service(path, self.runtime.metrics, policy.classifier, retry)
            service.scope.gauge(
                "retries", "budget", read=lambda: retry.budget.balance(self.clock())
            )
            self.by_service[path] = service
        service.uses += 1
        return service

    def release_service(self, service: Service) -> None:
        """One use less; without any its statistics leave the tree."""
        service.uses -= 1
        if service.uses == 0:
            del self.by_service[service.path]
            service.scope.prune()
            for client in self.by_client.values():
                client.forget(service.name)

    def client(self, name: BoundName) -> RoutedClient:
        client_id = name.id.show()
        client = self.by_client.get(client_id)
        if client is None:
            policy = self.client_policy
            client = RoutedClient(
                name,
                self.runtime,
                policy.balancer,
                policy.accrual,
                self.limits,
                policy.requeues.mk(),
            )
            client.connect_timeout_s = policy.connect_timeout_s
            self.by_client[client_id] = client
            self.new_clients.value += 1
        client.uses += 1
        return client

    def release(self, client: RoutedClient) -> None:
        client.uses -= 1
        if client.uses == 0:
            del self.by_client[client.id]
            client.close()

    def bound(self, route: Route) -> None:
        self.bind_latency.add(int((self.clock() - route.last) * 1e6))

    # -- errors

    def binding_failed(self, route: Route, state: Failed) -> RequestError:
        node = self.interpreter.explain(self.base + route.local, route.service.path)
        return messages.no_hosts(
            route.service.name,
            self.base,
            route.local,
            state.code,
            f"{state.why}\n{reasoning(node)}",
        )

    def no_hosts(self, route: Route, client: Client | None) -> RequestError:
        """The error for a request of a name that is bound, but to nothing."""
        node = self.interpreter.explain(self.base + route.local, route.service.path)
        why = reasoning(node)
        if client is not None and client.problem:
            why = f"{client.problem}\n{why}"
        return messages.no_hosts(route.service.name, self.base, route.local, verdict(node), why)


class Sweep(Timed):
    """Looks for routes that nobody uses any more."""

    __slots__ = ("bindings",)

    def __init__(self, bindings: RouterBindings) -> None:
        super().__init__()
        self.bindings = bindings

    def expired(self, now: float) -> None:
        self.bindings.expire(now)
        if self.bindings.table:
            self.bindings.runtime.network.wheel.arm(self, now + IDLE_S)


def rested_since(route: Route) -> float:
    """When a route was last used."""
    return route.last
