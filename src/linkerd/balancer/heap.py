"""The least loaded endpoint of all.

In: endpoints, their status and their pending counts. Out: the open endpoint with the fewest
requests under way, in a time that grows with the logarithm of their number. Owned by a client.

HOT: the runtime class of this module compiles as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.balancer.base import OPEN, Balancer, BalancerConfig, Endpoint

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only

DOWN = 2**31 - 1
"""What is added to the load of an endpoint that is not open: it comes after all that are."""


class Heap(Balancer):
    """`endpoints` is a binary heap, least load first; `loads` has the load at the same place.

    An endpoint that has nothing to do any more gets a place by chance among those like it.
    """

    __slots__ = ("loads",)

    def __init__(self, rng: random.Random) -> None:
        Balancer.__init__(self, rng, 1)
        self.algorithm = "heap_least_loaded"
        self.loads: list[int] = []

    def pick(self, now: float) -> Endpoint | None:
        """Take the least loaded; None when there are no endpoints."""
        if self.size == 0:
            return None
        endpoint = self.endpoints[0]
        if endpoint.status != OPEN:
            self.exhausted()
            if self.size > 1:
                endpoint = self.draw_marked(now)
        endpoint.pending += 1
        self.loads[endpoint.place] += 1
        self.sink(endpoint.place)
        return endpoint

    def release(self, endpoint: Endpoint, now: float, elapsed: float) -> None:
        """Say that a pick's request is over."""
        endpoint.pending -= 1
        if endpoint.home is not self:
            return
        place = endpoint.place
        load = self.loads[place] - 1
        self.loads[place] = load
        if load == 0 and self.size > 1:
            self.shuffle(endpoint)
        else:
            self.rise(place)

    def put(self, endpoint: Endpoint) -> None:
        """Take one endpoint in."""
        Balancer.put(self, endpoint)
        load = endpoint.pending
        if endpoint.status != OPEN:
            load += DOWN
        self.loads.append(load)
        self.rise(endpoint.place)

    def drop(self, endpoint: Endpoint) -> None:
        """Leave one endpoint out."""
        place = endpoint.place
        self.take_out(place)
        endpoint.home = None
        self.size -= 1
        self.statuses[endpoint.status] -= 1

    def turned(self, endpoint: Endpoint, before: int) -> None:
        """Move an endpoint behind all that are open, or back among them."""
        place = endpoint.place
        if endpoint.status == OPEN:
            self.loads[place] -= DOWN
            self.rise(place)
        elif before == OPEN:
            self.loads[place] += DOWN
            self.sink(place)

    def take_out(self, place: int) -> None:
        """Take an entry out of the heap; the last one fills the gap."""
        last = self.endpoints.pop()
        load = self.loads.pop()
        if place < len(self.loads):
            self.endpoints[place] = last
            self.loads[place] = load
            self.sink(place)
            self.rise(last.place)

    def shuffle(self, endpoint: Endpoint) -> None:
        """Give an endpoint without load another place; nothing in the heap has less."""
        self.take_out(endpoint.place)
        place = int(self.uniform() * self.size)
        last = self.size - 1
        self.endpoints.append(endpoint)
        self.loads.append(0)
        if place < last:
            other = self.endpoints[place]
            self.endpoints[last] = other
            self.loads[last] = self.loads[place]
            self.endpoints[place] = endpoint
            self.loads[place] = 0
        self.rise(place)
        self.rise(last)

    def rise(self, place: int) -> None:
        """Let an entry change with those above it that have more load."""
        endpoints = self.endpoints
        loads = self.loads
        endpoint = endpoints[place]
        load = loads[place]
        while place > 0:
            above = (place - 1) >> 1
            if loads[above] <= load:
                break
            other = endpoints[above]
            endpoints[place] = other
            loads[place] = loads[above]
            other.place = place
            place = above
        endpoints[place] = endpoint
        loads[place] = load
        endpoint.place = place

    def sink(self, place: int) -> None:
        """Let an entry change with those below it that have less load."""
        endpoints = self.endpoints
        loads = self.loads
        size = len(loads)
        endpoint = endpoints[place]
        load = loads[place]
        below = 2 * place + 1
        while below < size:
            if below + 1 < size and loads[below + 1] < loads[below]:
                below += 1
            if loads[below] >= load:
                break
            other = endpoints[below]
            endpoints[place] = other
            loads[place] = loads[below]
            other.place = place
            place = below
            below = 2 * place + 1
        endpoints[place] = endpoint
        loads[place] = load
        endpoint.place = place


@attrs.frozen(kw_only=True)
class HeapConfig(BalancerConfig):
    """`kind: heap`."""

    kind: ClassVar[str] = "heap"
    summary: ClassVar[str] = "Takes the endpoint with the fewest requests under way."

    def mk(self, rng: random.Random) -> Balancer:
        """Make a balancer without endpoints."""
        return Heap(rng)


__all__ = ["DOWN", "Heap", "HeapConfig"]
