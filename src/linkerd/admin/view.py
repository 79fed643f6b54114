"""What the admin server needs to know of the proxy, and nothing more.

The linker implements `View`; everything it gives is a value of this moment, which pages and JSON
are made from. Whoever asks does not keep it. What is counted is not here: pages read it from the
metrics tree, under Linkerd's names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.router.request_text import Header
    from linkerd.telemetry.metrics import Scope


class CannotDelegate(Exception):
    """There is no router of that label, or its interpreter cannot explain itself."""


@attrs.frozen
class EndpointView:
    """One instance behind a client, as it is when it is looked at.

    `status` is one word: `open`, `probing` (dead so far, and a request may try it), `dead` (failure
    accrual) or `down` (failFast); `reason` tells what has led to it. `dead_for` is how many seconds
    it has to wait for its next try, `until` that moment in seconds since 1970. `load` is what the
    balancer compares, in its own unit; None if it does not know, or does not care. `latency_ms`,
    `in_aperture`, `failures_in_a_row` and `success_rate` are None where nothing goes by them.
    """

    address: str
    status: str = "open"
    reason: str = ""
    dead_for: float | None = None
    until: float | None = None
    pending: int = 0
    connections: int = 0
    idle: int = 0
    waiting: int = 0
    weight: float = 1.0
    load: float | None = None
    latency_ms: float | None = None
    in_aperture: bool | None = None
    failures_in_a_row: int | None = None
    success_rate: float | None = None


@attrs.frozen
class BalancerView:
    """A client's balancer. `unit` is that of loads (`requests`, `ms`), "" if there are none.

    `available` endpoints take requests, `busy` ones are avoided; `aperture` is how many are in use,
    None for a balancer that uses all.
    """

    kind: str = ""
    unit: str = ""
    size: int = 0
    available: int = 0
    busy: int = 0
    aperture: int | None = None


@attrs.frozen
class PoolView:
    """The bounds of each endpoint's pool; None is no bound."""

    max_size: int | None = None
    max_waiters: int | None = None


@attrs.frozen
class ClientView:
    """A bound name and its replicas. `id` is its path, `state` as in `/client_state.json`.

    `requeue_budget` is how many requests could be sent elsewhere at once. `policy` tells the
    parameters that hold for it, as they are written in a configuration.
    """

    id: str
    router: str = ""
    balancer: BalancerView = BalancerView()
    state: str = "bound"
    endpoints: Sequence[EndpointView] = ()
    pool: PoolView = PoolView()
    requeue_budget: int | None = None
    policy: Callable[[], Mapping[str, object]] = dict


@attrs.frozen
class ServiceView:
    """A logical name in use; `name` is its path, `retry_budget` how many retries it has left."""

    name: str
    retry_budget: int | None = None


@attrs.frozen
class ServerView:
    """A listening server; `label` is `ip/port`, its name in the metrics tree."""

    label: str
    address: str
    connections: int = 0
    pending: int = 0


@attrs.frozen
class ConnectionView:
    """An open connection of a client; `server` is a `ServerView`'s label.

    `service`, `client_id` and `endpoint` are of what it does now, "" where it does nothing; with
    raw connections that is all they ever do.
    """

    router: str
    server: str
    client: str
    state: str
    age_s: float
    requests: int
    received: int
    sent: int
    service: str = ""
    client_id: str = ""
    endpoint: str = ""


@attrs.frozen
class CertificateView:
    """A certificate in use; `begins` and `ends` are seconds since 1970."""

    subject: str
    names: Sequence[str]
    issuer: str
    begins: float
    ends: float


@attrs.frozen
class MaterialView:
    """What was read for TLS from the files that belong together; times are seconds since 1970.

    `certificates` are those in use, by file. `fault` says why the files as they are now are not in
    use ("" if they are), `waiting` why they may be in the middle of a change.
    """

    files: Sequence[str]
    certificates: Mapping[str, Sequence[CertificateView]]
    loaded_at: float
    fault: str = ""
    fault_since: float | None = None
    waiting: str = ""


@attrs.frozen
class RouterView:
    """A router and what hangs on it now."""

    label: str
    protocol: str = "http"
    dtab: str = ""
    servers: Sequence[ServerView] = ()
    services: Sequence[ServiceView] = ()
    clients: Sequence[ClientView] = ()


class View(Protocol):
    """The running proxy as the admin server sees it."""

    @property
    def metrics(self) -> Scope:
        """The root of the metrics tree."""

    @property
    def started_at(self) -> float:
        """Wall time of the start, in seconds since 1970."""

    def uptime(self) -> float:
        """Give the seconds since the start."""

    def config_json(self) -> object:
        """Give the configuration as it was understood, fit for JSON."""

    def routers(self) -> Sequence[RouterView]:
        """Give all routers."""

    def connections(self, router: str | None) -> Iterator[ConnectionView]:
        """Give the open connections, those of one router or of all."""

    def material(self) -> Sequence[MaterialView]:
        """Give what was read for TLS; nothing if nobody has TLS."""

    def delegate(self, router: str | None, dtab: Dtab, path: Path) -> Awaitable[object] | object:
        """Explain how `dtab` delegates `path`; the node of `/delegator.json`, now or later.

        `router` says whose interpreter is asked; None: the configured namers. The router's own dtab
        is not added. Raises `CannotDelegate`.
        """

    def explain(
        self,
        request: str,
        headers: Sequence[Header],
        router: str | None,
        dtab: Dtab | None,
        limit_s: float,
    ) -> Awaitable[list[dict[str, Any]]]:
        """Explain a request, one explanation a router: see `linkerd.router.explain`.

        `dtab` takes the place of the router's own. Raises `UnknownRouter` and `BadRequestText`.
        """

    def bound_names(self) -> Sequence[str]:
        """Give the paths that namers know to be there."""

    def namer_state(self, prefix: str) -> object | None:
        """Give a namer's state, fit for JSON, or None; `prefix` is `io.l5d.fs`, ..."""

    def interpreters(self) -> Sequence[tuple[str, str]]:
        """Give label and kind of each router whose interpreter has a state of its own."""

    def interpreter_state(self, router: str, kind: str) -> object | None:
        """Give the state of a router's interpreter, fit for JSON, or None."""

    def shutdown(self, grace: float | None) -> None:
        """Begin to end the process; `grace` is in seconds, None for what is configured."""


__all__ = [
    "CannotDelegate",
    "CertificateView",
    "ClientView",
    "ConnectionView",
    "EndpointView",
    "MaterialView",
    "RouterView",
    "ServerView",
    "ServiceView",
    "View",
]
