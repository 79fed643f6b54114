"""What a router remembers: routes by key, services by name, clients by id, and why a name failed.

In come names and bound names; out go routes, services and clients, each made once however many
requests wait for it, and the errors for names that lead nowhere. Owned by the router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.name.activity import Constant, Ok
from linkerd.name.addr import ADDR_NEG, BoundName
from linkerd.name.reasoning import reasoning, verdict
from linkerd.name.tree import leaves
from linkerd.router import messages
from linkerd.router.caches import BindingCacheConfig, CacheCounts, Sweep
from linkerd.router.client_cache import ClientCache
from linkerd.router.local_dtab import NONE
from linkerd.router.route import Bindings, Excuse, Route
from linkerd.router.route_cache import RouteCache
from linkerd.router.routed_client import RoutedClient
from linkerd.router.service import RetryPolicy, Service
from linkerd.tls.server_name import BadServerName

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.client.client import Client
    from linkerd.client.connection import Connections
    from linkerd.errors import RequestError
    from linkerd.interpreter.base import Interpreter
    from linkerd.name.activity import Failed
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.net.security import Security
    from linkerd.router.local_dtab import LocalDtab
    from linkerd.router.policy import ClientPolicy, ServicePolicy
    from linkerd.runtime import Runtime

EXCUSE_S = 1.0
"""Seconds for which the reasoning behind an error is taken to be still true."""


class RouterBindings(Bindings):
    """Routes, services and clients of one router. `table` maps a request's key to its route."""

    __slots__ = (
        "base",
        "base_lines",
        "bind_latency",
        "by_client",
        "by_service",
        "client_policy",
        "clients",
        "connections",
        "interpreter",
        "routes",
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
        client_policy: Callable[[Path], ClientPolicy],
        service_policy: Callable[[Path], ServicePolicy],
        connections: Connections,
        caches: BindingCacheConfig,
    ) -> None:
        super().__init__(runtime.clock)
        self.runtime = runtime
        self.interpreter = interpreter
        self.base = base
        self.base_lines = messages.show_lines(base)
        self.client_policy = client_policy
        self.service_policy = service_policy
        self.connections = connections
        scope = runtime.metrics.scope("bindcache")
        paths = scope.scope("path")
        self.routes = RouteCache(caches.paths, CacheCounts(paths))
        self.table = self.routes.table
        self.bind_latency = paths.stat("bind_latency_us")
        self.clients = ClientCache(
            caches.clients,
            CacheCounts(scope.scope("client")),
            runtime.clock,
            self.new_client,
            self.routes.give_up_clients,
        )
        self.by_client = self.clients.by_id
        self.by_service: dict[Path, Service] = {}
        self.sweep = Sweep(runtime.network.wheel, float(caches.idle_ttl_secs), self.expire)

    # -- routes

    def bind(self, key: object, path: Path, local: LocalDtab) -> Route:
        """A new route for a key that has none in the table; it may be ready already."""
        route = self.routes.singles.get(key)
        if route is not None:
            return route
        route = Route(self, key, self.service(path), local)
        route.last = self.clock()
        self.routes.add(route)
        if local is not NONE:
            local.routes[route] = None
        self.sweep.start(route.last)
        activity = self.interpreter.bind(self.base + local.dtab, path)
        route.observation = activity.observe(route.changed)
        return route

    def expire(self, now: float) -> bool:
        """Drop what nobody has used for long; whether there is anything left."""
        before = now - self.sweep.idle_s
        self.routes.expire(before)
        self.clients.expire(before)
        return bool(self.table or self.by_client)

    def close(self) -> None:
        """Let go of everything."""
        self.sweep.stop()
        self.routes.close()
        self.clients.close()

    def drop(self, route: Route) -> None:
        self.routes.drop(route)

    def forget_local(self, local: LocalDtab) -> None:
        """A request's dtab is forgotten: so are its routes, as soon as nobody uses them."""
        for route in list(local.routes):
            if route.pending:
                route.one_shot = True
            else:
                self.routes.drop(route)

    # -- services and clients

    def service(self, path: Path) -> Service:
        """The service of a name, for one more use."""
        service = self.by_service.get(path)
        if service is None:
            policy = self.service_policy(path)
            retry = RetryPolicy(policy.budget.mk(self.clock()), policy.backoff, policy.max_retries)
            service = Service(
                path, self.runtime.metrics, policy.classifier, retry, policy.total_timeout_s
            )
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

    def new_client(self, name: BoundName) -> RoutedClient:
        """Make the client of a bound name."""
        policy = self.client_policy(name.id)
        refusal: RequestError | None = None
        security: Security | None = None
        if policy.secure is not None:
            try:
                security = policy.secure(self.runtime.metrics.scope("client", name.id.show()[1:]))
            except BadServerName as error:
                refusal = error
                name = BoundName(name.id, Constant(ADDR_NEG))
        client = RoutedClient(
            name,
            self.runtime,
            policy.balancer,
            policy.accrual,
            self.connections,
            policy.requeues.mk(self.clock()),
            policy.pool,
        )
        client.connect_timeout_s = policy.connect_timeout_s
        client.security = security
        client.ttwitter = policy.ttwitter
        client.pipelined = policy.pipelined
        client.proxy_protocol = policy.proxy_protocol
        client.refusal = refusal
        client.set_options(policy.socket_options)
        if policy.session is not None:
            client.limit_sessions(policy.session)
        if policy.show_certificate is not None:
            client.forward_certificates(policy.show_certificate)
        if policy.fail_fast:
            client.fail_fast()
        client.attempt_timeout_s = policy.attempt_timeout_s
        return client

    def client(self, name: BoundName) -> RoutedClient:
        return self.clients.take(name)

    def release(self, client: RoutedClient) -> None:
        self.clients.release(client)

    def bound(self, route: Route) -> None:
        self.bind_latency.add(int((self.clock() - route.last) * 1e6))

    # -- errors

    def binding_failed(self, route: Route, state: Failed) -> RequestError:
        node = self.interpreter.explain(self.base + route.local.dtab, route.service.path)
        why = reasoning(node)
        if state.why not in why:
            why = f"{state.why}\n{why}"
        return self.nowhere(route, state.code, why)

    def no_hosts(self, route: Route, client: RoutedClient | None) -> RequestError:
        """The error for a request of a name that is bound, but to nothing that may be used."""
        if client is not None and client.refusal is not None:
            return client.refusal
        code, why = self.excuse(route, client)
        if client is not None and client.problem:
            why = f"{client.problem}\n{why}"
        return self.nowhere(route, code, why)

    def nowhere(self, route: Route, code: str, why: str) -> RequestError:
        """Linkerd's text for a name without hosts, and ours."""
        local = messages.show_lines(route.local.dtab)
        return messages.no_hosts(route.service.name, self.base_lines, local, code, why)

    def binding_timeout(self, route: Route, timeout_s: float) -> RequestError:
        """The error for a request whose name, or the endpoints of it, did not come in time."""
        why = self.excuse(route, None)[1]
        return messages.binding_timeout(route.service.name, route.names, timeout_s, why)

    def excuse(self, route: Route, client: Client | None) -> tuple[str, str]:
        """Code and reasoning for requests that `route`, or its way to `client`, cannot serve.

        To explain a name may take as long as to bind it, so what was true a moment ago will do.
        """
        now = self.clock()
        known = route.excuses.get(client)
        if known is not None and now < known.until:
            return known.code, known.why
        node = self.interpreter.explain(self.base + route.local.dtab, route.service.path)
        addr = None
        if client is not None and isinstance(node.state, Ok):
            bound = (each for each in leaves(node.state.value) if each.id.show() == client.id)
            addr = next((each.addr.sample() for each in bound), None)
        code, why = verdict(node, addr), reasoning(node)
        route.excuses[client] = Excuse(now + EXCUSE_S, code, why)
        return code, why
