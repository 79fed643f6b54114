"""The clients of a router by id: shared by all names that lead to them, kept while useful.

In come bound names; out go clients, each with a count of its uses. A client that no name leads to
any more rests with its connections until it has rested too long, or room is needed. Owned by the
router's bindings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.addr import BoundName
    from linkerd.router.caches import CacheCounts
    from linkerd.router.routed_client import RoutedClient


class ClientCache:
    """At most `capacity` clients, and more only as long as names lead to them.

    `resting` are those that no name leads to, the one that rested longest first. `give_up` has a
    name forgotten, so that its clients rest; False if all names are in use.
    """

    __slots__ = ("by_id", "capacity", "clock", "counts", "give_up", "make", "resting")

    def __init__(
        self,
        capacity: int,
        counts: CacheCounts,
        clock: Callable[[], float],
        make: Callable[[BoundName], RoutedClient],
        give_up: Callable[[], bool],
    ) -> None:
        self.capacity = capacity
        self.counts = counts
        self.clock = clock
        self.make = make
        self.give_up = give_up
        self.by_id: dict[str, RoutedClient] = {}
        self.resting: dict[str, RoutedClient] = {}

    def take(self, name: BoundName) -> RoutedClient:
        """The client of a bound name, for one more use."""
        client_id = name.id.show()
        client = self.by_id.get(client_id)
        if client is None:
            self.counts.misses.value += 1
            room = len(self.by_id) < self.capacity or self.evict()
            client = self.by_id[client_id] = self.make(name)
            if not room:
                self.counts.oneshots.value += 1
                client.one_shot = True
        elif client.uses == 0:
            client.follow(name.addr)
        client.uses += 1
        self.resting.pop(client_id, None)
        return client

    def evict(self) -> bool:
        """Close the client that rested longest; if none rests, a name must go first."""
        if not self.resting and not (self.give_up() and self.resting):
            return False
        self.counts.evicts.value += 1
        self.drop(next(iter(self.resting.values())))
        return True

    def release(self, client: RoutedClient) -> None:
        """One use less."""
        client.uses -= 1
        if client.uses:
            return
        client.rested = self.clock()
        self.resting[client.id] = client
        if client.one_shot:
            self.drop(client)

    def expire(self, before: float) -> None:
        """Close the clients that have rested since `before`."""
        for client in list(self.resting.values()):
            if client.rested > before:
                break
            self.counts.expires.value += 1
            self.drop(client)

    def drop(self, client: RoutedClient) -> None:
        """Close a client that rests."""
        del self.resting[client.id]
        del self.by_id[client.id]
        client.close()

    def close(self) -> None:
        """Close the clients; none is in use any more."""
        for client in list(self.resting.values()):
            self.drop(client)


__all__ = ["ClientCache"]
