"""What the admin server is shown of the running process; see `linkerd.admin.view`.

In come the parts that the process owns, out go values of the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet import defer

from linkerd.accrual.state import DEAD, PROBE_CLOSED, PROBE_OPEN
from linkerd.admin.view import (
    CannotDelegate,
    ClientView,
    EndpointView,
    RouterView,
    ServerView,
    ServiceView,
)
from linkerd.balancer.ewma import Ewma
from linkerd.config.show import plain
from linkerd.name.trace import bound_names, delegation_json, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linkerd.client.client import Client
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.interpreter.base import Interpreter
    from linkerd.linker import LinkerConfig
    from linkerd.name.activity import Observation
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.name.trace import Node
    from linkerd.namer.base import Namer
    from linkerd.router.config import HttpRouter
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope


class Overview:
    """The `View` of this process."""

    def __init__(
        self,
        config: LinkerConfig,
        runtime: Runtime,
        routers: Sequence[HttpRouter],
        namers: Sequence[Namer],
        plain_interpreter: Interpreter,
        shutdown: Callable[[float | None], None],
    ) -> None:
        self._config = config
        self._runtime = runtime
        self._routers = routers
        self._namers = namers
        self._interpreter = plain_interpreter
        self._shutdown = shutdown
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

    def _router(self, router: HttpRouter) -> RouterView:
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
            services=[ServiceView(name=service.name) for service in bindings.by_service.values()],
            clients=[self._client(client) for client in bindings.by_client.values()],
        )

    def _client(self, client: Client) -> ClientView:
        state = "bound"
        if client.problem:
            state = f"Failed: {client.problem}"
        elif not client.known:
            state = "Pending"
        ewma = isinstance(client.balancer, Ewma)
        now = self._runtime.clock()
        return ClientView(
            id=client.id,
            balancer=client.balancer_config.kind,
            state=state,
            endpoints=[self._endpoint(each, ewma, now) for each in client.endpoints.values()],
        )

    def _endpoint(self, endpoint: ClientEndpoint, ewma: bool, now: float) -> EndpointView:
        accrual = endpoint.accrual
        status = {DEAD: "dead", PROBE_OPEN: "probing", PROBE_CLOSED: "probing"}
        return EndpointView(
            address=endpoint.name(),
            status=status.get(accrual.state, "open"),
            pending=endpoint.pending,
            connections=endpoint.open,
            weight=endpoint.address.weight,
            load=endpoint.cost * 1000.0 if ewma else float(endpoint.pending),
            dead_for=max(accrual.until - now, 0.0) if accrual.state == DEAD else None,
        )

    # -- naming

    def delegate(self, router: str | None, dtab: Dtab, path: Path) -> defer.Deferred[object]:
        """The delegation of `path`, as soon as all namers have answered."""
        return Delegation(self._interpreter_of(router), dtab, path).result

    def _interpreter_of(self, label: str | None) -> Interpreter:
        if label is None:
            return self._interpreter
        for router in self._routers:
            if router.config.label == label:
                return router.interpreter
        raise CannotDelegate(label)

    def bound_names(self) -> Sequence[str]:
        """The names that namers can list."""
        return sorted(name for namer in self._namers for name in namer.names())

    def namer_state(self, prefix: str) -> object | None:
        """The state of the namer at `/#/<prefix>`."""
        for namer in self._namers:
            if namer.prefix.show() in (f"/#/{prefix}", f"/{prefix}"):
                return namer.state()
        return None

    def shutdown(self, grace: float | None) -> None:
        """End the process."""
        self._shutdown(grace)


class Delegation:
    """A trace on its way to being settled; `result` fires with its JSON."""

    def __init__(self, interpreter: Interpreter, dtab: Dtab, path: Path) -> None:
        self.result: defer.Deferred[object] = defer.Deferred(self._close)
        self._node: Node | None = None
        self._addresses: list[Observation] = []
        self._done = False
        self._trace = interpreter.explanation(dtab, path).observe(self._see)
        self._look()

    def _see(self, node: Node) -> None:
        self._node = node
        before = self._addresses
        self._addresses = [name.addr.observe(self._address) for name in bound_names(node)]
        for observation in before:
            observation.close()
        self._look()

    def _address(self, _: object) -> None:
        self._look()

    def _look(self) -> None:
        """Answer once everything is known; `_trace` is missing while observing calls back."""
        node = self._node
        if self._done or node is None or not hasattr(self, "_trace") or not settled(node):
            return
        self._done = True
        answer = delegation_json(node)
        self._close(None)
        self.result.callback(answer)

    def _close(self, _: object) -> None:
        self._done = True
        self._trace.close()
        for observation in self._addresses:
            observation.close()
