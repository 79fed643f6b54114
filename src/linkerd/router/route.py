"""All that is known about one (name, local dtab): the value that makes the fast path fast.

In come changes of the bound name tree; out goes, for each request, the leg it takes: a client and
the bytes to add to a request's head. Built once by the slow path and updated in place; a request
never derives any of it again. Owned by the router's `Bindings`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from linkerd.name.activity import Failed, Ok
from linkerd.name.tree import Leaf, Union

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.client.client import Client
    from linkerd.errors import RequestError
    from linkerd.name.activity import Observation, State
    from linkerd.name.addr import BoundName
    from linkerd.name.tree import NameTree
    from linkerd.net.exchange import Exchange
    from linkerd.router.local_dtab import LocalDtab
    from linkerd.router.routed_client import RoutedClient
    from linkerd.router.service import Service
    from linkerd.telemetry.request_stats import RequestStats


BODY_KEPT = b"finagle-http-retryable-request:\r\n"
"""The body is kept, so the request can be sent again as a whole (Finagle's HttpNackFilter)."""


class Leg:
    """One client a route may take, with the field lines that requests on this way get.

    `added` begins with our Via for HTTP/1.1 requests and ends with the empty line; `tail` is the
    same without Via, and `with_body` is what requests get whose body goes out with the head.
    """

    __slots__ = ("added", "client", "stats", "tail", "with_body")

    def __init__(
        self, client: RoutedClient, name: BoundName, service: Service, local: LocalDtab
    ) -> None:
        self.client = client
        self.stats: RequestStats = client.stats_of(service.name)
        lines = [
            b"l5d-dst-service: " + service.name.encode("ascii"),
            b"l5d-dst-client: " + client.id.encode("ascii"),
        ]
        if name.residual.elements:
            lines.append(b"l5d-dst-residual: " + name.residual.show().encode("ascii"))
        self.tail = b"\r\n".join(lines) + b"\r\n" + local.line + b"\r\n"
        self.added = b"Via: 1.1 linkerd\r\n" + self.tail
        self.with_body = BODY_KEPT + self.added


class Excuse:
    """Why requests fail that take one way of a route, believed until `until`."""

    __slots__ = ("code", "until", "why")

    def __init__(self, until: float, code: str, why: str) -> None:
        self.until = until
        self.code = code
        self.why = why


class Route:
    """A name's ways. `ready` once it has been bound; `leg` is set when there is only one way.

    `names` are the ends of the ways, None where one leads nowhere; each gets its leg, with the
    client, when it is first chosen. `used` is how many requests were answered.
    """

    __slots__ = (
        "bindings",
        "bounds",
        "clients",
        "error",
        "excuses",
        "key",
        "last",
        "leg",
        "legs",
        "local",
        "names",
        "observation",
        "one_shot",
        "pending",
        "ready",
        "service",
        "total",
        "used",
        "waiting",
    )

    def __init__(self, bindings: Bindings, key: object, service: Service, local: LocalDtab) -> None:
        self.bindings = bindings
        self.key = key
        self.service = service
        self.local = local
        self.ready = False
        self.error: RequestError | None = None
        self.excuses: dict[Client | None, Excuse] = {}
        self.leg: Leg | None = None
        self.legs: list[Leg | None] = []
        self.names: list[BoundName | None] = []
        self.bounds: list[float] = []
        self.total = 0.0
        self.clients: list[RoutedClient] = []
        self.waiting: list[Exchange] = []
        self.pending = 0
        self.used = 0
        self.last = 0.0
        self.one_shot = False
        self.observation: Observation | None = None

    def proven(self) -> bool:
        """Whether the name leads somewhere and had more than one request."""
        return bool(self.clients) and self.used > 1

    def choose(self, uniform: Callable[[], float]) -> Leg | None:
        """A way for one request, by weight; None where the name leads nowhere."""
        legs = self.legs
        if not legs:
            return None
        last = len(legs) - 1
        if self.total <= 0.0:
            at = int(uniform() * len(legs))
        else:
            at = bisect_right(self.bounds, uniform() * self.total, 0, last)
        return legs[at] or self.make_leg(at)

    def make_leg(self, at: int) -> Leg | None:
        """The leg of a way that is chosen for the first time."""
        name = self.names[at]
        if name is None:
            return None
        # To make room for a client a route may be given up; not this one.
        self.pending += 1
        client = self.bindings.client(name)
        self.pending -= 1
        self.clients.append(client)
        leg = self.legs[at] = Leg(client, name, self.service, self.local)
        return leg

    def changed(self, state: State[NameTree[BoundName]]) -> None:
        """Naming has something new; a name that was bound stays bound until it has a new tree."""
        if isinstance(state, Ok):
            self.take(state.value)
        elif isinstance(state, Failed) and not self.ready:
            self.error = self.bindings.binding_failed(self, state)
            self.release_waiting()

    def take(self, tree: NameTree[BoundName]) -> None:
        """Make the legs those of `tree`."""
        before = self.clients
        self.excuses = {}
        self.clients = []
        self.legs = []
        self.names = []
        self.bounds = []
        self.total = 0.0
        for weight, name in branches(tree, 1.0):
            self.legs.append(None)
            self.names.append(name)
            self.total += weight
            self.bounds.append(self.total)
        self.leg = self.make_leg(0) if len(self.legs) == 1 else None
        if not self.ready:
            self.ready = True
            self.bindings.bound(self)
        self.error = None
        for client in before:
            if client not in self.clients:
                client.release_waiting()
            self.bindings.release(client)
        self.release_waiting()

    def release_waiting(self) -> None:
        """Let the requests go on that waited for the first answer."""
        waiting = self.waiting
        self.waiting = []
        now = self.bindings.clock()
        for exchange in waiting:
            exchange.bound(now)

    def close(self) -> None:
        """Stop watching and give the clients back."""
        if self.observation is not None:
            self.observation.close()
            self.observation = None
        self.local.routes.pop(self, None)
        clients = self.clients
        self.clients = []
        for client in clients:
            self.bindings.release(client)
        self.bindings.release_service(self.service)


class Bindings:
    """What a route needs from the router's caches; `linkerd.router.binding` implements it."""

    __slots__ = ("clock",)

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock

    def client(self, name: BoundName) -> RoutedClient:
        """The client of a bound name, for one more use."""
        raise NotImplementedError

    def release(self, client: RoutedClient) -> None:
        """One use less."""
        raise NotImplementedError

    def drop(self, route: Route) -> None:
        """A route is not needed any more."""
        raise NotImplementedError

    def release_service(self, service: Service) -> None:
        """A route of the service is gone."""
        raise NotImplementedError

    def bound(self, route: Route) -> None:
        """A route has been bound for the first time."""
        raise NotImplementedError

    def binding_failed(self, route: Route, state: Failed) -> RequestError:
        """The error for requests of a name that cannot be looked up."""
        raise NotImplementedError


def branches(tree: NameTree[BoundName], weight: float) -> list[tuple[float, BoundName | None]]:
    """The leaves of a simplified bound tree with the share of requests that each gets.

    A branch that leads nowhere keeps its share: it was configured to fail.
    """
    if isinstance(tree, Leaf):
        return [(weight, tree.value)]
    if isinstance(tree, Union):
        total = sum(branch.weight for branch in tree.branches)
        found: list[tuple[float, BoundName | None]] = []
        for branch in tree.branches:
            share = branch.weight / total if total else 1.0 / len(tree.branches)
            found += branches(branch.tree, weight * share)
        return found
    return [(weight, None)]
