"""What the admin server is shown of the running process; see `linkerd.admin.view`.

In come the parts that the process owns, out go values of the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from linkerd.admin.view import (
    CannotDelegate,
    RouterView,
    ServerView,
    ServiceView,
)
from linkerd.config.show import plain
from linkerd.name.trace import delegation_json
from linkerd.overview.clients import balance, client_view
from linkerd.overview.connections import connection_views
from linkerd.overview.material import material_view
from linkerd.router.explain_all import explain_all
from linkerd.router.settling import Settling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from linkerd.admin.view import ConnectionView, MaterialView
    from linkerd.interpreter.base import Interpreter
    from linkerd.linker import LinkerConfig
    from linkerd.name.activity import Var
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.name.trace import Node
    from linkerd.namer.base import Namer
    from linkerd.router.built import BuiltRouter
    from linkerd.router.request_text import Header
    from linkerd.router.service import Service
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope
    from linkerd.tls.shared import SharedStore


class Overview:
    """The `View` of this process."""

    def __init__(
        self,
        config: LinkerConfig,
        runtime: Runtime,
        routers: Sequence[BuiltRouter],
        namers: Sequence[Namer],
        plain_interpreter: Interpreter,
        shutdown: Callable[[float | None], None],
        store: SharedStore | None = None,
    ) -> None:
        self._config = config
        self._runtime = runtime
        self._routers = routers
        self._namers = namers
        self._interpreter = plain_interpreter
        self._shutdown = shutdown
        self._store = store
        self._started_at = runtime.wall()
        self._started = runtime.clock()

    @property
    def metrics(self) -> Scope:
        """The root of the metrics tree."""
        return self._runtime.metrics

    @property
    def started_at(self) -> float:
        """Wall time of the start."""
        return self._started_at

    def uptime(self) -> float:
        """Seconds since the start."""
        return self._runtime.clock() - self._started

    def config_json(self) -> object:
        """The configuration as it was understood."""
        return plain(self._config)

    def routers(self) -> Sequence[RouterView]:
        """All routers, as they are now."""
        return [self._router(router) for router in self._routers]

    def _router(self, router: BuiltRouter) -> RouterView:
        bindings = router.bindings
        return RouterView(
            label=router.config.label,
            protocol=router.config.kind,
            dtab=router.config.dtab.show(),
            servers=[
                ServerView(
                    label=listener.label,
                    address="{}:{}".format(*listener.address()),
                    connections=len(listener.connections),
                    pending=listener.stats.pending,
                )
                for listener in router.listeners
            ],
            services=[self._service(service) for service in bindings.by_service.values()],
            clients=[
                client_view(client, router, self._runtime) for client in bindings.by_client.values()
            ],
        )

    def _service(self, service: Service) -> ServiceView:
        budget = service.retry.budget
        return ServiceView(name=service.name, retry_budget=balance(budget, self._runtime.clock()))

    def connections(self, router: str | None) -> Iterator[ConnectionView]:
        """The open connections of one router, or of all."""
        return connection_views(self._routers, self._runtime.clock(), router)

    def material(self) -> Sequence[MaterialView]:
        """What was read for TLS."""
        records = self._store.state() if self._store is not None else []
        return [material_view(record) for record in records]

    # -- naming

    def delegate(self, router: str | None, dtab: Dtab, path: Path) -> Deferred[object]:
        """The delegation of `path`, as soon as all namers have answered."""
        explanation = self._interpreter_of(router).explanation(dtab, path)
        return Deferred.fromCoroutine(_delegation(explanation))

    def _interpreter_of(self, label: str | None) -> Interpreter:
        if label is None:
            return self._interpreter
        for router in self._routers:
            if router.config.label == label:
                return router.interpreter
        raise CannotDelegate(label)

    async def explain(
        self,
        request: str,
        headers: Sequence[Header],
        router: str | None,
        dtab: Dtab | None,
        limit_s: float,
    ) -> list[dict[str, Any]]:
        """Where a request would go, and why, one explanation a router."""
        return await explain_all(
            self._routers, request, headers, router, dtab=dtab, limit_s=limit_s
        )

    def bound_names(self) -> Sequence[str]:
        """The names that namers can list."""
        return sorted(name for namer in self._namers for name in namer.names())

    def namer_state(self, prefix: str) -> object | None:
        """The state of the namer at `/#/<prefix>`."""
        for namer in self._namers:
            if namer.prefix.show() in (f"/#/{prefix}", f"/{prefix}"):
                return namer.state()
        return None

    def interpreters(self) -> Sequence[tuple[str, str]]:
        """The interpreters that have something to tell."""
        return [
            (router.config.label, router.interpreter.kind)
            for router in self._routers
            if router.interpreter.state() is not None
        ]

    def interpreter_state(self, router: str, kind: str) -> object | None:
        """The state of the interpreter of a router."""
        for each in self._routers:
            if (each.config.label, each.interpreter.kind) == (router, kind):
                return each.interpreter.state()
        return None

    def shutdown(self, grace: float | None) -> None:
        """End the process."""
        self._shutdown(grace)


async def _delegation(explanation: Var[Node]) -> object:
    settling = Settling(explanation)
    try:
        await settling.settled()
        return delegation_json(settling.node)
    finally:
        settling.close()
