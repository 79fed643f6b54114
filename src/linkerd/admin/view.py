"""What the admin server needs to know of the proxy, and nothing more.

The linker implements `View`; everything it gives is a value of this moment, which pages and JSON
are made from. Whoever asks does not keep it. What is counted is not here: pages read it from the
metrics tree, under Linkerd's names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.router.request_text import Header
    from linkerd.telemetry.metrics import Scope


class CannotDelegate(Exception):
    """There is no router of that label, or its interpreter cannot explain itself."""


@attrs.frozen
class EndpointView:
    """One instance behind a client.

    `status` is one word: `open`, `busy`, `dead`, `probing`, `closed`, ...; `load` is what the
    balancer compares (milliseconds for ewma, requests else), if it says; `dead_for` is how many
    seconds a dead endpoint has to wait for its probe.
    """

    address: str
    status: str = "open"
    pending: int = 0
    connections: int = 0
    weight: float = 1.0
    load: float | None = None
    dead_for: float | None = None


GOOD = frozenset(("open", "busy", "probing"))
"""What the status of an endpoint says that takes requests."""


def _good(client: ClientView) -> int:
    return sum([endpoint.status in GOOD for endpoint in client.endpoints])


@attrs.frozen
class ClientView:
    """A bound name and its replicas. `id` is its path, `state` as in `/client_state.json`.

    `up` is how many endpoints take requests; of very many they are not counted one by one.
    `policy` tells the parameters that hold for it, as they are written in a configuration.
    """

    id: str
    balancer: str = ""
    state: str = "bound"
    endpoints: Sequence[EndpointView] = ()
    up: int = attrs.Factory(_good, takes_self=True)
    policy: Callable[[], Mapping[str, object]] = dict


@attrs.frozen
class ServiceView:
    """A logical name in use; `name` is its path."""

    name: str


@attrs.frozen
class ServerView:
    """A listening server; `label` is `ip/port`, its name in the metrics tree."""

    label: str
    address: str
    connections: int = 0
    pending: int = 0


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
    "ClientView",
    "EndpointView",
    "RouterView",
    "ServerView",
    "ServiceView",
    "View",
]
