"""What is shown of a client's endpoints, each looked at when it is asked for.

In come the client's own endpoints, out go values of that very moment. Looking changes nothing: no
load fades, no window of a budget moves on, and nothing is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from linkerd.accrual.state import ALIVE, DEAD, PROBE_CLOSED
from linkerd.admin.view import EndpointView
from linkerd.balancer.aperture import Aperture
from linkerd.balancer.ewma import PENALTY, Ewma
from linkerd.client.pool import PooledEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.accrual.state import FailureAccrual
    from linkerd.balancer.base import Balancer
    from linkerd.client.client import Client
    from linkerd.client.endpoint import ClientEndpoint

SORTED = 2000
"""So many endpoints are put in the order of their addresses; more would take too long a moment."""


class EndpointViews(Sequence[EndpointView]):
    """The endpoints of a client; there may be ten thousand, and a page takes them a few at a time.

    `clock` gives the time of the proxy, `wall` that of people.
    """

    def __init__(
        self, client: Client, clock: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        endpoints = client.endpoints
        if len(endpoints) > SORTED:
            self._endpoints = list(endpoints.values())
        else:
            self._endpoints = [endpoints[key] for key in sorted(endpoints)]
        self._client = client
        self._clock = clock
        self._wall = wall

    def __len__(self) -> int:
        """Give how many there are."""
        return len(self._endpoints)

    @overload
    def __getitem__(self, index: int) -> EndpointView: ...

    @overload
    def __getitem__(self, index: slice) -> list[EndpointView]: ...

    def __getitem__(self, index: int | slice) -> EndpointView | list[EndpointView]:
        """Look at one of them, or at some."""
        if isinstance(index, slice):
            return [self._view(each) for each in self._endpoints[index]]
        return self._view(self._endpoints[index])

    def _view(self, endpoint: ClientEndpoint) -> EndpointView:
        now = self._clock()
        accrual = endpoint.accrual
        home = endpoint.home or self._client.balancer
        status, reason, until = _condition(endpoint, now)
        load, latency_ms = _load(home, endpoint, now)
        policy = accrual.policy
        return EndpointView(
            address=endpoint.name(),
            status=status,
            reason=reason,
            dead_for=None if until is None else until - now,
            until=None if until is None else self._wall() + until - now,
            pending=endpoint.pending,
            connections=endpoint.open,
            idle=len(endpoint.idle),
            waiting=len(endpoint.waiters) if isinstance(endpoint, PooledEndpoint) else 0,
            weight=endpoint.address.weight,
            load=load,
            latency_ms=latency_ms,
            in_aperture=home.holds(endpoint) if isinstance(home, Aperture) else None,
            failures_in_a_row=policy.failures_in_a_row(),
            success_rate=policy.success_rate(),
        )


def _condition(endpoint: ClientEndpoint, now: float) -> tuple[str, str, float | None]:
    """Give the state in one word, what has led to it, and when it ends if that is known."""
    down = endpoint.down
    if down is not None and down.state.dead:
        if down.deadline > now:
            return "down", down.why, down.deadline
        return "down", f"{down.why}; being tried again", None
    accrual = endpoint.accrual
    state = accrual.state_at(now)
    if state == ALIVE:
        return "open", "", None
    if state == DEAD:
        return "dead", accrual.policy.why(), accrual.until
    return "probing", _probe(accrual, state), None


def _probe(accrual: FailureAccrual, state: int) -> str:
    due = "its probe is under way" if state == PROBE_CLOSED else "the next request is its probe"
    return "; ".join([text for text in (accrual.policy.why(), due) if text])


def _load(
    home: Balancer, endpoint: ClientEndpoint, now: float
) -> tuple[float | None, float | None]:
    """Give the load as the balancer sees it, and the latency (ms) if it goes by that."""
    if isinstance(home, Ewma):
        latency, load = home.latency(endpoint, now), home.score(endpoint, now)
        return (
            load * 1000.0 if load < PENALTY else None,
            latency * 1000.0 if latency > 0.0 else None,
        )
    return (home.score(endpoint, now) if home.unit() else None), None


__all__ = ["EndpointViews"]
