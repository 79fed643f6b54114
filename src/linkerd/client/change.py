"""A new set of addresses on its way into effect at a client, a slice a turn of the reactor.

In: the addresses that are wanted, and a client with the endpoints that it has. Out: the client with
the endpoints that are wanted. A set of ten thousand takes many turns, so that requests go on
meanwhile with what is there; new endpoints come before old ones go, so that there is always one.
A change that is given up half-way, for a newer one, leaves nothing to undo: the next begins at what
the client has. Owned by the client.

Connections of endpoints that have gone are closed last, for closing one costs as much as letting go
of a hundred endpoints.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from linkerd.balancer.base import OPEN
from linkerd.balancer.weighted import changed

if TYPE_CHECKING:
    from collections.abc import Set

    from linkerd.balancer.base import Endpoint
    from linkerd.client.client import Client
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.name.addr import Address

SLICE = 3000
"""What may be done in one turn, in the units below: about 2 ms."""

ADDED = 2
"""An endpoint that is made."""

REMOVED = 1
"""An endpoint that is let go of."""

CLOSED = 100
"""An idle connection that is closed."""

FEW = SLICE // ADDED
"""So many addresses are sorted: for the eye, and for tests that can be repeated. Sorting more would
take several slices' time."""

_in_order = itemgetter(0, 1, 2)


class Change:
    """What is still to be done. `wanted` is the whole set; `begun` once it has been compared."""

    __slots__ = ("adding", "begun", "client", "removing", "wanted")

    def __init__(self, client: Client, wanted: frozenset[Address]) -> None:
        self.client = client
        self.wanted = wanted
        self.begun = False
        self.adding: list[Address] = []
        self.removing: list[Address] = []

    def small(self) -> bool:
        """Tell whether one turn is enough."""
        return ADDED * len(self.wanted) + REMOVED * len(self.client.endpoints) <= SLICE

    def advance(self) -> bool:
        """Do a slice; True if that was the last one. Comparing large sets is one of its own."""
        if not self.begun:
            self.compare()
            if not self.small():
                return False
        return self.work()

    def compare(self) -> None:
        """Find out what is to be done."""
        present = {endpoint.address for endpoint in self.client.endpoints.values()}
        self.adding = listed(self.wanted - present)
        self.removing = listed(present - self.wanted)
        self.begun = True

    def work(self) -> bool:
        """Add and remove some endpoints; True if none is left to be added or removed."""
        added: list[Endpoint] = []
        moved: dict[Endpoint, None] = {}
        room = self.add(added, moved, SLICE)
        client = self.client
        removed = self.remove(room)
        client.balancer = changed(
            client.balancer, client.balancer_config, client.rng, added, [*removed], [*moved]
        )
        for endpoint in removed:
            endpoint.leave()
            if endpoint.idle:
                client.closing.append(endpoint)
        client.in_effect()
        return not self.adding and not self.removing

    def add(self, added: list[Endpoint], moved: dict[Endpoint, None], room: int) -> int:
        """Make endpoints of the next addresses, or note a new weight; give the room that is left.

        Where one host and port is given with several weights, the greatest counts.
        """
        client = self.client
        endpoints = client.endpoints
        now = client.clock()
        adding = self.adding
        while adding and room > 0:
            room -= ADDED
            address = adding.pop()
            key = (address.host, address.port)
            endpoint = endpoints.get(key)
            if endpoint is None:
                endpoints[key] = endpoint = client.new_endpoint(address, now)
                added.append(endpoint)
                continue
            before = endpoint.address
            if before in self.wanted and before.weight >= address.weight:
                continue
            endpoint.address = address
            if before.weight != address.weight and endpoint.home is not None:
                moved[endpoint] = None
        return room

    def remove(self, room: int) -> list[ClientEndpoint]:
        """Take the endpoints of the next addresses off the client's list.

        With `enableProbation` those that are open stay; the next change looks at them again.
        """
        client = self.client
        endpoints = client.endpoints
        probation = client.balancer_config.enable_probation
        removed: list[ClientEndpoint] = []
        removing = self.removing
        while removing and room > 0:
            address = removing.pop()
            key = (address.host, address.port)
            endpoint = endpoints.get(key)
            room -= REMOVED
            if endpoint is None or endpoint.address is not address:
                continue  # it has got another weight
            if probation and endpoint.status == OPEN:
                continue
            del endpoints[key]
            removed.append(endpoint)
        return removed


def close_some(endpoints: list[ClientEndpoint]) -> None:
    """Close a slice of endpoints, the last ones first, and take them off the list."""
    room = SLICE
    while endpoints and room > 0:
        endpoint = endpoints[-1]
        if endpoint.idle:
            room -= CLOSED
            endpoint.idle.pop().leave()
        else:
            room -= REMOVED
            endpoints.pop().close()


def listed(addresses: Set[Address]) -> list[Address]:
    """Give addresses to take off the end; if they are few the first in order comes last."""
    if len(addresses) > FEW:
        return list(addresses)
    return sorted(addresses, key=_in_order, reverse=True)


__all__ = ["Change", "close_some"]
