"""Endpoints with a bounded number of connections (`hostConnectionPool.maxSize`).

In come requests that want a connection; at most so many are open or being opened, so many more
requests wait for one in the order they came, and others are turned away. Without such a bound the
plain `ClientEndpoint` is used. Owned by the client.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from linkerd.client.endpoint import ClientEndpoint

if TYPE_CHECKING:
    from linkerd.client.client import Client
    from linkerd.client.connection import ClientConnection
    from linkerd.name.addr import Address
    from linkerd.net.exchange import Exchange
    from linkerd.telemetry.metrics import Scope


class Pool:
    """The bounds for each endpoint of a client, and what has come of them."""

    __slots__ = ("max_size", "max_waiters", "too_many", "waited", "waiting")

    def __init__(self, scope: Scope, max_size: int, max_waiters: int) -> None:
        self.max_size = max_size
        self.max_waiters = max_waiters
        self.waiting = 0
        self.waited = scope.counter("pool_num_waited")
        self.too_many = scope.counter("pool_num_too_many_waiters")
        scope.gauge("pool_waiters", read=lambda: self.waiting)


class PooledEndpoint(ClientEndpoint):
    """An endpoint with a bounded pool. `waiters` are the exchanges that wait, the first first."""

    __slots__ = ("pool", "serving", "waiters")

    def __init__(self, client: Client, address: Address, now: float) -> None:
        super().__init__(client, address, now)
        pool = client.pool
        if pool is None:
            raise AssertionError("a pooled endpoint without a pool")
        self.pool = pool
        self.waiters: OrderedDict[Exchange, None] = OrderedDict()
        self.serving = False

    def dial(self, exchange: Exchange) -> None:
        pool = self.pool
        if self.has_room():
            super().dial(exchange)
        elif self.idle:
            # It wants a new connection: one that rests makes room.
            self.wait(exchange)
            self.idle.pop(0).leave()
        elif len(self.waiters) >= pool.max_waiters:
            pool.too_many.value += 1
            self.client.not_acquired.value += 1
            exchange.turned_away()
        else:
            self.wait(exchange)

    def wait(self, exchange: Exchange) -> None:
        """Have an exchange wait for a connection."""
        self.pool.waited.value += 1
        self.pool.waiting += 1
        self.waiters[exchange] = None

    def give_up(self, exchange: Exchange) -> None:
        if exchange in self.waiters:
            del self.waiters[exchange]
            self.pool.waiting -= 1

    def next_waiter(self) -> Exchange:
        """Take the first of those who wait."""
        self.pool.waiting -= 1
        return self.waiters.popitem(last=False)[0]

    def has_room(self) -> bool:
        return self.open < self.pool.max_size

    def is_wanted(self) -> bool:
        return bool(self.waiters)

    def rested(self) -> None:
        while self.waiters and self.idle:
            self.next_waiter().connected(self.idle.pop())

    def not_opened(self) -> None:
        super().not_opened()
        self.dial_next()

    def closed(self, connection: ClientConnection) -> None:
        super().closed(connection)
        self.dial_next()

    def dial_next(self) -> None:
        """There is room for a connection more: open it for whoever waits."""
        if self.serving:
            # A dial has failed at once: the loop below goes on, without a call within a call.
            return
        self.serving = True
        try:
            while self.waiters and self.has_room():
                super().dial(self.next_waiter())
        finally:
            self.serving = False


__all__ = ["Pool", "PooledEndpoint"]
