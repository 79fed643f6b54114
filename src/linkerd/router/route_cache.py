"""The routes of a router by key: bounded, and fair to names that are really in use.

In come new routes; out goes, when it is full, the one that is missed least. A stranger who makes up
names must not push out those that others use: routes that lead nowhere, or had one request only, go
before all others; and while such routes, waiting for an answer, fill half of the table, more of
them are for their requests only. Owned by the router's bindings.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkerd.router.caches import CacheCounts
    from linkerd.router.route import Route

LOOKED_AT = 8


class RouteCache:
    """At most `capacity` routes. `table` maps keys to them; requests look there themselves.

    `fresh` are those of `table` that have not proved themselves yet, oldest first. `singles` are
    the routes beyond the capacity: they live as long as requests use them.
    """

    __slots__ = ("capacity", "counts", "fresh", "singles", "table")

    def __init__(self, capacity: int, counts: CacheCounts) -> None:
        self.capacity = capacity
        self.counts = counts
        self.table: dict[object, Route] = {}
        self.fresh: dict[object, Route] = {}
        self.singles: dict[object, Route] = {}

    def add(self, route: Route) -> None:
        """Take a route in; if all others are in use it is for its requests only."""
        self.counts.misses.value += 1
        if len(self.table) < self.capacity or self.evict():
            self.table[route.key] = self.fresh[route.key] = route
        else:
            self.counts.oneshots.value += 1
            route.one_shot = True
            self.singles[route.key] = route

    def evict(self) -> bool:
        """Make room; False if there is nothing to give up for one more stranger."""
        victim = self.oldest_stranger()
        if victim is None and len(self.fresh) * 2 <= self.capacity:
            victim = self.longest_rested()
        if victim is None:
            return False
        self.counts.evicts.value += 1
        self.drop(victim)
        return True

    def oldest_stranger(self) -> Route | None:
        """The first of the fresh routes that is idle; those that have proved themselves leave."""
        stranger = None
        proven: list[Route] = []
        waiting: list[Route] = []
        for route in self.fresh.values():
            if route.proven():
                proven.append(route)
            elif not route.pending:
                stranger = route
                break
            elif len(waiting) < LOOKED_AT:
                waiting.append(route)
            else:
                break
        for route in proven:
            del self.fresh[route.key]
        # They wait for their names or their answers: look at others first next time.
        for route in waiting:
            del self.fresh[route.key]
            self.fresh[route.key] = route
        return stranger

    def give_up_clients(self) -> bool:
        """Drop an idle route that has clients, a stranger's first; False if there is none."""
        idle = (r for r in self.table.values() if r.pending == 0 and r.clients)
        looked = list(islice(idle, LOOKED_AT))
        if not looked:
            return False
        self.counts.evicts.value += 1
        self.drop(min(looked, key=worth))
        return True

    def longest_rested(self) -> Route | None:
        """Of the first few idle routes the one that rested longest.

        Those looked at and kept move to the end, so that a flood costs a bounded time for each.
        """
        looked = list(islice((r for r in self.table.values() if r.pending == 0), LOOKED_AT))
        if not looked:
            return None
        victim = min(looked, key=rested_since)
        for route in looked:
            del self.table[route.key]
            self.table[route.key] = route
        return victim

    def expire(self, before: float) -> None:
        """Drop the routes not used since `before`; the last one that was used stays, whatever."""
        rested = [r for r in self.table.values() if r.pending == 0 and r.last <= before]
        if len(rested) == len(self.table) and rested:
            rested.remove(max(rested, key=rested_since))
        for route in rested:
            self.counts.expires.value += 1
            self.drop(route)

    def drop(self, route: Route) -> None:
        """Forget a route and let go of what it watches."""
        for routes in (self.table, self.fresh, self.singles):
            if routes.get(route.key) is route:
                del routes[route.key]
        route.close()

    def close(self) -> None:
        """Drop all of them."""
        for route in self.all():
            self.drop(route)

    def all(self) -> Iterable[Route]:
        """Every route there is."""
        return [*self.table.values(), *self.singles.values()]


def rested_since(route: Route) -> float:
    """When a route was last used."""
    return route.last


def worth(route: Route) -> tuple[bool, float]:
    """How much a route would be missed: proven ones more, then those used lately."""
    return route.proven(), route.last


__all__ = ["RouteCache"]
