"""A router: the names, bindings and policy of one entry under `routers`, for all its exchanges.

In come keys that identifiers gave and what went wrong with requests; out go routes and errors. The
fast path looks a request's key up in `routes`; everything else here is the slow path. What is of
one protocol only is added by the classes derived from it, such as `linkerd.router.junction`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from linkerd.errors import RequestError, Unidentified
from linkerd.router import messages
from linkerd.router.limit import SERVER, TOTAL, LimitPool
from linkerd.router.local_dtab import NONE, LocalDtab, LocalDtabs
from linkerd.telemetry import request_stats

if TYPE_CHECKING:
    from linkerd.balancer.base import Endpoint
    from linkerd.client.client import Client
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.name.path import Path
    from linkerd.router.attempt import Attempt
    from linkerd.router.binding import RouterBindings
    from linkerd.router.limit import Limit
    from linkerd.router.route import Route
    from linkerd.router.routed_client import RoutedClient
    from linkerd.runtime import Runtime

CAUSES = {
    "L5D-1001": request_stats.UNIDENTIFIED,
    "L5D-2001": request_stats.CONNECTION_FAILED,
    "L5D-2005": request_stats.CONNECTION_FAILED,
    "L5D-2002": request_stats.CHANNEL_CLOSED,
    "L5D-2006": request_stats.REQUEST_TIMEOUT,
    "L5D-2007": request_stats.TOTAL_TIMEOUT,
    "L5D-2008": request_stats.REQUEST_TIMEOUT,
    "L5D-5003": request_stats.CONNECTION_FAILED,
}


class Names(Protocol):
    """What a router's identifier is to all of them: it knows what keys stand for."""

    def name(self, key: bytes) -> Path:
        """The name that a key stands for. Raises Unidentified if it stands for none."""


class ExchangeLog(Protocol):
    """What hears of each request's end, with the exchange of the router's protocol."""

    errors: bool

    def note(self, exchange: Any, endpoint: Endpoint | None, now: float) -> None:
        """An endpoint has answered."""

    def note_error(self, exchange: Any, endpoint: Endpoint | None, now: float, code: str) -> None:
        """The request ended in an error of ours."""

    def note_gone(self, exchange: Any, now: float) -> None:
        """Nobody waits for the answer any more."""


class Router:
    """What the exchanges of one router have in common."""

    __slots__ = (
        "access_log",
        "binding_timeout_s",
        "bindings",
        "bits",
        "clock",
        "identifier",
        "label",
        "limits",
        "local_dtabs",
        "rng",
        "routes",
        "uniform",
        "wall",
        "wheel",
    )

    def __init__(
        self,
        label: str,
        runtime: Runtime,
        identifier: Names,
        bindings: RouterBindings,
        binding_timeout_s: float,
        access_log: ExchangeLog | None,
    ) -> None:
        self.label = label
        self.clock = runtime.clock
        self.wall = runtime.wall
        self.wheel = runtime.network.wheel
        self.rng = runtime.rng
        self.uniform = runtime.rng.random
        self.bits = runtime.rng.getrandbits
        self.limits = LimitPool()
        self.identifier = identifier
        self.bindings = bindings
        self.routes = bindings.table
        self.binding_timeout_s = binding_timeout_s
        self.access_log = access_log
        self.local_dtabs = LocalDtabs(bindings.forget_local)

    # -- the slow path of naming; each may end the exchange with an error and return None

    def new_route(self, exchange: Attempt, key: bytes) -> Route | None:
        """The route of a key that is not in the table."""
        return self.bind(exchange, key, key, NONE)

    def bind(
        self, exchange: Attempt, table_key: object, key: bytes, local: LocalDtab
    ) -> Route | None:
        """Name the request and bind the name."""
        try:
            path = self.identifier.name(key)
        except Unidentified as error:
            self.reject(exchange, error.message)
            return None
        return self.bindings.bind(table_key, path, local)

    def reject(self, exchange: Any, why: str) -> None:
        """Answer that the request has no name."""
        raise NotImplementedError

    # -- errors

    def no_hosts(self, route: Route, client: RoutedClient | None) -> RequestError:
        """The name is bound, but there is nothing to send to."""
        return self.bindings.no_hosts(route, client)

    def connect_failed(
        self, route: Route, client: Client, endpoint: ClientEndpoint, why: str, code: str
    ) -> RequestError:
        """No connection after all the tries that are allowed; `code` may tell more of why."""
        now = self.clock()
        return messages.connect_failed(route.service.name, client, endpoint, why, now, code)

    def no_descriptor(self, route: Route, client: Client) -> RequestError:
        """No connection, for want of a file descriptor."""
        return messages.no_descriptor(route.service.name, client)

    def peer_lost(
        self, client: Client, endpoint: ClientEndpoint, why: str, bad_answer: bool
    ) -> RequestError:
        """The endpoint did not answer as it should."""
        return messages.peer_lost(self.label, client, endpoint, why, bad_answer)

    def binding_timeout(self, route: Route) -> RequestError:
        """The binding timeout is over."""
        return self.bindings.binding_timeout(route, self.binding_timeout_s)

    def attempt_timeout(self, client: RoutedClient, endpoint: ClientEndpoint) -> RequestError:
        """The endpoint has not answered in time."""
        return messages.attempt_timeout(self.label, client, endpoint, client.attempt_timeout_s)

    def out_of_time(self, limit: Limit, server: str) -> RequestError:
        """The time of a whole request is over; `server` is the address that it came to."""
        if limit.cause == TOTAL:
            return messages.total_timeout(limit.allowed_s)
        if limit.cause == SERVER:
            return messages.server_timeout(server, limit.allowed_s)
        return messages.deadline_passed(0.0)

    def deadline_passed(self, since_s: float) -> RequestError:
        """The request came too late by so many seconds."""
        return messages.deadline_passed(since_s)

    def causes(self, error: RequestError) -> tuple[str, ...]:
        """The class names under which a failure is counted."""
        if error.code.startswith("L5D-11"):
            return (request_stats.NO_BROKERS,)
        return (CAUSES.get(error.code, request_stats.FAILURE),)


__all__ = ["Router"]
